using System.Diagnostics;
using System.Text;
using Weir.Http.Fields;
using Weir.Http.Http1;
using Weir.Http.Http2.Hpack;
using Weir.Http.Messages;
using Weir.Http.Targets;

namespace Weir.Http.Http2.Messages;

/// <summary>
/// Makes the head of an HTTP/2 request from its decoded fields: the same head, by the same rules, that a parser of HTTP/1 makes, so
/// that nothing behind it sees a difference. RFC 9113 §8.2 and §8.3. Text is copied to the head's arena. One for the block that a
/// connection is reading.
/// </summary>
public struct Http2RequestReader : IHpackSink
{
    private const int LongestMethod = 32;

    private readonly RequestHead _head;
    private readonly Http1Limits _limits;
    private readonly bool _allowsProtocol;
    private TextSlice _method;
    private TextSlice _authority;
    private TextSlice _path;
    private TextSlice _protocol;
    private int _seen;
    private int _fields;
    private int _cookie;
    private int _port;
    private bool _sawField;
    private bool _sawUnderscore;
    private Refusal _refusal;

    /// <param name="head">Reset, and kept until <see cref="End"/>.</param>
    /// <param name="limits">Of the request line that path, and of the number of fields. The size of all is the decoder's limit.</param>
    /// <param name="allowsProtocol">We have said SETTINGS_ENABLE_CONNECT_PROTOCOL. RFC 8441.</param>
    public Http2RequestReader(RequestHead head, in Http1Limits limits, bool allowsProtocol)
    {
        Debug.Assert(head.Fields.Count == 0, "The head was not reset.");
        _head = head;
        _limits = limits;
        _allowsProtocol = allowsProtocol;
        _cookie = -1;
    }

    /// <summary>:scheme said https.</summary>
    public readonly bool IsHttps => _port == 443;

    public void Take(scoped in HpackField field)
    {
        if (_refusal == Refusal.None) _refusal = field.Pseudo != PseudoField.None ? TakePseudo(field) : TakeField(field);
    }

    /// <summary>
    /// The block has ended. <paramref name="isOverLimit"/>: not all of it was handed out. Unless the result is Understood only method
    /// and raw target may be told of the head, for the log.
    /// </summary>
    public HeadResult End(bool endStream, bool isOverLimit)
    {
        _head.Version = HttpVersion.Http2;
        if (_refusal == Refusal.None && isOverLimit) _refusal = Refusal.HeaderTooLarge;
        if (_refusal == Refusal.None) _refusal = CheckPseudo();
        _head.MethodText = _method;
        _head.RawTarget = _head.Method == HttpMethod.Connect ? _authority : _path;
        if (_refusal == Refusal.None) _refusal = Finish(endStream);
        return HeadResult.Of(_refusal);
    }

    // §8.3: before all other fields, each once, none but these.
    private Refusal TakePseudo(scoped in HpackField field)
    {
        var bit = Bit(field.Pseudo);
        if (_sawField || (_seen & bit) != 0 || (field.Marks & FieldMarks.BadValue) != 0) return Refusal.BadPseudoField;
        _seen |= bit;
        var value = field.Value;
        switch (field.Pseudo)
        {
            case PseudoField.Method:
                if (value.Length > LongestMethod || !FieldRules.IsToken(value)) return Refusal.BadMethod;
                _head.Method = Methods.Find(value);
                return Keep(value, out _method);
            case PseudoField.Scheme:
                if (Ascii.EqualsIgnoreCase(value, "https"u8)) _port = 443;
                else if (Ascii.EqualsIgnoreCase(value, "http"u8)) _port = 80;
                else return Refusal.BadTarget;
                return Refusal.None;
            case PseudoField.Authority:
                return Keep(value, out _authority);
            case PseudoField.Path:
                // §8.3.1: not empty. The absolute form that HTTP/1 has is no path here.
                if (value.IsEmpty) return Refusal.BadPseudoField;
                if (value.Length > _limits.StartLine) return Refusal.RequestLineTooLong;
                var refusal = Keep(value, out _path);
                return refusal != Refusal.None || value[0] == (byte)'/' || value.SequenceEqual("*"u8) ? refusal : Refusal.BadTarget;
            case PseudoField.Protocol when _allowsProtocol && FieldRules.IsToken(value):
                return Keep(value, out _protocol);
            default:
                return Refusal.BadPseudoField;
        }
    }

    private Refusal TakeField(scoped in HpackField field)
    {
        _sawField = true;
        var refusal = FieldGuards.Check(field);
        if (refusal != Refusal.None) return refusal;
        if (field.Id == KnownField.Cookie && _cookie >= 0) return JoinCookie(field.Value);
        if (_fields++ >= _limits.Fields) return Refusal.TooManyFields;
        _sawUnderscore |= (field.Marks & FieldMarks.Underscore) != 0;
        if (!FieldGuards.TryAdd(_head.Fields, field)) return Refusal.HeaderTooLarge;
        if (field.Id == KnownField.Cookie) _cookie = _head.Fields.Count - 1;
        return Refusal.None;
    }

    // §8.2.3: crumbs become one field again before anything else sees them. They are one field to the limit too.
    private readonly Refusal JoinCookie(ReadOnlySpan<byte> crumb)
    {
        var arena = _head.Arena;
        if (!arena.TryExtend(_head.Fields[_cookie].Value, "; "u8, out var joined) || !arena.TryExtend(joined, crumb, out joined))
            return Refusal.HeaderTooLarge;
        _head.Fields.SetValue(_cookie, joined);
        return Refusal.None;
    }

    // §8.3.1, §8.5; RFC 8441 §4.
    private readonly Refusal CheckPseudo()
    {
        var required = Bit(PseudoField.Method) | Bit(PseudoField.Scheme) | Bit(PseudoField.Path);
        var forbidden = 0;
        if (_head.Method != HttpMethod.Connect) forbidden = Bit(PseudoField.Protocol);
        else if ((_seen & Bit(PseudoField.Protocol)) != 0) required |= Bit(PseudoField.Authority);
        else (required, forbidden) = (Bit(PseudoField.Method) | Bit(PseudoField.Authority), Bit(PseudoField.Scheme) | Bit(PseudoField.Path));
        return (_seen & required) == required && (_seen & forbidden) == 0 ? Refusal.None : Refusal.BadPseudoField;
    }

    private readonly Refusal Finish(bool endStream)
    {
        var refusal = _protocol.IsEmpty ? Refusal.None : BecomeUpgrade();
        if (refusal == Refusal.None) refusal = TargetParser.Parse(_head);
        if (refusal == Refusal.None) refusal = JoinHost();
        if (refusal == Refusal.None) refusal = RequestGuards.Apply(_head, _sawUnderscore);
        if (refusal != Refusal.None) return refusal;

        // What HTTP/1 closes after, ends a stream here.
        _head.KeepAlive = true;
        if (!_protocol.IsEmpty || _head.Method == HttpMethod.Connect)
        {
            // What follows is a stream of bytes, and no body.
            _head.WantsUpgrade = !_protocol.IsEmpty;
            return _head.Framing == BodyFraming.None ? Refusal.None : Refusal.BadContentLength;
        }

        if (endStream) return _head.HasBody ? Refusal.LengthDisagrees : Refusal.None;
        if (_head.Framing == BodyFraming.None) _head.Framing = BodyFraming.Chunked;
        _head.ExpectContinue = _head.HasBody && _head.Fields.Has(KnownField.Expect);
        return Refusal.None;
    }

    // What routes and policies know is the upgrade of HTTP/1, which this stands for.
    private readonly Refusal BecomeUpgrade()
    {
        _head.Method = HttpMethod.Get;
        _head.RawTarget = _path;
        var fields = _head.Fields;
        if (!_head.Arena.TryAppend("GET"u8, "upgrade"u8, out var method, out var name) || !fields.TryAdd(name, _protocol, KnownField.Upgrade))
            return Refusal.HeaderTooLarge;
        _head.MethodText = method;
        return Refusal.None;
    }

    // §8.3.1: Host is what an intermediary makes of :authority. Both may be there if they say the same.
    private readonly Refusal JoinHost()
    {
        if ((_seen & Bit(PseudoField.Authority)) == 0) return Refusal.None;
        var fields = _head.Fields;
        if (!fields.Has(KnownField.Host))
        {
            if (!_head.Arena.TryAppend("host"u8, out var name) || !fields.TryAdd(name, _authority, KnownField.Host)) return Refusal.HeaderTooLarge;
            return Refusal.None;
        }

        if (_head.TargetPort != 0) return Refusal.None;
        if (!HostText.TryNormalise(_head.Arena, _authority, out var host, out var authority)) return Refusal.BadHost;
        (_head.Host, _head.Authority, _head.TargetPort) = (host, authority, _port);
        return Refusal.None;
    }

    private readonly Refusal Keep(scoped ReadOnlySpan<byte> value, out TextSlice kept)
        => _head.Arena.TryAppend(value, out kept) ? Refusal.None : Refusal.HeaderTooLarge;

    private static int Bit(PseudoField pseudo) => 1 << (int)pseudo;
}
