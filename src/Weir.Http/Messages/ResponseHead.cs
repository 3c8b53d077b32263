using Weir.Http.Fields;

namespace Weir.Http.Messages;

/// <summary>A response's head as understood, from an origin or from Weir itself. Pooled with its exchange, loop-confined.</summary>
public sealed class ResponseHead : IDisposable
{
    public ResponseHead()
    {
        Arena = new TextArena();
        Fields = new FieldTable(Arena);
    }

    public TextArena Arena { get; }

    public FieldTable Fields { get; }

    public HttpVersion Version { get; set; }

    /// <summary>100 to 599.</summary>
    public int Status { get; set; }

    /// <summary>The reason phrase; empty unless the origin gave one.</summary>
    public TextSlice Reason { get; set; }

    public BodyFraming Framing { get; set; }

    /// <summary>Bytes of body when <see cref="Framing"/> is Length; for HEAD and 304 what Content-Length says, or -1.</summary>
    public long ContentLength { get; set; } = -1;

    /// <summary>The origin's connection can be used again after this response.</summary>
    public bool KeepAlive { get; set; }

    public void Reset()
    {
        Fields.Reset();
        Arena.Reset();
        Version = default;
        Status = 0;
        Reason = default;
        Framing = default;
        ContentLength = -1;
        KeepAlive = false;
    }

    public void Dispose() => Arena.Dispose();
}
