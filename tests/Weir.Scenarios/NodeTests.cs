using System.Diagnostics;
using Weir.Scenarios.Fixture;
using Weir.Scenarios.Tls;

namespace Weir.Scenarios;

/// <summary>Real servers and clients of gRPC (grpc-js) and WebSocket (ws) on both sides of the gateway.</summary>
public sealed class NodeTests
{
    [NodeFact]
    public async Task Every_kind_of_grpc_call_passes()
    {
        using var authority = await Authority.MakeAsync();
        await authority.IssueAsync("localhost");
        await using var server = await NodeServer.StartAsync("grpc-server.js");
        await using var weir = await WeirProcess.StartAsync(Grpc(server, authority, ""));
        (await Shell.RunAsync(NodeFactAttribute.Folder, $"node grpc-client.js 127.0.0.1:{weir.Port("web")}")).ShouldContain("all calls are right");
        (await Shell.RunAsync(NodeFactAttribute.Folder, $"node grpc-client.js localhost:{weir.Port("secure")} {authority.Folder}/ca.pem")).ShouldContain("all calls are right");
        // What a client gives up is given up at the origin, and so is what its deadline ends.
        await server.SaysAsync("cancelled", times: 4);
    }

    [NodeFact]
    public async Task Clients_of_grpc_web_reach_a_server_of_grpc()
    {
        using var authority = await Authority.MakeAsync();
        await authority.IssueAsync("localhost");
        await using var server = await NodeServer.StartAsync("grpc-server.js");
        await using var weir = await WeirProcess.StartAsync(Grpc(server, authority, ", grpc-web: true"));
        (await Shell.RunAsync(NodeFactAttribute.Folder, $"node grpc-web-client.js http://127.0.0.1:{weir.Port("web")}")).ShouldContain("all calls are right");
        (await Shell.RunAsync(NodeFactAttribute.Folder, $"NODE_EXTRA_CA_CERTS={authority.Folder}/ca.pem node grpc-web-client.js https://localhost:{weir.Port("secure")}")).ShouldContain("all calls are right");
        // What a deadline ends is ended at the server, for each of four clients on two listeners.
        await server.SaysAsync("cancelled", times: 8);
    }

    [NodeFact]
    public async Task Grpc_health_is_asked_as_grpc_serves_it()
    {
        await using var good = await NodeServer.StartAsync("grpc-health.js", "SERVING");
        await using var bad = await NodeServer.StartAsync("grpc-health.js", "NOT_SERVING");
        await using var unknown = await NodeServer.StartAsync("grpc-health.js", "NONE");
        await using var weir = await WeirProcess.StartAsync($$"""
            version: 1
            listeners: { web: { address: "127.0.0.1:0" } }
            routes: { all: { forward: c } }
            clusters:
              c:
                protocol: http2
                endpoints: ["http://127.0.0.1:{{good.Port}}", "http://127.0.0.1:{{bad.Port}}", "http://127.0.0.1:{{unknown.Port}}"]
                health: { probe: { type: grpc, service: weir.test.Echo, interval: 200ms } }
            """);
        await weir.WaitForErrorAsync($"http://127.0.0.1:{bad.Port} of c is unhealthy: not serving");
        await weir.WaitForErrorAsync($"http://127.0.0.1:{unknown.Port} of c is unhealthy: the service is not known");
        await good.SaysAsync("asked for weir.test.Echo", times: 5);
        weir.Errors.ShouldNotContain(l => l.Contains($":{good.Port} of c is"));
    }

    [NodeFact]
    public async Task Websocket_messages_pass()
    {
        await using var server = await NodeServer.StartAsync("ws-server.js");
        await using var weir = await WeirProcess.StartAsync($$"""
            version: 1
            listeners: { web: { address: "127.0.0.1:0" } }
            routes: { all: { forward: chat } }
            clusters: { chat: { endpoints: ["http://127.0.0.1:{{server.Port}}"] } }
            """);
        (await Shell.RunAsync(NodeFactAttribute.Folder, $"node ws-client.js ws://127.0.0.1:{weir.Port("web")}/chat")).ShouldContain("all messages are right");
    }

    [NodeFact]
    public async Task Websocket_messages_pass_over_http2()
    {
        await using var server = await NodeServer.StartAsync("ws-server.js");
        await using var weir = await WeirProcess.StartAsync(Chat(server, ""));
        await weir.WaitForErrorAsync("Weir's own authority");
        (await Shell.RunAsync(NodeFactAttribute.Folder, $"node ws-http2-client.js https://localhost:{weir.Port("secure")}")).ShouldContain("all messages are right");
        server.Lines.ShouldNotContain("ping of 8");
    }

    [NodeFact]
    public async Task Websockets_are_kept_alive_by_pings_that_the_other_side_knows_nothing_of()
    {
        await using var server = await NodeServer.StartAsync("ws-server.js");
        await using var weir = await WeirProcess.StartAsync(Chat(server, ", websocket: { ping: 20ms, pong: 20s, to: both }"));
        await weir.WaitForErrorAsync("Weir's own authority");
        (await Shell.RunAsync(NodeFactAttribute.Folder, $"node ws-http2-client.js https://localhost:{weir.Port("secure")} pings")).ShouldContain("all messages are right");
        (await Shell.RunAsync(NodeFactAttribute.Folder, $"node ws-client.js ws://127.0.0.1:{weir.Port("web")}/chat")).ShouldContain("all messages are right");
        await server.SaysAsync("ping of 8", times: 3);
        server.Lines.ShouldNotContain("stray pong");
    }

    [NodeFact("chromium")]
    public async Task A_browser_opens_its_websocket_on_the_connection_that_its_page_came_by()
    {
        await using var server = await NodeServer.StartAsync("ws-page-server.js");
        await using var weir = await WeirProcess.StartAsync(Chat(server, ""));
        await weir.WaitForErrorAsync("Weir's own authority");
        var profile = Directory.CreateTempSubdirectory("weir-chromium-");
        var shown = await Shell.RunAsync(profile.FullName, $"HOME=$PWD timeout 50 chromium --headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --ignore-certificate-errors --user-data-dir=$PWD/profile --dump-dom https://localhost:{weir.Port("secure")}/ 2>chromium.log", mayFail: true);
        shown.ShouldContain("the origin heard hello, page by h2");
        var line = await weir.WaitForOutputAsync("\"url.path\":\"/chat\"");
        line.ShouldContain("\"network.protocol.version\":\"2\"");
        weir.Output.ShouldNotContain(static l => l.Contains("\"network.protocol.version\":\"1.1\""));
        profile.Delete(recursive: true);
    }

    private static string Grpc(NodeServer server, Authority authority, string how) => $$"""
        version: 1
        workers: 2
        listeners:
          web: { address: "127.0.0.1:0" }
          secure: { address: "127.0.0.1:0", tls: { certificates: [{ cert: {{authority.Folder}}/localhost.pem, key: {{authority.Folder}}/localhost.key }] } }
        routes:
          echo: { match: { path: "/weir.test.Echo/**" }, forward: { cluster: echo{{how}} } }
          closed: { match: { path: "/closed.Service/**" }, forward: { cluster: closed{{how}} } }
          forbidden: { match: { path: "/forbidden.Service/**" }, respond: 403 }
        clusters:
          echo: { protocol: http2, endpoints: ["http://127.0.0.1:{{server.Port}}"] }
          closed: { protocol: http2, endpoints: ["http://127.0.0.1:1"] }
        """;

    private static string Chat(NodeServer server, string care) => $$"""
        version: 1
        state: "{folder}/state"
        listeners: { web: { address: "127.0.0.1:0" }, secure: { address: "127.0.0.1:0", tls: internal } }
        routes: { all: { forward: chat{{care}} } }
        clusters: { chat: { endpoints: ["http://127.0.0.1:{{server.Port}}"] } }
        """;

    // A program that says on which port it listens.
    private sealed class NodeServer : IAsyncDisposable
    {
        private readonly Process _process;
        private readonly TaskCompletionSource<int> _port = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly List<string> _lines = [];

        private NodeServer(string program, string[] args) => _process = Shell.Start(NodeFactAttribute.Folder, Heard, "node", [program, .. args]);

        public int Port { get; private set; }

        public IReadOnlyList<string> Lines
        {
            get
            {
                lock (_lines) return [.. _lines];
            }
        }

        public static async Task<NodeServer> StartAsync(string program, params string[] args)
        {
            var server = new NodeServer(program, args);
            server.Port = await server._port.Task.WaitAsync(TimeSpan.FromSeconds(30));
            return server;
        }

        public async Task SaysAsync(string line, int times)
        {
            for (var began = Stopwatch.GetTimestamp(); Lines.Count(l => l == line) < times; await Task.Delay(5))
                if (Stopwatch.GetElapsedTime(began) > TimeSpan.FromSeconds(20)) throw new TimeoutException(string.Join('\n', Lines));
        }

        public async ValueTask DisposeAsync()
        {
            _process.Kill();
            await _process.WaitForExitAsync();
            _process.Dispose();
        }

        private void Heard(string line)
        {
            lock (_lines) _lines.Add(line);
            if (line.StartsWith("port ", StringComparison.Ordinal)) _port.TrySetResult(int.Parse(line[5..], System.Globalization.CultureInfo.InvariantCulture));
        }
    }
}
