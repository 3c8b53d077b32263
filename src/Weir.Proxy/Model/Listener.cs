using Weir.Http.Addresses;
using Weir.Http.Http1;
using Weir.Proxy.Routes;

namespace Weir.Proxy.Model;

/// <summary>A listener as compiled: which routes it serves and what its clients may do. Immutable.</summary>
internal sealed class Listener
{
    public required string Name { get; init; }

    /// <summary>The table of the routes that it serves; positions are those of <see cref="Routes"/>.</summary>
    public required RouteTable Table { get; init; }

    public required Route[] Routes { get; init; }

    /// <summary>Takes what no route takes, so that the reply runs through the listener's and the default policies.</summary>
    public required Route Unmatched { get; init; }

    /// <summary>The port that clients connect to; 0 for a unix socket.</summary>
    public required int Port { get; init; }

    /// <summary>Null: plain text.</summary>
    public required ListenerTls? Tls { get; init; }

    /// <summary>Null: HTTP. Else connections are passed on as they are.</summary>
    public required StreamPlan? Stream { get; init; }

    /// <summary>Null: it takes connections. Else datagrams, which are passed on as they are.</summary>
    public required DatagramPlan? Datagrams { get; init; }

    public required CidrSet TrustedProxies { get; init; }

    /// <summary>Trusted proxies say in a header of the PROXY protocol whom a connection is from.</summary>
    public required bool ReadsProxyHeader { get; init; }

    public required Http1Limits HeadLimits { get; init; }

    /// <summary>HTTP/2 is spoken.</summary>
    public required bool TakesHttp2 { get; init; }

    /// <summary>Requests at once on a connection of HTTP/2.</summary>
    public required int MaxStreams { get; init; }

    /// <summary>Bytes of a request's body of HTTP/2 that may come before they are wanted.</summary>
    public required int StreamWindow { get; init; }

    /// <summary>Or sessions, of datagrams.</summary>
    public required int MaxConnections { get; init; }

    public required int MaxConnectionsPerAddress { get; init; }

    /// <summary>Handshakes under way on a loop.</summary>
    public required int MaxHandshakes { get; init; }

    /// <summary>0 for no limit.</summary>
    public required int RequestsPerConnection { get; init; }

    /// <summary>Milliseconds, as all timeouts here.</summary>
    public required int HeaderTimeout { get; init; }

    public required int HandshakeTimeout { get; init; }

    public required int KeepAliveTimeout { get; init; }

    public required int WriteTimeout { get; init; }

    public required int LingerTimeout { get; init; }
}
