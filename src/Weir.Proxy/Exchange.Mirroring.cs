using Weir.Http.Fields;
using Weir.Proxy.Mirroring;
using Weir.Proxy.Model;
using Weir.Proxy.Wire;

namespace Weir.Proxy;

/// <summary>A copy of an exchange's request for another cluster is an exchange too. It has nothing of the first but what it copied, and may outlive it.</summary>
internal sealed partial class Exchange
{
    /// <summary>A copy of this request was made; null most of the time.</summary>
    public MirrorPair? Mirrored { get; private set; }

    /// <summary>It is such a copy: nobody waits for its answer.</summary>
    public bool IsMirror { get; private set; }

    /// <summary>From here on what is read of the request's body goes to the copy too. <see cref="EndTap"/> must follow.</summary>
    public void BeginTap(MirrorPair pair)
    {
        pair.Tap.Begin(Downstream);
        Downstream = pair.Tap;
        Mirrored = pair;
    }

    public MirrorPair EndTap()
    {
        var pair = Mirrored!;
        Downstream = pair.Tap.Client;
        Mirrored = null;
        return pair;
    }

    /// <summary>Becomes a copy of an exchange whose request is as its origin will get it. False: its head has no room here. <see cref="End"/> must follow in either case.</summary>
    public bool TryBeginCopy(Exchange original, IDownstream downstream, Mirror plan)
    {
        Begin(downstream, original.Snapshot, original.ListenerModel, original.Peer);
        RouteModel = plan.Route;
        IsMirror = true;
        Depth = original.Depth + 1;
        ClientPeer = original.ClientPeer;
        IsPeerTrusted = original.IsPeerTrusted;
        IsSecure = original.IsSecure;
        IsEarly = original.IsEarly;
        if (!Request.TryCopyFrom(original.Request)
            || !Request.Arena.TryAppend(original.Request.Arena[original.ClientAuthority], out var authority)
            || !Request.Arena.TryAppend(original.RequestId, out var id)) return false;
        ClientAuthority = authority;
        RequestIdText = ParentId = id;
        // The body comes when the client's own does; and a tunnel is nothing that can be copied.
        Request.ExpectContinue = Request.WantsUpgrade = false;
        if (!Request.Fields.TryAdd("X-Weir-Mirror"u8, plan.Mark)) return false;
        // The client's connection, which knows its certificate, may end before.
        if (original.Tls?.Field is not { } certificate) return true;
        Request.Fields.Remove(FieldSet.Of(KnownField.ClientCert, KnownField.ClientCertChain));
        return Request.Fields.TryAdd("Client-Cert"u8, certificate);
    }
}
