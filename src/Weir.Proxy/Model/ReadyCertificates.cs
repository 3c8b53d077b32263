using System.Collections.Concurrent;
using Weir.Reactor.Tls;

namespace Weir.Proxy.Model;

/// <summary>A certificate that was got.</summary>
internal sealed record ReadyCertificate(TlsIdentity Identity, DateTimeOffset NotAfter);

/// <summary>What was got of what the configurations so far want, the newest of each. SharedState: written by the control plane, read when a listener is compiled.</summary>
internal sealed class ReadyCertificates
{
    private readonly ConcurrentDictionary<WantedCertificate, ReadyCertificate> _all = [];

    public ReadyCertificate? Find(WantedCertificate wanted) => _all.GetValueOrDefault(wanted);

    public void Put(WantedCertificate wanted, ReadyCertificate certificate) => _all[wanted] = certificate;

    /// <summary>The one before, or none, in place of one that turned out to be no good.</summary>
    public void Restore(WantedCertificate wanted, ReadyCertificate? before)
    {
        if (before is null) _all.TryRemove(wanted, out _);
        else Put(wanted, before);
    }

    /// <summary>Forgets what no configuration wants any more.</summary>
    public void KeepOnly(IReadOnlySet<WantedCertificate> wanted)
    {
        foreach (var one in _all.Keys)
            if (!wanted.Contains(one)) _all.TryRemove(one, out _);
    }
}
