using System.Collections.Frozen;
using Weir.Sdk.Expressions.Nodes;

namespace Weir.Sdk.Expressions.Compiling;

/// <summary>
/// A name of the language. <paramref name="Plain"/> makes its node; <paramref name="Keyed"/> makes the node of a part of it,
/// as in <c>request.header.x</c>. At least one is there.
/// </summary>
internal sealed record Name(string Path, ExpressionType Type, string Meaning, Func<Node>? Plain, Func<string, TextNode>? Keyed = null, ExpressionPhase Since = ExpressionPhase.Request);

internal delegate ReadOnlySpan<byte> CertificateText(Policies.ClientCertificate certificate);

/// <summary>Every name that an expression can use. docs/expressions.md is checked against this list.</summary>
internal static class Names
{
    public static readonly Name[] List =
    [
        Text("request.method", "the method, as written", static x => x.Request.MethodSpan),
        Text("request.path", "the normalised path", static x => x.Request.PathSpan),
        new("request.query", ExpressionType.Text, "the query without its '?', as written; request.query.NAME: a parameter, decoded", static () => new RawQuery(), static key => new QueryValue(key)),
        new("request.target", ExpressionType.Text, "the normalised path, and '?' and the query when there is one", static () => new Target()),
        Text("request.host", "the host in lower case, without port", static x => x.Request.HostSpan),
        Text("request.authority", "the host with its port", static x => x.Request.AuthoritySpan),
        Text("request.scheme", "http or https, as the client sees it", static x => x.Scheme),
        Text("request.version", "1.0, 1.1, 2 or 3", static x => Versions.Text(x.Request.Version)),
        Text("request.id", "the request's id", static x => x.RequestId),
        new("request.header", ExpressionType.Text, "request.header.NAME: the first field of this name", null, static key => new Header(key, ofResponse: false)),
        new("request.cookie", ExpressionType.Text, "request.cookie.NAME: a cookie, as written", null, static key => new Cookie(key)),
        new("params", ExpressionType.Text, "params.NAME: what {NAME} in the route's path stands for", null, static key => new PathParameter(key)),
        new("client.ip", ExpressionType.Address, "the client's address, trusted proxies taken into account", static () => new AddressNode(static x => x.ClientAddress)),
        Integer("client.port", "the client's port", static x => x.ClientPort),
        new("peer.ip", ExpressionType.Address, "the address of the connection's other end", static () => new AddressNode(static x => x.PeerAddress)),
        Configured("tls.version", "the version of TLS on the client's connection: 1.2 or 1.3", static x => x.TlsVersion),
        Configured("tls.cipher", "the cipher suite on the client's connection, by its name at IANA", static x => x.TlsCipher),
        Text("tls.server-name", "the name that the client asked for in its handshake (SNI)", static x => x.TlsServerName),
        Certificate("subject", "the subject of the client's certificate: CN=alice, O=Example", static c => c.Subject),
        Certificate("issuer", "who issued the client's certificate", static c => c.Issuer),
        Certificate("serial", "the number of the client's certificate, in upper-case hexadecimal", static c => c.Serial),
        Certificate("fingerprint", "SHA-256 of the client's certificate, in lower-case hexadecimal", static c => c.Fingerprint),
        Certificate("names", "the alternative names of the client's certificate: DNS:a.example,URI:spiffe://b/c", static c => c.AlternativeNames),
        Certificate("dns", "the first of them that is a DNS name", static c => c.DnsName),
        Certificate("uri", "the first of them that is a URI, a SPIFFE id for instance", static c => c.Uri),
        Certificate("email", "the first of them that is an e-mail address", static c => c.Email),
        Text("proxy-protocol.authority", "the host that the client asked for, as a trusted proxy says", static x => x.AnnouncedAuthority),
        Text("proxy-protocol.alpn", "the protocol of the client's TLS, as a trusted proxy says", static x => x.AnnouncedAlpn),
        Text("proxy-protocol.unique-id", "the connection's id, as a trusted proxy says; in hexadecimal unless it is visible ASCII", static x => x.AnnouncedId),
        Configured("listener.name", "the listener's name", static x => x.Listener),
        Configured("route.name", "the route's name", static x => x.Route),
        Configured("cluster.name", "the cluster's name", static x => x.Cluster) with { Since = ExpressionPhase.Attempt },
        Integer("response.status", "the response's status", static x => x.Response.Status) with { Since = ExpressionPhase.Response },
        new("response.header", ExpressionType.Text, "response.header.NAME: the first field of this name", null, static key => new Header(key, ofResponse: true), ExpressionPhase.Response),
        Integer("now", "the time, in seconds since 1970", static x => x.Now.ToUnixTimeSeconds()),
    ];

    public static readonly FrozenDictionary<string, Name> ByPath = List.ToFrozenDictionary(n => n.Path);

    /// <summary>The first words: request, client, now, …</summary>
    public static readonly FrozenSet<string> Roots = List.Select(n => n.Path.Split('.')[0]).ToFrozenSet();

    private static Name Text(string path, string meaning, TextSource read) => new(path, ExpressionType.Text, meaning, () => new ReadText(read));

    private static Name Certificate(string part, string meaning, CertificateText read)
        => Text("client-certificate." + part, meaning, x => x.ClientCertificate is { } certificate ? read(certificate) : default);

    private static Name Configured(string path, string meaning, Func<Policies.ExchangeAccess, string> read) => new(path, ExpressionType.Text, meaning, () => new ReadName(read));

    private static Name Integer(string path, string meaning, Func<Policies.ExchangeAccess, long> read) => new(path, ExpressionType.Integer, meaning, () => new ReadInteger(read));
}
