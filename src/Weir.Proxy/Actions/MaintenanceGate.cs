using Weir.Http;
using Weir.Proxy.Requests;

namespace Weir.Proxy.Actions;

/// <summary>Turns requests away from routes that are under maintenance, before their policies run.</summary>
internal static class MaintenanceGate
{
    /// <summary>False: the exchange has its reply.</summary>
    public static bool Admits(Exchange x)
    {
        if (x.RouteModel.Maintenance is not { } maintenance) return true;
        if (!maintenance.Allowed.IsEmpty && maintenance.Allowed.Contains(ForwardingFields.ToIp(x.ClientPeer))) return true;
        x.Refuse(Refusal.Maintenance);
        x.Reply = maintenance.Reply;
        return false;
    }
}
