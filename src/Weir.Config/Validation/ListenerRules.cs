using System.Net;
using Weir.Config.Records;

namespace Weir.Config.Validation;

/// <summary>Listeners and the admin address.</summary>
internal static class ListenerRules
{
    public static void Run(Check check)
    {
        if (check.Places.Names("listeners") is null or { Entries.Count: 0 } && !check.Places.Has("", "listeners")) check.Error("", "no-listener", "there is no listener", "listeners: { web: { address: \":8080\" } }");
        else if (check.Places.Names("listeners") is { Entries.Count: 0 }) check.Error("listeners", "no-listener", "there is no listener");
        var taken = new List<(ListenAddress Address, string By)>();
        // UDP's ports are not TCP's.
        var takenOfUdp = new List<(ListenAddress Address, string By)>();
        foreach (var (name, listener) in check.Config.Listeners)
        {
            var path = "listeners." + name;
            Address(check, path + ".address", listener.Address, listener.Protocol == ListenerProtocol.Udp ? takenOfUdp : taken, out _);
            if (listener.ProxyProtocol && (listener.TrustedProxies ?? check.Config.TrustedProxies).Count == 0)
                check.Error(path + ".proxy-protocol", "nobody-trusted", "the PROXY protocol is read from trusted proxies, and there are none", "trusted-proxies: [10.0.0.0/8]");
            for (var i = 0; i < listener.Routes?.Count; i++) check.Reference($"{path}.routes[{i}]", listener.Routes[i], "routes", "route");
        }

        if (check.Config.Admin is { } admin) Admin(check, admin, taken);
    }

    private static void Admin(Check check, AdminConfig admin, List<(ListenAddress Address, string By)> taken)
    {
        if (!Address(check, "admin.address", admin.Address, taken, out var address) || address.IsLocal) return;
        if (admin.Token is null && !check.Places.Has("admin", "token")) check.Error("admin.address", "admin-token", $"the admin address {admin.Address} can be reached from elsewhere and needs a token", "admin: { token: { file: … } }, or listen on 127.0.0.1");
    }

    private static bool Address(Check check, string path, string text, List<(ListenAddress Address, string By)> taken, out ListenAddress address)
    {
        // Not written, or not to be read: that was said.
        if (text.Length == 0 && check.Places.Text(path[..path.LastIndexOf('.')], "address") is null)
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
        foreach (var (other, by) in taken)
        {
            if (!Overlap(address, other)) continue;
            check.Error(path, "duplicate-address", $"the address {text} is taken by '{by}'", address == other ? null : $"{other} and {address} overlap");
            break;
        }

        taken.Add((address, path.EndsWith(".address", StringComparison.Ordinal) ? path[..^".address".Length] : path));
        return true;
    }

    // The kernel gives no two listeners one address; ":80" is that of every address of both families.
    private static bool Overlap(ListenAddress a, ListenAddress b)
    {
        if (a.IsUnix || b.IsUnix) return a.UnixPath == b.UnixPath;
        if (a.Port != b.Port) return false;
        if (a.Address is null || b.Address is null) return true;
        return a.Address.AddressFamily == b.Address.AddressFamily && (IsAny(a.Address) || IsAny(b.Address) || a.Address.Equals(b.Address));
    }

    private static bool IsAny(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);
}
