namespace Weir.Http.Http1;

/// <summary>Bounds on a head. A default of the struct allows nothing; use <see cref="Default"/> or <c>new()</c>.</summary>
public readonly record struct Http1Limits()
{
    public static Http1Limits Default { get; } = new();

    /// <summary>Bytes of the request or status line, without its CRLF.</summary>
    public int StartLine { get; init; } = 8 * 1024;

    /// <summary>Bytes of the whole head with the closing empty line. The receive buffer need not grow past this.</summary>
    public int Head { get; init; } = 32 * 1024;

    public int Fields { get; init; } = 100;
}
