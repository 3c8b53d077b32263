using Weir.Http;
using Weir.Http.Fields;
using Weir.Policies.Fields;
using Weir.Sdk.Expressions;
using Weir.Sdk.Policies;

namespace Weir.Policies.Headers;

/// <summary>The compiled edits of one head. Immutable.</summary>
internal sealed class FieldEdits(FieldNameSet remove, FieldEdit[] edits)
{
    public bool IsEmpty => remove.IsEmpty && edits.Length == 0;

    /// <summary>Stops at the first edit that cannot be done; the exchange is refused then, so what was done before does not matter.</summary>
    public Refusal Apply(FieldTable fields, ExchangeAccess exchange)
    {
        if (!remove.IsEmpty) remove.RemoveFrom(fields);
        foreach (var edit in edits)
        {
            var refusal = edit.Apply(fields, exchange);
            if (refusal != Refusal.None) return refusal;
        }

        return Refusal.None;
    }

    public static FieldEdits? Compile(FieldEditsConfig config, string place, ExpressionPhase phase, PolicySetup setup)
    {
        var valid = true;
        for (var i = 0; i < config.Remove.Count; i++)
            valid &= EditableFields.CheckName(setup, $"{place}.remove[{i}]", config.Remove[i] is [.. var beginning, '*'] ? beginning : config.Remove[i]);
        List<FieldEdit> edits = [];
        foreach (var (name, value) in config.Set) valid &= TryAdd(edits, $"{place}.set.{name}", name, value, keepOthers: false);
        foreach (var (name, value) in config.Add) valid &= TryAdd(edits, $"{place}.add.{name}", name, value, keepOthers: true);
        return valid ? new FieldEdits(new FieldNameSet(config.Remove), [.. edits]) : null;

        bool TryAdd(List<FieldEdit> edits, string member, string name, string value, bool keepOthers)
        {
            var isName = EditableFields.CheckName(setup, member, name);
            if (!setup.TryTemplate(member, value, phase, out var template) || !EditableFields.CheckValue(setup, member, template) || !isName) return false;
            edits.Add(new FieldEdit(name, template, keepOthers));
            return true;
        }
    }
}
