using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Weir.Proxy.Discovery.Resolving;

/// <summary>
/// Asks one server one question: over UDP, from a port of its own that takes this server's datagrams alone, with a random id (RFC 5452); over TCP when the
/// answer is cut off. Datagrams that are no answer to it are passed over. Never on a loop.
/// </summary>
internal static class DnsExchange
{
    // Who sends more than this of others' answers does not let ours through either.
    private const int MostStrangers = 100;

    /// <summary>Null with the reason when there is no answer in time.</summary>
    public static async Task<(DnsMessage? Message, string Reason)> AskAsync(IPEndPoint server, string name, DnsType type, TimeSpan timeout, TimeProvider time, CancellationToken stop)
    {
        using var patience = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, stop);
        try
        {
            var id = (ushort)RandomNumberGenerator.GetInt32(65_536);
            var question = new byte[DnsQuery.Most];
            var length = DnsQuery.Write(question, id, name, type);
            if (length == 0) return (null, $"'{name}' is no name of DNS");
            var message = await ByDatagramAsync(server, question.AsMemory(0, length), id, name, type, either.Token);
            if (message is { IsTruncated: true }) message = await ByStreamAsync(server, question.AsMemory(0, length), id, name, type, either.Token);
            return (message, message is null ? $"{server} answers something else" : "");
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return (null, $"{server} does not answer");
        }
        catch (SocketException failure)
        {
            return (null, $"{server}: {failure.Message}");
        }
    }

    private static async Task<DnsMessage?> ByDatagramAsync(IPEndPoint server, ReadOnlyMemory<byte> question, ushort id, string name, DnsType type, CancellationToken stop)
    {
        using var socket = new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        // The kernel chooses a port at random and drops what comes from elsewhere.
        await socket.ConnectAsync(server, stop);
        await socket.SendAsync(question, stop);
        var buffer = new byte[65_535];
        for (var strangers = 0; strangers < MostStrangers; strangers++)
        {
            var length = await socket.ReceiveAsync(buffer, stop);
            if (DnsReader.Read(buffer.AsSpan(0, length), id, name, type) is { } message) return message;
        }

        return null;
    }

    private static async Task<DnsMessage?> ByStreamAsync(IPEndPoint server, ReadOnlyMemory<byte> question, ushort id, string name, DnsType type, CancellationToken stop)
    {
        using var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server, stop);
        var framed = new byte[question.Length + 2];
        BinaryPrimitives.WriteUInt16BigEndian(framed, (ushort)question.Length);
        question.CopyTo(framed.AsMemory(2));
        for (var sent = 0; sent < framed.Length;) sent += await socket.SendAsync(framed.AsMemory(sent), stop);
        var length = new byte[2];
        if (!await FillAsync(socket, length, stop)) return null;
        var answer = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
        if (!await FillAsync(socket, answer, stop)) return null;
        return DnsReader.Read(answer, id, name, type) is { IsTruncated: false } message ? message : null;
    }

    private static async Task<bool> FillAsync(Socket socket, Memory<byte> buffer, CancellationToken stop)
    {
        while (buffer.Length > 0)
        {
            var length = await socket.ReceiveAsync(buffer, stop);
            if (length == 0) return false;
            buffer = buffer[length..];
        }

        return true;
    }
}
