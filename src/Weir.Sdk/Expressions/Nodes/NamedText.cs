using System.Text;
using Weir.Http.Fields;
using Weir.Sdk.Text;

namespace Weir.Sdk.Expressions.Nodes;

/// <summary><c>request.header.x</c>, <c>response.header.x</c>: the first field of the name.</summary>
internal sealed class Header(string name, bool ofResponse) : TextNode
{
    private readonly byte[] _name = Encoding.ASCII.GetBytes(name.ToLowerInvariant());
    private readonly KnownField _id = KnownFields.Find(Encoding.ASCII.GetBytes(name));

    public override bool TryGet(ref Evaluation e, out ReadOnlySpan<byte> text)
    {
        var fields = ofResponse ? e.Exchange.Response.Fields : e.Exchange.Request.Fields;
        var position = _id == KnownField.Other ? fields.IndexOf(_name) : fields.IndexOf(_id);
        text = position < 0 ? default : fields.Value(position);
        return position >= 0;
    }
}

/// <summary><c>request.query.x</c>: the first parameter of the name (case-sensitive), decoded.</summary>
internal sealed class QueryValue(string name) : TextNode
{
    private readonly byte[] _name = Encoding.UTF8.GetBytes(name);

    public override bool TryGet(ref Evaluation e, out ReadOnlySpan<byte> text)
    {
        text = default;
        var request = e.Exchange.Request;
        if (!request.HasQuery) return false;
        foreach (var parameter in new QueryParameters(request.QuerySpan))
        {
            if (!parameter.IsNamed(_name)) continue;
            text = parameter.Value;
            if (!FormText.IsEncoded(text)) return true;
            if (!e.TryTake(text.Length, out var decoded)) return false;
            text = decoded[..FormText.Decode(text, decoded)];
            return true;
        }

        return false;
    }
}

/// <summary><c>request.cookie.x</c>: the first cookie of the name (case-sensitive), as it is written. RFC 6265 §5.4; HTTP/2 may split the field.</summary>
internal sealed class Cookie(string name) : TextNode
{
    private readonly byte[] _name = Encoding.UTF8.GetBytes(name);

    public override bool TryGet(ref Evaluation e, out ReadOnlySpan<byte> text)
    {
        var fields = e.Exchange.Request.Fields;
        for (var i = fields.IndexOf(KnownField.Cookie); i >= 0; i = fields.IndexOf(KnownField.Cookie, i + 1))
            if (TryFind(fields.Value(i), out text)) return true;
        text = default;
        return false;
    }

    private bool TryFind(ReadOnlySpan<byte> cookies, out ReadOnlySpan<byte> value)
    {
        while (!cookies.IsEmpty)
        {
            var end = cookies.IndexOf((byte)';');
            var pair = (end < 0 ? cookies : cookies[..end]).Trim(" \t"u8);
            cookies = end < 0 ? default : cookies[(end + 1)..];
            if (pair.Length <= _name.Length || pair[_name.Length] != '=' || !pair.StartsWith(_name)) continue;
            value = pair[(_name.Length + 1)..];
            return true;
        }

        value = default;
        return false;
    }
}

/// <summary><c>params.x</c>: what the route's <c>{x}</c> stands for. Empty is taken for not there.</summary>
internal sealed class PathParameter(string name) : TextNode
{
    public override bool TryGet(ref Evaluation e, out ReadOnlySpan<byte> text)
    {
        text = e.Exchange.PathParameter(name);
        return !text.IsEmpty;
    }
}
