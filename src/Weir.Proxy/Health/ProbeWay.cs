using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Weir.Config.Records;
using Weir.Http.Forwarding;
using Weir.Proxy.Model;

namespace Weir.Proxy.Health;

/// <summary>
/// Connects to an endpoint as exchanges do: the next of its addresses, the header of the PROXY protocol, TLS. Off the loops, by the
/// platform's own sockets.
/// </summary>
internal sealed class ProbeWay(EndpointState endpoint, ProbePlan plan)
{
    private int _next;

    public bool IsSecure => endpoint.Tls is not null;

    public UpstreamProtocol Protocol => endpoint.Protocol;

    /// <summary>With the protocols for ALPN, where there is TLS.</summary>
    public async Task<Stream> OpenAsync(List<SslApplicationProtocol> protocols, CancellationToken cancel)
    {
        var addresses = endpoint.Addresses;
        if (addresses.Length == 0) throw new ProbeRefusedException("its name is not resolved");
        var to = addresses[(int)((uint)_next++ % (uint)addresses.Length)].ToEndPoint();
        if (plan.Port is { } port && to is IPEndPoint known) to = new IPEndPoint(known.Address, port);
        var socket = new Socket(to.AddressFamily, SocketType.Stream, to is IPEndPoint ? ProtocolType.Tcp : ProtocolType.Unspecified);
        Stream? stream = null;
        try
        {
            if (to is IPEndPoint) socket.NoDelay = true;
            await socket.ConnectAsync(to, cancel);
            stream = new NetworkStream(socket, ownsSocket: true);
            if (endpoint.KnowsClients) await stream.WriteAsync(Introduction(endpoint.Introduces), cancel);
            return IsSecure ? stream = await ProbeHandshake.RunAsync(stream, plan.Tls, HostOf(endpoint.Url), protocols, cancel) : stream;
        }
        catch
        {
            if (stream is null) socket.Dispose();
            else await stream.DisposeAsync();
            throw;
        }
    }

    // Whom the connection is from: nobody but Weir.
    private static byte[] Introduction(ProxyProtocol version)
    {
        var header = new byte[ProxyHeaderWriter.MaxLength];
        if (version == ProxyProtocol.V1) return header[..ProxyHeaderWriter.WriteText(header, null)];
        var writer = new ProxyHeaderWriter(header);
        writer.Begin(null);
        return header[..writer.End(withChecksum: false)];
    }

    private static string HostOf(string url) => EndpointAddress.TryParse(url, out var address, out _) ? address.Host : "";
}
