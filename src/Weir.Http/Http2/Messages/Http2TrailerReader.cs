using Weir.Http.Fields;
using Weir.Http.Http1;
using Weir.Http.Http2.Hpack;

namespace Weir.Http.Http2.Messages;

/// <summary>
/// The trailers of either direction, RFC 9113 §8.1, by the bounds and rules that those of HTTP/1 have. What may not stand in
/// trailers is left out. Without a table they are checked and dropped.
/// </summary>
public struct Http2TrailerReader(FieldTable? trailers) : IHpackSink
{
    private int _bytes;
    private int _fields;
    private bool _isBad;

    public void Take(scoped in HpackField field)
    {
        _bytes += field.Name.Length + field.Value.Length;
        if (_isBad || field.Pseudo != PseudoField.None || ++_fields > TrailerReader.MaxFields || _bytes > TrailerReader.MaxBytes
            || FieldGuards.Check(field) != Refusal.None)
        {
            _isBad = true;
            return;
        }

        if (trailers is null || FieldKinds.IsForbiddenInTrailers(field.Name, field.Id)) return;
        _isBad = !FieldGuards.TryAdd(trailers, field);
    }

    /// <summary>The block has ended. Trailers are the end of a stream; those that are not are malformed.</summary>
    public readonly HeadResult End(bool endStream, bool isOverLimit)
        => HeadResult.Of(_isBad || isOverLimit || !endStream ? Refusal.BadTrailer : Refusal.None);
}
