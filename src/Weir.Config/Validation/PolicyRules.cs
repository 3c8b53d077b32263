namespace Weir.Config.Validation;

/// <summary>Named policies: each has a kind, and is used. That uses name one that exists is known from reading them.</summary>
internal static class PolicyRules
{
    public static void Run(Check check)
    {
        var config = check.Config;
        var used = config.Listeners.Values.SelectMany(l => l.Policies)
            .Concat(config.Defaults.Policies)
            .Concat(config.Routes.Values.SelectMany(r => r.Policies.Concat(r.Split?.Arms.Values.SelectMany(static a => a.Policies) ?? [])))
            .Select(p => p.Name)
            .ToHashSet();
        foreach (var (name, policy) in config.Policies)
        {
            if (policy.Name is not null) check.Error("policies." + name, "wrong-type", "a named policy is a mapping with one kind, not another name");
            else if (!check.HasErrors && !used.Contains(name)) check.Warning("policies." + name, "unused-policy", $"no list of policies names '{name}'");
        }
    }
}
