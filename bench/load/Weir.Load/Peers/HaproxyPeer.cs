using System.Text;

namespace Weir.Load.Peers;

/// <summary>HAProxy as a reverse proxy, with or without <c>option splice-auto</c>.</summary>
internal sealed class HaproxyPeer(string name, string binary, bool splice) : Peer(name, binary)
{
    public override string Setup => "nbthread 1, http-reuse always" + (splice ? ", option splice-auto" : "");

    protected override string VersionArgument => "-v";

    public override PeerCommand Configure(PeerSettings settings)
    {
        // The hard limit of file descriptors may be lower than twice maxconn, which strict-limits would refuse;
        // no scenario comes near both at once.
        var text = new StringBuilder($"""
            global
              nbthread 1
              maxconn 12000
              no strict-limits

            """);
        if (settings.Logs)
            text.Append($"  log 127.0.0.1:{settings.LogPort} len 2048 format raw local0\n");
        if (settings.Stream) return Start(settings, Stream(settings, splice));
        text.Append("""
            defaults
              mode http
              timeout connect 5s
              timeout client 600s
              timeout server 600s
              timeout http-keep-alive 600s
              timeout http-request 10s
              http-reuse always
              option forwardfor
              unique-id-format %[uuid()]
              unique-id-header X-Request-ID

            """);
        text.Append(settings.Logs ? Log : "  no log\n");
        if (splice)
            text.Append("  option splice-auto\n");
        text.Append($"""
            listen proxy
              bind 127.0.0.1:{settings.Port} backlog 4096{(settings.Tls is null ? "" : $" ssl crt {settings.Tls.Both} ssl-min-ver TLSv1.3{(settings.Http2 ? " alpn h2,http/1.1" : "")}")}
              http-request set-header X-Forwarded-Proto {(settings.Tls is null ? "http" : "https")}
              http-request set-header X-Forwarded-Host %[req.hdr(Host)]
              server origin 127.0.0.1:{settings.OriginPort}

            """);

        return Start(settings, text.ToString());
    }

    private static string Stream(PeerSettings settings, bool splice) => $"""
        global
          nbthread 1
          maxconn 12000
          no strict-limits
        defaults
          mode tcp
          no log
          timeout connect 5s
          timeout client 600s
          timeout server 600s
          {(splice ? "option splice-auto" : "")}
        listen proxy
          bind 127.0.0.1:{settings.Port} backlog 4096
          server origin 127.0.0.1:{settings.OriginPort}

        """;

    private PeerCommand Start(PeerSettings settings, string text)
    {
        string file = Path.Combine(settings.Folder, "haproxy.cfg");
        File.WriteAllText(file, text);
        return new PeerCommand([Binary, "-db", "-f", file]);
    }

    private const string Log = """
          log global
          option dontlognull
          log-format '{"time":"%tr","client":"%ci","method":"%HM","path":"%[capture.req.uri,json]","protocol":"%HV","status":%ST,"bytes":%B,"duration":%Ta,"endpoint":"%b/%s","upstream_connect":%Tc,"upstream_first_byte":%Tr,"id":"%ID"}'

        """;
}
