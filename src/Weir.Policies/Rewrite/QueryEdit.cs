using System.Text;
using Weir.Http;
using Weir.Http.Fields;
using Weir.Sdk.Expressions;
using Weir.Sdk.Policies;
using Weir.Sdk.Text;

namespace Weir.Policies.Rewrite;

/// <summary>A parameter that is set or added: its name, encoded with the '=', and the name as it is compared.</summary>
internal sealed record QueryValueEdit(byte[] Name, byte[] Encoded, Template Value, bool Replaces);

/// <summary>The compiled edits of a query. What stays, stays as it is written. Immutable.</summary>
internal sealed class QueryEdit(QueryNames? keep, QueryNames remove, QueryValueEdit[] values)
{
    public bool IsEmpty => keep is null && remove.IsEmpty && values.Length == 0;

    /// <summary>The new query, in the request's arena; empty when nothing is left.</summary>
    public Refusal Apply(ExchangeAccess exchange, out TextSlice query)
    {
        var request = exchange.Request;
        query = request.Query;
        if (values.Length == 0 && !request.HasQuery) return Refusal.None;
        var sink = new ByteSink(stackalloc byte[512], RewrittenPath.Longest);
        var refusal = Write(exchange, ref sink);
        if (refusal == Refusal.None && !sink.Written.SequenceEqual(request.QuerySpan) && !request.Arena.TryAppend(sink.Written, out query))
            refusal = Refusal.HeaderTooLarge;
        sink.Dispose();
        return refusal;
    }

    private Refusal Write(ExchangeAccess exchange, ref ByteSink sink)
    {
        foreach (var parameter in new QueryParameters(exchange.Request.QuerySpan))
        {
            if (keep?.Has(parameter) == false || remove.Has(parameter) || IsReplaced(parameter)) continue;
            if ((sink.Length > 0 && !sink.TryWrite((byte)'&')) || !sink.TryWrite(parameter.Whole)) return Refusal.RequestLineTooLong;
        }

        foreach (var value in values)
        {
            if ((sink.Length > 0 && !sink.TryWrite((byte)'&')) || !sink.TryWrite(value.Encoded) || !TryWriteValue(value.Value, exchange, ref sink))
                return Refusal.RequestLineTooLong;
        }

        return Refusal.None;
    }

    private static bool TryWriteValue(Template value, ExchangeAccess exchange, ref ByteSink sink)
    {
        var text = new ByteSink(stackalloc byte[256], RewrittenPath.Longest);
        var fits = value.TryWrite(exchange, ref text) && TryEncode(text.Written, ref sink);
        text.Dispose();
        return fits;
    }

    private bool IsReplaced(QueryParameter parameter)
    {
        foreach (var value in values)
            if (value.Replaces && parameter.IsNamed(value.Name)) return true;
        return false;
    }

    /// <summary>Writes text so that it stands for itself in a query.</summary>
    public static bool TryEncode(scoped ReadOnlySpan<byte> text, ref ByteSink sink)
    {
        foreach (var b in text)
        {
            if (FormText.IsUnreserved(b) ? !sink.TryWrite(b)
                : !sink.TryWrite((byte)'%') || !sink.TryWrite("0123456789ABCDEF"u8[b >> 4]) || !sink.TryWrite("0123456789ABCDEF"u8[b & 15])) return false;
        }

        return true;
    }
}

/// <summary>Names of parameters, and beginnings of names (<c>utm_*</c>).</summary>
internal sealed class QueryNames(IReadOnlyList<string> names)
{
    private readonly byte[][] _names = [.. names.Where(n => !n.EndsWith('*')).Select(Encoding.UTF8.GetBytes)];
    private readonly byte[][] _beginnings = [.. names.Where(n => n.EndsWith('*')).Select(n => Encoding.UTF8.GetBytes(n[..^1]))];

    public bool IsEmpty => _names.Length + _beginnings.Length == 0;

    public bool Has(QueryParameter parameter)
    {
        foreach (var name in _names)
            if (parameter.IsNamed(name)) return true;
        if (_beginnings.Length == 0) return false;
        return FormText.IsEncoded(parameter.Name) ? BeginsDecoded(parameter.Name) : Begins(parameter.Name);
    }

    private bool Begins(ReadOnlySpan<byte> name)
    {
        foreach (var beginning in _beginnings)
            if (name.StartsWith(beginning)) return true;
        return false;
    }

    // A name longer than this begins as its first part does; no beginning is as long (4 KiB in the file at most, checked at load).
    private bool BeginsDecoded(ReadOnlySpan<byte> name)
    {
        Span<byte> decoded = stackalloc byte[RewriteFactory.LongestBeginning * 3];
        var part = name[..Math.Min(name.Length, decoded.Length)];
        return Begins(decoded[..FormText.Decode(part, decoded)]);
    }
}
