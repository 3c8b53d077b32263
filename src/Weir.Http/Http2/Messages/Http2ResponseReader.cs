using System.Diagnostics;
using Weir.Http.Http1;
using Weir.Http.Http2.Hpack;
using Weir.Http.Messages;

namespace Weir.Http.Http2.Messages;

/// <summary>
/// Makes the head of an origin's HTTP/2 response from its decoded fields, by the rules that a parser of HTTP/1 holds. An interim
/// response is a head of its own: reset and read the next one. RFC 9113 §8.1, §8.3.2.
/// </summary>
public struct Http2ResponseReader : IHpackSink
{
    private readonly ResponseHead _head;
    private readonly HttpMethod _requestMethod;
    private readonly int _maxFields;
    private int _fields;
    private Refusal _refusal;

    /// <param name="head">Reset, and kept until <see cref="End"/>.</param>
    /// <param name="requestMethod">Decides whether a body follows.</param>
    /// <param name="limits">Of the number of fields. The size of all is the decoder's limit.</param>
    public Http2ResponseReader(ResponseHead head, HttpMethod requestMethod, in Http1Limits limits)
    {
        Debug.Assert(head.Fields.Count == 0, "The head was not reset.");
        _head = head;
        _requestMethod = requestMethod;
        _maxFields = limits.Fields;
    }

    public void Take(scoped in HpackField field)
    {
        if (_refusal == Refusal.None) _refusal = field.Pseudo != PseudoField.None ? TakePseudo(field) : TakeField(field);
    }

    /// <summary>
    /// The block has ended. The refusal is <see cref="Refusal.UpstreamBadResponse"/> or <see cref="Refusal.UpstreamHeaderTooLarge"/>;
    /// <paramref name="detail"/> names the rule. The stream is reset in either case.
    /// </summary>
    public HeadResult End(bool endStream, bool isOverLimit, out Refusal detail)
    {
        _head.Version = HttpVersion.Http2;
        if (_refusal == Refusal.None && isOverLimit) _refusal = Refusal.HeaderTooLarge;
        if (_refusal == Refusal.None && _head.Status == 0) _refusal = Refusal.BadPseudoField;
        if (_refusal == Refusal.None) _refusal = ResponseGuards.Apply(_head, _requestMethod);
        if (_refusal == Refusal.None) _refusal = Frame(endStream);
        detail = _refusal;
        return detail switch
        {
            Refusal.None => HeadResult.Understood,
            Refusal.HeaderTooLarge or Refusal.TooManyFields => new HeadResult(HeadVerdict.Refused, Refusal.UpstreamHeaderTooLarge),
            _ => new HeadResult(HeadVerdict.Malformed, Refusal.UpstreamBadResponse),
        };
    }

    // §8.3.2: :status, once, before all other fields. §8.6: there is no 101.
    private readonly Refusal TakePseudo(scoped in HpackField field)
    {
        var value = field.Value;
        if (field.Pseudo != PseudoField.Status || _head.Status != 0 || _fields > 0 || value.Length != 3) return Refusal.BadPseudoField;
        uint hundreds = value[0] - (uint)'0', tens = value[1] - (uint)'0', ones = value[2] - (uint)'0';
        if (hundreds is < 1 or > 5 || tens > 9 || ones > 9) return Refusal.BadPseudoField;
        _head.Status = (int)((hundreds * 100) + (tens * 10) + ones);
        return _head.Status == 101 ? Refusal.BadPseudoField : Refusal.None;
    }

    private Refusal TakeField(scoped in HpackField field)
    {
        if (_head.Status == 0) return Refusal.BadPseudoField;
        var refusal = FieldGuards.Check(field);
        if (refusal != Refusal.None) return refusal;
        if (_fields++ >= _maxFields) return Refusal.TooManyFields;
        return FieldGuards.TryAdd(_head.Fields, field) ? Refusal.None : Refusal.HeaderTooLarge;
    }

    private readonly Refusal Frame(bool endStream)
    {
        _head.KeepAlive = true;
        // §8.1: only a final response ends the stream.
        if (_head.Status < 200) return endStream ? Refusal.BadFrame : Refusal.None;
        if (_head.Framing == BodyFraming.UntilClose) _head.Framing = BodyFraming.Chunked;
        if (!endStream || _head.Framing == BodyFraming.None) return Refusal.None;
        if (_head.Framing == BodyFraming.Length) return _head.ContentLength == 0 ? Refusal.None : Refusal.LengthDisagrees;
        // The end is known already: a client of HTTP/1 is told so.
        (_head.Framing, _head.ContentLength) = (BodyFraming.Length, 0);
        return Refusal.None;
    }
}
