using System.Collections.Concurrent;
using Weir.Reactor.Tls;

namespace Weir.Proxy.Model;

/// <summary>A certificate that was got for an order.</summary>
internal sealed record IssuedCertificate(TlsIdentity Identity, DateTimeOffset NotAfter);

/// <summary>What was got for the orders of the configurations so far, the newest of each. SharedState: written by the control plane, read when a listener is compiled.</summary>
internal sealed class IssuedCertificates
{
    private readonly ConcurrentDictionary<CertificateOrder, IssuedCertificate> _byOrder = [];

    public IssuedCertificate? Find(CertificateOrder order) => _byOrder.GetValueOrDefault(order);

    public void Put(CertificateOrder order, IssuedCertificate certificate) => _byOrder[order] = certificate;

    /// <summary>The one before, or none, in place of one that turned out to be no good.</summary>
    public void Restore(CertificateOrder order, IssuedCertificate? before)
    {
        if (before is null) _byOrder.TryRemove(order, out _);
        else Put(order, before);
    }

    /// <summary>Orders that no configuration has any more.</summary>
    public void KeepOnly(IReadOnlySet<CertificateOrder> orders)
    {
        foreach (var order in _byOrder.Keys)
            if (!orders.Contains(order)) _byOrder.TryRemove(order, out _);
    }
}
