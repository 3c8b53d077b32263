using System.Text;
using Weir.Http.Fields;

namespace Weir.Proxy.Upstream;

/// <summary>Whether an exchange may switch protocols, RFC 9110 §7.8.</summary>
internal static class Upgrades
{
    /// <summary>
    /// The protocol that the client asks for and the route allows, as the client wrote it; empty when there is none. A client that
    /// offers several is not helped to choose: the request goes on without the offer.
    /// </summary>
    public static ReadOnlySpan<byte> Requested(Exchange x)
    {
        if (!x.Request.WantsUpgrade || x.RouteModel.Forward is not { } forward || x.Downstream.Socket is null) return default;
        var asked = x.Request.Fields.Get(KnownField.Upgrade);
        foreach (var protocol in forward.Upgrades)
            if (Ascii.EqualsIgnoreCase(asked, protocol)) return asked;
        return default;
    }

    /// <summary>The origin's 101 switches to the protocol that was asked for.</summary>
    public static bool IsWanted(Exchange x)
    {
        var asked = Requested(x);
        return !asked.IsEmpty && x.Response.Fields.CountOf(KnownField.Upgrade) == 1
            && Ascii.EqualsIgnoreCase(x.Response.Fields.Get(KnownField.Upgrade), asked);
    }
}
