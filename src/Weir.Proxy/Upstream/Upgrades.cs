using System.Text;
using Weir.Http.Fields;

namespace Weir.Proxy.Upstream;

/// <summary>Whether an exchange may switch protocols, RFC 9110 §7.8.</summary>
internal static class Upgrades
{
    /// <summary>The client asked and the route allows it.</summary>
    public static bool IsAllowed(Exchange x) => x.Request.WantsUpgrade && x.RouteModel.Forward is { Upgrade: true } && x.Downstream.Socket is not null;

    /// <summary>The origin's 101 switches to one of the protocols that were asked for.</summary>
    public static bool IsWanted(Exchange x)
    {
        if (!IsAllowed(x)) return false;
        var answered = x.Response.Fields.Get(KnownField.Upgrade);
        if (answered.IsEmpty || x.Response.Fields.CountOf(KnownField.Upgrade) != 1) return false;
        foreach (var part in x.Request.Fields.Get(KnownField.Upgrade).Split((byte)','))
        {
            var offered = x.Request.Fields.Get(KnownField.Upgrade)[part];
            if (Ascii.EqualsIgnoreCase(FieldRules.Trim(offered), answered)) return true;
        }

        return false;
    }
}
