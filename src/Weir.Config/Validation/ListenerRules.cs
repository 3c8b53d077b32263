using Weir.Config.Records;

namespace Weir.Config.Validation;

/// <summary>Listeners and the admin address.</summary>
internal static class ListenerRules
{
    public static void Run(Check check)
    {
        if (check.Places.Names("listeners") is null or { Entries.Count: 0 } && !check.Places.Has("", "listeners")) check.Error("", "no-listener", "there is no listener", "listeners: { web: { address: \":8080\" } }");
        else if (check.Places.Names("listeners") is { Entries.Count: 0 }) check.Error("listeners", "no-listener", "there is no listener");
        var taken = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, listener) in check.Config.Listeners)
        {
            var path = "listeners." + name;
            Address(check, path + ".address", listener.Address, taken, out _);
            for (var i = 0; i < listener.Routes?.Count; i++) check.Reference($"{path}.routes[{i}]", listener.Routes[i], "routes", "route");
        }

        if (check.Config.Admin is { } admin) Admin(check, admin, taken);
    }

    private static void Admin(Check check, AdminConfig admin, Dictionary<string, string> taken)
    {
        if (!Address(check, "admin.address", admin.Address, taken, out var address) || address.IsLocal) return;
        if (admin.Token is null && !check.Places.Has("admin", "token")) check.Error("admin.address", "admin-token", $"the admin address {admin.Address} can be reached from elsewhere and needs a token", "admin: { token: { file: … } }, or listen on 127.0.0.1");
    }

    private static bool Address(Check check, string path, string text, Dictionary<string, string> taken, out ListenAddress address)
    {
        if (text.Length == 0 && !check.Places.Has(path[..path.LastIndexOf('.')], "address"))
        {
            address = default;
            return false;
        }

        if (!ListenAddress.TryParse(text, out address, out var reason))
        {
            check.Error(path, "bad-address", $"'{text}' is not an address: {reason}", "host:port, [v6]:port, :port or unix:/path");
            return false;
        }

        if (address is { IsUnix: false, Port: 0 }) return true;
        foreach (var same in SameAs(address))
        {
            if (!taken.TryGetValue(same, out var other)) continue;
            check.Error(path, "duplicate-address", $"the address {text} is taken by '{other}'");
            break;
        }

        taken.TryAdd(address.ToString(), path.EndsWith(".address", StringComparison.Ordinal) ? path[..^".address".Length] : path);
        return true;
    }

    // ":80" takes what "0.0.0.0:80" and "[::]:80" would.
    private static string[] SameAs(ListenAddress address)
    {
        if (address.IsUnix) return [address.ToString()];
        if (address.Address is null) return [$":{address.Port}", $"0.0.0.0:{address.Port}", $"[::]:{address.Port}"];
        var any = address.Address.Equals(System.Net.IPAddress.Any) || address.Address.Equals(System.Net.IPAddress.IPv6Any);
        return any ? [address.ToString(), $":{address.Port}"] : [address.ToString()];
    }
}
