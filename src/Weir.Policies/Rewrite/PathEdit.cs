using Weir.Http;
using Weir.Http.Fields;
using Weir.Sdk.Expressions;
using Weir.Sdk.Policies;

namespace Weir.Policies.Rewrite;

/// <summary>A way to change a path. Immutable.</summary>
internal abstract class PathEdit
{
    /// <summary>The new path, in the request's arena; a reason when there can be none.</summary>
    public abstract Refusal Apply(ExchangeAccess exchange, out TextSlice path);
}

/// <summary>Strips one prefix and adds another. What is left of a normalised path is normalised, so nothing is checked again, and stripping copies nothing.</summary>
internal sealed class PrefixEdit(byte[] strip, byte[] add) : PathEdit
{
    public override Refusal Apply(ExchangeAccess exchange, out TextSlice path)
    {
        var (request, arena) = (exchange.Request, exchange.Request.Arena);
        path = Strip(request.Path, request.PathSpan);
        if (add.Length == 0) return Refusal.None;
        var rest = path;
        if (add.Length + rest.Length > RewrittenPath.Longest) return Refusal.RequestLineTooLong;
        if (!arena.TryReserve(add.Length + rest.Length, out path)) return Refusal.HeaderTooLarge;

        // Read after the reservation, which may have moved it.
        var room = arena.Writable(path);
        add.CopyTo(room);
        arena[rest].CopyTo(room[add.Length..]);
        return Refusal.None;
    }

    private TextSlice Strip(TextSlice path, ReadOnlySpan<byte> text)
    {
        if (strip.Length == 0 || !text.StartsWith(strip)) return path;
        if (text.Length == strip.Length) return path.Slice(0, 1);
        return text[strip.Length] == '/' ? path.Slice(strip.Length, path.Length - strip.Length) : path;
    }
}

/// <summary>A template for the whole path.</summary>
internal sealed class TemplateEdit(Template template) : PathEdit
{
    public override Refusal Apply(ExchangeAccess exchange, out TextSlice path)
    {
        if (template.IsConstant) return exchange.Request.Arena.TryAppend(template.Constant, out path) ? Refusal.None : Refusal.HeaderTooLarge;
        path = default;
        var sink = new ByteSink(stackalloc byte[512], RewrittenPath.Longest);
        var refusal = template.TryWrite(exchange, ref sink) ? RewrittenPath.Finish(sink.Written, exchange.Request.Arena, out path) : Refusal.RequestLineTooLong;
        sink.Dispose();
        return refusal;
    }
}
