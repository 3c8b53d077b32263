using System.Net;
using System.Net.Sockets;
using System.Text;
using Weir.Scenarios.Fixture;

namespace Weir.Scenarios;

/// <summary>What Weir says by the PROXY protocol is what HAProxy and NGINX understand, and what HAProxy says is what Weir does.</summary>
public class ProxyProtocolTests
{
    private const string Believing = """
        frontend origin
            bind 127.0.0.1:{port} accept-proxy
            http-request return status 200 content-type text/plain lf-string "%[src]:%[src_port] %[dst]:%[dst_port] %[fc_pp_authority] %[fc_pp_unique_id,hex]"
        """;

    [NeedsFact("haproxy")]
    public async Task HaproxyIsToldByVersion1() => await ShouldTellHaproxyAsync("v1");

    [NeedsFact("haproxy")]
    public async Task HaproxyIsToldByVersion2() => await ShouldTellHaproxyAsync("v2");

    [NeedsFact("nginx")]
    public async Task NginxIsToldByVersion1() => await ShouldTellNginxAsync("v1");

    [NeedsFact("nginx")]
    public async Task NginxIsToldByVersion2() => await ShouldTellNginxAsync("v2");

    [NeedsFact("haproxy")]
    public async Task WhatOneHaproxySaysAnotherHears()
    {
        await using var origin = await ForeignProgram.HaproxyAsync(Believing);
        await using var weir = await WeirProcess.StartAsync(Config(origin.Port, "v2", "proxy-protocol: true, trusted-proxies: 127.0.0.0/8",
            "policies: [{ headers: { response: { set: { X-Unique: \"${proxy-protocol.unique-id}\" } } } }], "));
        // A real proxy in front, in TCP mode, with a checksum too.
        await using var front = await ForeignProgram.HaproxyAsync($"""
            frontend front
                mode tcp
                bind 127.0.0.1:{"{port}"}
                unique-id-format "id-%cp"
                default_backend weir
            backend weir
                mode tcp
                server weir 127.0.0.1:{weir.Port()} send-proxy-v2 proxy-v2-options unique-id,crc32c
            """);
        using var client = await Client.ConnectAsync(front.Port);
        for (var i = 0; i < 3; i++)
        {
            var answer = await client.AskAsync();
            var id = $"id-{client.Port}";
            answer.ShouldContain($"X-Unique: {id}\r\n", Case.Insensitive);
            answer.ShouldEndWith($"127.0.0.1:{client.Port} 127.0.0.1:{front.Port}  {Convert.ToHexString(Encoding.ASCII.GetBytes(id))}");
        }
    }

    private static async Task ShouldTellHaproxyAsync(string version)
    {
        await using var origin = await ForeignProgram.HaproxyAsync(Believing);
        await using var weir = await WeirProcess.StartAsync(Config(origin.Port, version));
        await ShouldBeToldApartAsync(weir.Port(), client => $"127.0.0.1:{client} 127.0.0.1:{weir.Port()}  ");
    }

    private static async Task ShouldTellNginxAsync(string version)
    {
        await using var origin = await ForeignProgram.NginxAsync("""
            server { listen 127.0.0.1:{port} proxy_protocol;
                location / { return 200 "$proxy_protocol_addr:$proxy_protocol_port $proxy_protocol_server_addr:$proxy_protocol_server_port"; } }
            """);
        await using var weir = await WeirProcess.StartAsync(Config(origin.Port, version));
        await ShouldBeToldApartAsync(weir.Port(), client => $"127.0.0.1:{client} 127.0.0.1:{weir.Port()}");
    }

    // More clients than connections, on all loops at once: each is answered as itself.
    private static async Task ShouldBeToldApartAsync(int port, Func<int, string> expected)
        => await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            using var client = await Client.ConnectAsync(port);
            for (var i = 0; i < 25; i++) (await client.AskAsync()).ShouldEndWith("\r\n\r\n" + expected(client.Port));
        }));

    private static string Config(int port, string version, string listener = "", string route = "") => $$"""
        version: 1
        workers: 2
        listeners: { web: { address: "127.0.0.1:0"{{(listener.Length > 0 ? ", " + listener : "")}} } }
        routes: { all: { {{route}}forward: origin } }
        clusters: { origin: { endpoints: ["http://127.0.0.1:{{port}}"], proxy-protocol: {{version}}, pool: { connections: 3, queue-timeout: 30s } } }
        """;

    // One connection whose port is known.
    private sealed class Client(Socket socket) : IDisposable
    {
        public int Port => ((IPEndPoint)socket.LocalEndPoint!).Port;

        public static async Task<Client> ConnectAsync(int port)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(IPAddress.Loopback, port);
            return new Client(socket);
        }

        public async Task<string> AskAsync()
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            await socket.SendAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray(), patience.Token);
            var answer = "";
            var block = new byte[16 * 1024];
            while (true)
            {
                var read = await socket.ReceiveAsync(block, patience.Token);
                if (read == 0) throw new IOException("the connection ended after: " + answer);
                answer += Encoding.Latin1.GetString(block, 0, read);
                var end = answer.IndexOf("\r\n\r\n", StringComparison.Ordinal);
                if (end < 0) continue;
                var length = answer.Split("\r\n").First(static l => l.StartsWith("content-length: ", StringComparison.OrdinalIgnoreCase));
                if (answer.Length >= end + 4 + int.Parse(length[16..])) return answer;
            }
        }

        public void Dispose() => socket.Dispose();
    }
}
