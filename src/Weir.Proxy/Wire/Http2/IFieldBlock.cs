using Weir.Http.Fields;
using Weir.Http.Http2.Hpack;
using Weir.Http.Http2.Messages;

namespace Weir.Proxy.Wire.Http2;

/// <summary>Something that is written as a field block; written again into a larger buffer when it does not fit.</summary>
internal interface IFieldBlock
{
    void Write(ref HpackWriter writer);
}

/// <summary>Trailers of either side.</summary>
internal readonly struct TrailerBlock(FieldTable trailers) : IFieldBlock
{
    public void Write(ref HpackWriter writer) => Http2Writer.WriteTrailers(ref writer, trailers);
}
