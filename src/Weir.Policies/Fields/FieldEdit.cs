using System.Text;
using Weir.Http;
using Weir.Http.Fields;
using Weir.Sdk.Expressions;
using Weir.Sdk.Policies;

namespace Weir.Policies.Fields;

/// <summary>One field that is set or added, its value a template. A value that comes out empty takes the field away, as in NGINX.</summary>
internal sealed class FieldEdit(string name, Template value, bool keepOthers)
{
    private readonly byte[] _name = Encoding.ASCII.GetBytes(name);

    /// <summary>Applies the edit; a reason when it cannot be: a byte that no value may hold, or a head that is full.</summary>
    public Refusal Apply(FieldTable fields, ExchangeAccess exchange)
    {
        if (value.IsConstant) return Put(fields, value.Constant);
        var sink = new ByteSink(stackalloc byte[512]);
        var refusal = value.TryWrite(exchange, ref sink) ? Put(fields, sink.Written) : Refusal.HeaderTooLarge;
        sink.Dispose();
        return refusal;
    }

    // The text must not lie in the head's own arena, which may move when the name is appended.
    private Refusal Put(FieldTable fields, ReadOnlySpan<byte> text)
    {
        text = FieldRules.Trim(text);
        if (!FieldRules.IsValidValue(text)) return Refusal.BadFieldValue;
        if (text.IsEmpty)
        {
            if (!keepOthers) fields.Remove(_name);
            return Refusal.None;
        }

        if (keepOthers ? fields.TryAdd(_name, text) : fields.TrySet(_name, text)) return Refusal.None;
        return fields.Count >= fields.MaxCount ? Refusal.TooManyFields : Refusal.HeaderTooLarge;
    }
}
