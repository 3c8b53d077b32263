using Weir.Reactor.Tls;

namespace Weir.Proxy.Model;

/// <summary>TLS to one endpoint as compiled. Immutable; another digest is another endpoint, with connections of its own.</summary>
internal sealed record UpstreamTls(string Digest, TlsClient Client);
