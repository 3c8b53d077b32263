using System.Text;
using Weir.Reactor.Tls;
using Weir.Sdk.Policies;

namespace Weir.Proxy.Model;

/// <summary>What a client's handshake came to, for the exchanges of its connection. LoopState of that connection.</summary>
internal sealed class ConnectionTls
{
    public ConnectionTls(TlsFacts facts, bool isForwarded)
    {
        Facts = facts;
        if (facts.ClientCertificate.Length == 0) return;
        Client = new ClientCertificate(facts.ClientCertificate);
        // RFC 9440 §2.1: the certificate as a byte sequence of RFC 8941.
        if (isForwarded) Field = Encoding.ASCII.GetBytes($":{Convert.ToBase64String(facts.ClientCertificate)}:");
    }

    public TlsFacts Facts { get; }

    /// <summary>Null when the client showed no certificate.</summary>
    public ClientCertificate? Client { get; }

    /// <summary>The value of Client-Cert; null when origins are not told.</summary>
    public byte[]? Field { get; }
}
