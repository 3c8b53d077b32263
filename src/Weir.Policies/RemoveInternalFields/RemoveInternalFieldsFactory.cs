using Weir.Policies.Fields;
using Weir.Sdk.Policies;

namespace Weir.Policies.RemoveInternalFields;

internal sealed class RemoveInternalFieldsFactory : PolicyFactory<RemoveInternalFieldsConfig>
{
    // Via is not among them: proxies on the way are obliged to it (RFC 9110 §7.6.3), and loops are found by it.
    internal static readonly string[] BuiltIn =
        ["Server", "X-Powered-By", "X-AspNet-Version", "X-AspNetMvc-Version", "X-Generator", "X-Runtime", "X-Version", "X-Backend-Server", "X-Upstream"];

    public override string Kind => "remove-internal-fields";

    public override Policy? Create(RemoveInternalFieldsConfig config, PolicySetup setup)
    {
        var valid = true;
        for (var i = 0; i < config.Fields.Count; i++)
            valid &= EditableFields.CheckName(setup, $"fields[{i}]", config.Fields[i] is [.. var beginning, '*'] ? beginning : config.Fields[i]);
        for (var i = 0; i < config.Keep.Count; i++)
        {
            if (!BuiltIn.Contains(config.Keep[i], StringComparer.OrdinalIgnoreCase))
                setup.Warning($"keep[{i}]", "no-effect", $"{config.Keep[i]} would not be removed anyway");
        }

        return valid ? new RemoveInternalFieldsPolicy(new FieldNameSet([.. BuiltIn.Except(config.Keep, StringComparer.OrdinalIgnoreCase), .. config.Fields])) : null;
    }
}
