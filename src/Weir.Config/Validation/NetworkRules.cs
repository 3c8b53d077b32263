using Weir.Config.Records;

namespace Weir.Config.Validation;

/// <summary>Lists of addresses and CIDR blocks.</summary>
internal static class NetworkRules
{
    public static void Run(Check check)
    {
        Networks(check, "trusted-proxies", check.Config.TrustedProxies);
        foreach (var (name, listener) in check.Config.Listeners) Networks(check, $"listeners.{name}.trusted-proxies", listener.TrustedProxies ?? []);
    }

    public static void Networks(Check check, string path, IReadOnlyList<string> networks)
    {
        for (var i = 0; i < networks.Count; i++)
        {
            if (!NetworkText.TryNetwork(networks[i], out _, out var reason)) check.Error($"{path}[{i}]", "bad-network", reason);
        }
    }
}
