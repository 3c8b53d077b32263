namespace Weir.Config.Validation;

/// <summary>All that can be checked without compiling anything: names, references, addresses, and what belongs together.</summary>
internal static class ConfigRules
{
    private static readonly string[] Sections = ["listeners", "policies", "routes", "clusters"];

    public static void Run(Check check)
    {
        foreach (var section in Sections) Names(check, section);
        ListenerRules.Run(check);
        RouteRules.Run(check);
        ClusterRules.Run(check);
        RetryRules.Run(check);
        StreamRules.Run(check);
        NetworkRules.Run(check);
        AcmeRules.Run(check);
        // The last: what is not used is known only when all that could use it was read.
        PolicyRules.Run(check);
        EffectRules.Run(check);
    }

    private static void Names(Check check, string section)
    {
        if (check.Places.Names(section) is not { } names) return;
        foreach (var entry in names.Entries)
        {
            if (Tokens.IsName(entry.Key.Value)) continue;
            check.Error($"{section}.{entry.Key.Value}", "bad-name", $"'{entry.Key.Value}' is not a name", "letters, digits, '.', '_' and '-', 128 at most, a letter or digit first");
        }
    }
}
