using System.Runtime.CompilerServices;
using System.Text;
using Weir.Config.Records;
using Weir.Http.Forwarding;
using Weir.Proxy.Requests;
using Weir.Reactor.Sockets;
using Weir.Reactor.Tls;

namespace Weir.Proxy.Upstream;

/// <summary>
/// Begins a new connection with a header of the PROXY protocol, where the endpoint wants one: whom it is from, as this exchange knows it.
/// From then on it is that client's alone.
/// </summary>
internal static class Introduction
{
    /// <summary>The header is gathered, to be sent with what follows it.</summary>
    [SkipLocalsInit]
    public static void Write(Exchange x, UpstreamConnection connection)
    {
        Span<byte> header = stackalloc byte[ProxyHeaderWriter.MaxLength];
        ProxyAddresses? addresses = x.ClientPeer == PeerAddress.Loopback ? null : AddressesOf(x);
        var length = connection.Endpoint.Introduces == ProxyProtocol.V1 ? ProxyHeaderWriter.WriteText(header, addresses) : WriteBinary(header, x, addresses);
        header[..length].CopyTo(connection.Output.Reserve(length));
        connection.Output.Commit(length);
        connection.BelongsTo(x.ClientConnection, x.ClientPeer);
    }

    private static ProxyAddresses AddressesOf(Exchange x)
    {
        var source = ForwardingFields.ToIp(x.ClientPeer);
        if (x.Announcement is { } said) return new ProxyAddresses(source, x.ClientPeer.Port, said.Destination, said.DestinationPort);
        var here = x.Downstream.LocalAddress();
        return new ProxyAddresses(source, x.ClientPeer.Port, ForwardingFields.ToIp(here), here.Port);
    }

    private static int WriteBinary(Span<byte> to, Exchange x, ProxyAddresses? addresses)
    {
        var writer = new ProxyHeaderWriter(to);
        writer.Begin(addresses);
        // Extensions tell of the connection. When X-Forwarded-For names a client behind it, they are another's.
        if (addresses is not null && x.ClientPeer == x.Peer)
        {
            if (x.Tls is { } tls) AddTls(ref writer, tls.Facts);
            if (x.Announcement is { } said) writer.AddKept(said, withoutTls: x.Tls is not null);
        }

        return writer.End(withChecksum: addresses is not null && x.Announcement is { HasChecksum: true });
    }

    private static void AddTls(ref ProxyHeaderWriter writer, TlsFacts facts)
    {
        Span<byte> protocol = stackalloc byte[255];
        writer.Add(ProxyExtension.Alpn, protocol[..Encoding.ASCII.GetBytes(facts.Protocol, protocol)]);
        writer.Add(ProxyExtension.Authority, facts.ServerName);
    }
}
