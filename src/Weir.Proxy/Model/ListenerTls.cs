using Weir.Reactor.Tls;

namespace Weir.Proxy.Model;

/// <summary>A listener's TLS as compiled. Immutable; the same object serves as long as the configuration says the same.</summary>
internal sealed record ListenerTls(string Digest, TlsServer Server, IReadOnlyList<ServedCertificate> Certificates);

/// <summary>What people are told of a certificate.</summary>
internal sealed record ServedCertificate(string File, IReadOnlyList<string> Names, DateTimeOffset NotAfter);
