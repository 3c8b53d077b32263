using System.Buffers;

namespace Weir.Http.Fields;

/// <summary>
/// What bytes a field may hold, RFC 9110 §5.1, §5.5 and §5.6.2. The one place that says so: parsers, writers and whoever adds
/// a field from outside text (a policy, a template) ask here.
/// </summary>
public static class FieldRules
{
    internal const byte Cr = (byte)'\r';
    internal const byte Lf = (byte)'\n';
    internal const byte Space = (byte)' ';
    internal const byte Tab = (byte)'\t';

    /// <summary>tchar.</summary>
    internal static readonly SearchValues<byte> TokenBytes =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    /// <summary>Bytes that end or spoil a value: every control byte but the tab.</summary>
    internal static readonly SearchValues<byte> ControlBytes = SearchValues.Create(MakeControls());

    /// <summary>One or more tchar.</summary>
    public static bool IsToken(ReadOnlySpan<byte> text) => !text.IsEmpty && !text.ContainsAnyExcept(TokenBytes);

    /// <summary>May stand before the colon.</summary>
    public static bool IsValidName(ReadOnlySpan<byte> name) => IsToken(name);

    /// <summary>May stand after the colon: no line ends, no NUL, no other control byte but the tab. obs-text is allowed.</summary>
    public static bool IsValidValue(ReadOnlySpan<byte> value) => !value.ContainsAny(ControlBytes);

    /// <summary>Without the optional whitespace around it: spaces and tabs only.</summary>
    public static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> value)
    {
        var start = 0;
        var end = value.Length;
        while (start < end && value[start] is Space or Tab) start++;
        while (end > start && value[end - 1] is Space or Tab) end--;
        return value[start..end];
    }

    private static byte[] MakeControls()
    {
        var controls = new List<byte> { 0x7F };
        for (byte b = 0; b < 0x20; b++)
            if (b != Tab) controls.Add(b);
        return [.. controls];
    }
}
