using System.Diagnostics;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using Weir.Http;
using Weir.Proxy.Tests.Fixture;

namespace Weir.Proxy.Tests.Tls;

/// <summary>Clients that made a handshake and then break the rules, or go: only their own connection ends, and nothing of it is taken for whole.</summary>
public sealed class HostileClientTests
{
    private const string HalfHead = "GET / HTTP/1.1\r\nHost: a.te";
    private const string HalfBody = "POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 100\r\n\r\nonly this";
    private const string HalfChunks = "POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nonly this\r\n";

    /// <summary>How a client ends.</summary>
    public enum End { CloseNotify, Fin, Reset, PlainAlert, PlainWarning, Garbage }

    public static TheoryData<SslProtocols, string, End> Endings
    {
        get
        {
            var data = new TheoryData<SslProtocols, string, End>();
            foreach (var protocol in new[] { SslProtocols.Tls12, SslProtocols.Tls13 })
                foreach (var said in new[] { "", HalfHead, HalfBody, HalfChunks })
                    foreach (var end in Enum.GetValues<End>()) data.Add(protocol, said, end);
            return data;
        }
    }

    [Theory, MemberData(nameof(Endings))]
    public async Task A_client_may_end_anywhere(SslProtocols protocol, string said, End end)
    {
        var whole = 0;
        await using var origin = Origin.Start(async (wire, _) =>
        {
            while (true)
            {
                if ((await wire.ReadRequestAsync()).Method == "POST") whole++;
                await wire.SendAsync(Origin.Ok);
            }
        });
        await using var gateway = await TlsGateway.StartAsync(origin);
        using (var socket = await gateway.OpenAsync())
        {
            await using var stream = await ConnectAsync(socket, protocol);
            if (said.Length > 0) await stream.WriteAsync(Encoding.ASCII.GetBytes(said));
            if (said.Contains("POST", StringComparison.Ordinal)) await TestGateway.EventuallyAsync(() => origin.Received.Contains("only this", StringComparison.Ordinal));
            await EndAsync(socket, stream, end);
            await TestGateway.EventuallyAsync(() => gateway.Gateway.Gateway.OpenListeners.Single().Open == 0, $"the connection ends while the client's socket is {socket.Connected}");
        }

        gateway.Made.ShouldBe(1);
        gateway.Unmade.ShouldBeLessThanOrEqualTo(1);
        if (said.Length > 0) await TestGateway.EventuallyAsync(() => gateway.Gateway.Refusals(Refusal.ClientGone) + gateway.Gateway.Refusals(Refusal.UnexpectedEndOfBody) == 1, "it is named");
        await gateway.ShouldBeSoundAsync();
        whole.ShouldBe(0);
    }

    [Theory]
    [InlineData(SslProtocols.Tls12, End.CloseNotify)]
    [InlineData(SslProtocols.Tls13, End.CloseNotify)]
    [InlineData(SslProtocols.Tls12, End.Reset)]
    [InlineData(SslProtocols.Tls13, End.Reset)]
    [InlineData(SslProtocols.Tls13, End.Garbage)]
    public async Task A_client_may_vanish_in_the_middle_of_a_response(SslProtocols protocol, End end)
    {
        var body = new string('l', 8_000_000);
        await using var origin = Origin.Answering(request => request.Target == "/long" ? $"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\n\r\n{body}" : Origin.Ok);
        await using var gateway = await TlsGateway.StartAsync(origin, "timeouts: { handshake: 2s, write: 1s }");
        using (var socket = await gateway.OpenAsync())
        {
            await using var stream = await ConnectAsync(socket, protocol);
            await stream.WriteAsync("GET /long HTTP/1.1\r\nHost: a.test\r\n\r\n"u8.ToArray());
            (await stream.ReadAtLeastAsync(new byte[100_000], 100_000)).ShouldBeGreaterThan(0);
            await EndAsync(socket, stream, end);
            await TestGateway.EventuallyAsync(() => gateway.Gateway.Gateway.OpenListeners.Single().Open == 0);
        }

        await gateway.ShouldBeSoundAsync();
    }

    // The alert is made while the request before the garbage is read, and must not go out with another connection's answer.
    [Fact]
    public async Task What_is_said_to_one_client_never_reaches_another()
    {
        var held = new TaskCompletionSource();
        await using var origin = Origin.Start(async (wire, _) =>
        {
            while (true)
            {
                if ((await wire.ReadRequestAsync()).Target == "/held") await held.Task;
                await wire.SendAsync(Origin.Ok);
            }
        });
        await using var gateway = await TlsGateway.StartAsync(origin);
        using (var other = await TlsClient.ConnectAsync(gateway.Gateway, "a.test"))
        using (var socket = await gateway.OpenAsync())
        {
            var isHostile = false;
            await using var wire = new ShapedStream(socket, (_, bytes) => isHostile ? [[.. bytes, .. Hello.Record(Hello.ApplicationData, new byte[100], 0x0303)]] : [bytes]);
#pragma warning disable CA5359 // A certificate of this test.
            await using var stream = new SslStream(wire, false, static (_, _, _, _) => true);
#pragma warning restore CA5359
            await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "a.test" });
            isHostile = true;
            await stream.WriteAsync("GET /held HTTP/1.1\r\nHost: a.test\r\n\r\n"u8.ToArray());
            await TestGateway.EventuallyAsync(() => origin.Received.Contains("/held", StringComparison.Ordinal));
            (await other.AskAsync(TlsGateway.Get)).ShouldEndWith("ok");
            held.SetResult();
        }

        await gateway.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task Renegotiation_is_refused()
    {
        await using var origin = Origin.Answering();
        await using var gateway = await TlsGateway.StartAsync(origin);
        using var client = SslClient.Start(gateway, "-tls1_2");
        await client.WaitAsync("Verify return code");
        await client.SendAsync("R\n");
        await client.WaitAsync("RENEGOTIATING");
        await client.WaitAsync("no renegotiation");
        gateway.Made.ShouldBe(1);
        await client.EndAsync();
        await gateway.ShouldBeSoundAsync();
        gateway.Made.ShouldBe(2);
    }

    [Theory]
    [InlineData("K\n")]
    [InlineData("k\n")]
    public async Task Keys_may_be_changed_and_changed_again(string command)
    {
        await using var origin = Origin.Answering();
        await using var gateway = await TlsGateway.StartAsync(origin);
        using var client = SslClient.Start(gateway, "-tls1_3");
        await client.WaitAsync("Verify return code");
        var before = gateway.Gateway.Gateway.Loops.Sum(static l => l.Loop.Buffers.Leased);
        for (var i = 0; i < 300; i++)
        {
            await client.SendAsync(command);
            await Task.Delay(2);
        }

        // Its answers to them do not pile up, and the connection is as good as new.
        gateway.Gateway.Gateway.Loops.Sum(static l => l.Loop.Buffers.Leased).ShouldBeLessThanOrEqualTo(before + 1);
        await client.SendAsync("GET / HTTP/1.1\n");
        await Task.Delay(50);
        await client.SendAsync("Host: a.test\n");
        await Task.Delay(50);
        await client.SendAsync("\n");
        await client.WaitAsync("HTTP/1.1 200 OK");
        await client.EndAsync();
        await gateway.ShouldBeSoundAsync();
    }

    private static async Task EndAsync(Socket socket, SslStream stream, End end)
    {
        switch (end)
        {
            case End.CloseNotify:
                await stream.ShutdownAsync();
                break;
            case End.Fin:
                socket.Shutdown(SocketShutdown.Send);
                break;
            case End.Reset:
                socket.LingerState = new LingerOption(true, 0);
                socket.Close();
                break;
            case End.PlainAlert:
                await socket.SendAsync(Hello.AlertOf(2, 40));
                break;
            case End.PlainWarning:
                await socket.SendAsync(Hello.AlertOf(1, 0));
                break;
            default:
                await socket.SendAsync(Hello.Record(Hello.ApplicationData, Enumerable.Range(0, 100).Select(static i => (byte)i).ToArray(), 0x0303));
                break;
        }
    }

    private static async Task<SslStream> ConnectAsync(Socket socket, SslProtocols protocol)
    {
#pragma warning disable CA5359 // A certificate of this test.
        var stream = new SslStream(new NetworkStream(socket), false, static (_, _, _, _) => true);
#pragma warning restore CA5359
        await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "a.test", EnabledSslProtocols = protocol });
        return stream;
    }

    // openssl s_client, which can do what libraries do not offer.
    private sealed class SslClient : IDisposable
    {
        private readonly Process _process;
        private readonly StringBuilder _said = new();

        private SslClient(ProcessStartInfo start)
        {
            _process = new Process { StartInfo = start };
            _process.OutputDataReceived += (_, line) => Keep(line.Data);
            _process.ErrorDataReceived += (_, line) => Keep(line.Data);
            _process.Start();
            _process.BeginOutputReadLine();
            _process.BeginErrorReadLine();
        }

        public static SslClient Start(TlsGateway gateway, string protocol)
            => new(new ProcessStartInfo("openssl", ["s_client", "-connect", gateway.Gateway.Address(), "-servername", "a.test", "-crlf", protocol])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            });

        public async Task SendAsync(string text)
        {
            await _process.StandardInput.WriteAsync(text);
            await _process.StandardInput.FlushAsync();
        }

        public Task WaitAsync(string text) => TestGateway.EventuallyAsync(() => Said().Contains(text, StringComparison.Ordinal), $"'{text}' in\n{Said()}");

        public async Task EndAsync()
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        public void Dispose()
        {
            if (!_process.HasExited) _process.Kill();
            _process.Dispose();
        }

        private void Keep(string? line)
        {
            lock (_said) _said.AppendLine(line);
        }

        private string Said()
        {
            lock (_said) return _said.ToString();
        }
    }
}
