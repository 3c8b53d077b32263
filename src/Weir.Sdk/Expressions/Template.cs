using System.Diagnostics.CodeAnalysis;
using System.Text;
using Weir.Http.Fields;
using Weir.Sdk.Expressions.Compiling;
using Weir.Sdk.Expressions.Nodes;
using Weir.Sdk.Policies;

namespace Weir.Sdk.Expressions;

/// <summary>
/// Text with <c>${expression}</c> in it, compiled; <c>$${</c> stands for <c>${</c>. What is missing becomes nothing. Immutable, shared by all loops.
/// Hazard: values come from clients and may hold any byte once decoded; whoever writes a field with the result checks it first.
/// </summary>
public sealed class Template
{
    private const int OnStack = 512;

    private readonly Node[] _parts;
    private readonly byte[] _constant;

    private Template(string text, Node[] parts, bool needsResponse)
    {
        (Text, _parts, NeedsResponse) = (text, parts, needsResponse);
        IsConstant = parts.All(p => p is TextLiteral);
        _constant = IsConstant ? [.. parts.SelectMany(p => ((TextLiteral)p).Value)] : [];
    }

    /// <summary>The template as it was written.</summary>
    public string Text { get; }

    /// <summary>Nothing in it depends on the exchange: <see cref="Constant"/> is all there is.</summary>
    public bool IsConstant { get; }

    /// <summary>The text of a constant template; empty for any other.</summary>
    public ReadOnlySpan<byte> Constant => _constant;

    /// <summary>It reads <c>response.…</c>, so it means something only once there is a response.</summary>
    public bool NeedsResponse { get; }

    /// <summary>The literal pieces, for checks at load time of what no exchange can change.</summary>
    public IEnumerable<ReadOnlyMemory<byte>> Literals => _parts.OfType<TextLiteral>().Select(static p => (ReadOnlyMemory<byte>)p.Value);

    /// <summary>A constant template; nothing in the text has a meaning.</summary>
    public static Template Literal(string text) => new(text, [new TextLiteral(Encoding.UTF8.GetBytes(text))], needsResponse: false);

    /// <summary>Compiles a template for the request phase, in which <c>response.…</c> is an error.</summary>
    public static bool TryCompile(string text, [NotNullWhen(true)] out Template? template, out ExpressionError error)
        => TryCompile(text, ExpressionPhase.Request, out template, out error);

    /// <summary>Compiles a template that will be evaluated in this phase; false and what is wrong where otherwise.</summary>
    public static bool TryCompile(string text, ExpressionPhase phase, [NotNullWhen(true)] out Template? template, out ExpressionError error)
    {
        var parser = new TemplateParser(text, phase);
        template = parser.TryParse(out var parts) ? new Template(text, parts, parser.UsesResponse) : null;
        error = parser.Error;
        return template is not null;
    }

    /// <summary>Writes the text for this exchange; on its loop. False when the sink is full; it then holds a part of the text.</summary>
    public bool TryWrite(ExchangeAccess exchange, ref ByteSink sink)
    {
        if (IsConstant) return sink.TryWrite(_constant);
        var evaluation = new Evaluation(exchange);
        try
        {
            foreach (var part in _parts)
                if (!part.TryWrite(ref evaluation, ref sink)) return false;
            return true;
        }
        finally
        {
            evaluation.End();
        }
    }

    /// <summary>As above, at the end of an arena, such as the head's own. False, and nothing appended, when a bound would be passed.</summary>
    public bool TryAppend(ExchangeAccess exchange, TextArena arena, out TextSlice slice)
    {
        if (IsConstant) return arena.TryAppend(_constant, out slice);
        var sink = new ByteSink(stackalloc byte[OnStack]);
        slice = default;

        // Through the sink, because the arena may move while it grows and the values may be views of it.
        var done = TryWrite(exchange, ref sink) && arena.TryAppend(sink.Written, out slice);
        sink.Dispose();
        return done;
    }

    /// <summary>The template as it was written.</summary>
    public override string ToString() => Text;
}
