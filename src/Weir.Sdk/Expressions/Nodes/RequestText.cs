using System.Text;
using Weir.Http.Messages;
using Weir.Sdk.Policies;

namespace Weir.Sdk.Expressions.Nodes;

internal delegate ReadOnlySpan<byte> TextSource(ExchangeAccess exchange);

/// <summary>Text that the exchange has at hand as bytes. Empty is taken for not there.</summary>
internal sealed class ReadText(TextSource read) : TextNode
{
    public override bool TryGet(ref Evaluation e, out ReadOnlySpan<byte> text)
    {
        text = read(e.Exchange);
        return !text.IsEmpty;
    }
}

/// <summary>A configured name, which the exchange has as a string.</summary>
internal sealed class ReadName(Func<ExchangeAccess, string> read) : TextNode
{
    public override bool TryGet(ref Evaluation e, out ReadOnlySpan<byte> text)
    {
        text = default;
        var name = read(e.Exchange);
        if (name.Length == 0 || !e.TryTake(Encoding.UTF8.GetMaxByteCount(name.Length), out var bytes)) return false;
        text = bytes[..Encoding.UTF8.GetBytes(name, bytes)];
        return true;
    }
}

/// <summary><c>request.query</c>: exists with its '?', even when empty.</summary>
internal sealed class RawQuery : TextNode
{
    public override bool TryGet(ref Evaluation e, out ReadOnlySpan<byte> text)
    {
        var request = e.Exchange.Request;
        text = request.HasQuery ? request.QuerySpan : default;
        return request.HasQuery;
    }
}

/// <summary><c>request.target</c>: the normalised path with the query. Templates write it in place; only comparisons make a copy.</summary>
internal sealed class Target : TextNode
{
    public override bool TryGet(ref Evaluation e, out ReadOnlySpan<byte> text)
    {
        var request = e.Exchange.Request;
        text = request.PathSpan;
        if (!request.HasQuery) return !text.IsEmpty;
        var query = request.QuerySpan;
        if (!e.TryTake(text.Length + 1 + query.Length, out var whole)) return false;
        text.CopyTo(whole);
        whole[text.Length] = (byte)'?';
        query.CopyTo(whole[(text.Length + 1)..]);
        text = whole;
        return true;
    }

    public override bool TryWrite(ref Evaluation e, ref ByteSink sink)
    {
        var request = e.Exchange.Request;
        return sink.TryWrite(request.PathSpan) && (!request.HasQuery || (sink.TryWrite((byte)'?') && sink.TryWrite(request.QuerySpan)));
    }
}

internal static class Versions
{
    public static ReadOnlySpan<byte> Text(HttpVersion version) => version switch
    {
        HttpVersion.Http10 => "1.0"u8,
        HttpVersion.Http11 => "1.1"u8,
        HttpVersion.Http2 => "2"u8,
        _ => "3"u8,
    };
}
