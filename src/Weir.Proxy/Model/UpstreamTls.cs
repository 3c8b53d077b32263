using Weir.Reactor.Tls;

namespace Weir.Proxy.Model;

/// <summary>TLS to one endpoint as compiled. Immutable; another digest is another endpoint, with connections of its own.</summary>
/// <param name="Digest">Of all that it was made from.</param>
/// <param name="Client">Offers what the cluster may speak.</param>
/// <param name="Http1Client">Offers HTTP/1.1 alone, for what cannot go another way.</param>
internal sealed record UpstreamTls(string Digest, TlsClient Client, TlsClient Http1Client);
