using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Weir.Http;
using Weir.Proxy.Tests.Fixture;

namespace Weir.Proxy.Tests.Tls;

/// <summary>Whoever can cut a connection must not be able to shorten what came over it: an end without TLS's own word for it is no end of a body.</summary>
public sealed class TruncationTests : IDisposable
{
    private const string UntilClose = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n";
    private const string Chunks = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n";

    private readonly Certificates _files = new();
    private readonly Authority _authority;

    public TruncationTests() => _authority = new Authority(_files);

    /// <summary>How an origin ends.</summary>
    public enum End { CloseNotify, Fin, Reset }

    public void Dispose()
    {
        _authority.Dispose();
        _files.Dispose();
    }

    [Theory]
    [InlineData(UntilClose + "hello", SslProtocols.Tls12)]
    [InlineData(UntilClose + "hello", SslProtocols.Tls13)]
    [InlineData(UntilClose, SslProtocols.Tls13)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", SslProtocols.Tls13)]
    [InlineData(Chunks + "0\r\n\r\n", SslProtocols.Tls12)]
    public async Task With_its_word_an_end_is_an_end(string response, SslProtocols protocol)
    {
        await using var origin = new EndingOrigin(_authority.Issue(["localhost"]), response, End.CloseNotify, protocol);
        await using var gateway = await StartAsync(origin);
        using var client = await gateway.ConnectAsync();
        (await client.AskAsync(Request("1.1"))).Body.ShouldBe(response == UntilClose ? "" : "hello");
        gateway.Refusals(Refusal.UpstreamBodyTruncated).ShouldBe(0);
        await ShouldBeSoundAsync(gateway, client);
    }

    [Theory]
    [InlineData(End.Fin)]
    [InlineData(End.Reset)]
    public async Task A_body_that_says_its_own_end_needs_no_other(End end)
    {
        await using var origin = new EndingOrigin(_authority.Issue(["localhost"]), "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", end);
        await using var gateway = await StartAsync(origin);
        using var client = await gateway.ConnectAsync();
        (await client.AskAsync(Request("1.1"))).Body.ShouldBe("hello");
        gateway.Refusals(Refusal.UpstreamBodyTruncated).ShouldBe(0);
        await ShouldBeSoundAsync(gateway, client);
    }

    [Theory]
    [InlineData(UntilClose + "hello", End.Fin, SslProtocols.Tls12)]
    [InlineData(UntilClose + "hello", End.Fin, SslProtocols.Tls13)]
    [InlineData(UntilClose + "hello", End.Reset, SslProtocols.Tls13)]
    [InlineData(UntilClose, End.Fin, SslProtocols.Tls13)]
    [InlineData(UntilClose, End.Reset, SslProtocols.Tls12)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello", End.CloseNotify, SslProtocols.Tls13)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello", End.Fin, SslProtocols.Tls12)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello", End.Fin, SslProtocols.Tls13)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello", End.Reset, SslProtocols.Tls13)]
    [InlineData(Chunks, End.CloseNotify, SslProtocols.Tls13)]
    [InlineData(Chunks, End.Fin, SslProtocols.Tls13)]
    [InlineData(Chunks + "0\r\n", End.Fin, SslProtocols.Tls12)]
    public async Task Without_it_a_response_is_cut_for_the_client_too(string response, End end, SslProtocols protocol)
    {
        foreach (var version in new[] { "1.1", "1.0" })
        {
            await using var origin = new EndingOrigin(_authority.Issue(["localhost"]), response, end, protocol);
            await using var gateway = await StartAsync(origin);
            using var client = await gateway.ConnectAsync();
            await client.SendAsync(Request(version));
            // By a reset, however the response would have been framed: nothing of it may look whole.
            var received = await client.ReadToResetAsync();
            received.ShouldNotContain("\r\n0\r\n\r\n");
            if (received.Length > 0) received.ShouldStartWith("HTTP/1.1 200 OK\r\n");
            await TestGateway.EventuallyAsync(() => gateway.Refusals(Refusal.UpstreamBodyTruncated) == 1);
            await ShouldBeSoundAsync(gateway, client);
        }
    }

    [Theory]
    [InlineData("", End.Fin)]
    [InlineData("", End.CloseNotify)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Le", End.Fin)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Le", End.CloseNotify)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Le", End.Reset)]
    public async Task A_head_that_is_cut_is_no_response(string response, End end)
    {
        await using var origin = new EndingOrigin(_authority.Issue(["localhost"]), response, end);
        await using var gateway = await StartAsync(origin);
        using var client = await gateway.ConnectAsync();
        var answer = await client.AskAsync(Request("1.1"));
        answer.Status.ShouldBe(502);
        answer.Refusal.ShouldBe(response.Length == 0 ? "upstream-closed" : "upstream-bad-response");
        await ShouldBeSoundAsync(gateway, client);
    }

    [Theory]
    [InlineData(End.Fin)]
    [InlineData(End.Reset)]
    public async Task A_long_body_until_close_is_cut_wherever_it_ends(End end)
    {
        await using var origin = new EndingOrigin(_authority.Issue(["localhost"]), UntilClose + new string('x', 1_000_000), end);
        await using var gateway = await StartAsync(origin);
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Request("1.1"));
        (await client.ReadToResetAsync()).ShouldNotContain("\r\n0\r\n\r\n");
        await TestGateway.EventuallyAsync(() => gateway.Refusals(Refusal.UpstreamBodyTruncated) == 1);
        await ShouldBeSoundAsync(gateway, client);
    }

    [Fact]
    public async Task Over_tls_to_the_client_it_is_cut_without_the_word_either()
    {
        await using var origin = new EndingOrigin(_authority.Issue(["localhost"]), UntilClose + "hello", End.Fin);
        await using var gateway = await StartAsync(origin, $"tls: {{ certificates: [{_files.Make("front", ["a.test"])}] }}");
        using var client = await TlsClient.ConnectAsync(gateway, "a.test");
        await client.SendAsync(Request("1.0"));
        await Should.ThrowAsync<IOException>(client.ReadToEndAsync());
        await TestGateway.EventuallyAsync(() => gateway.Refusals(Refusal.UpstreamBodyTruncated) == 1);
    }

    private static string Request(string version) => $"GET / HTTP/{version}\r\nHost: a.test\r\n\r\n";

    private static async Task ShouldBeSoundAsync(TestGateway gateway, RawConnection client)
    {
        client.Dispose();
        await TestGateway.EventuallyAsync(() => gateway.Gateway.OpenListeners.Single().Open == 0 && gateway.Active == 0);
        await TestGateway.EventuallyAsync(() => gateway.UpstreamConnections == 0 && gateway.IdleUpstream == 0, "connections to the origin are left");
        await TestGateway.EventuallyAsync(() => gateway.Gateway.Loops.Sum(static l => l.Loop.Buffers.Leased) == 0, "buffers are left");
    }

    private Task<TestGateway> StartAsync(EndingOrigin origin, string listener = "")
        => TestGateway.StartAsync($$"""
            version: 1
            listeners: { web: { address: "127.0.0.1:0"{{(listener.Length > 0 ? ", " + listener : "")}} } }
            routes: { all: { forward: origin } }
            clusters: { origin: { endpoints: ["{{origin.Url}}"], retry: 1, tls: { name: localhost, ca: "{{_authority.File}}" } } }
            """);

    /// <summary>Answers the request of each connection with some bytes, and ends it.</summary>
    private sealed class EndingOrigin : IAsyncDisposable
    {
        private readonly SocketListener _listener;
        private readonly SslStreamCertificateContext _certificate;

        public EndingOrigin(X509Certificate2 certificate, string response, End end, SslProtocols protocol = SslProtocols.None)
        {
            _certificate = SslStreamCertificateContext.Create(certificate, null, offline: true);
            var bytes = Encoding.ASCII.GetBytes(response);
            _listener = new SocketListener(socket => AnswerAsync(socket, bytes, end, protocol));
        }

        public string Url => $"https://127.0.0.1:{_listener.Port}";

        public ValueTask DisposeAsync() => _listener.DisposeAsync();

        private async Task AnswerAsync(Socket socket, byte[] response, End end, SslProtocols protocol)
        {
            using var stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
            await stream.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificateContext = _certificate, EnabledSslProtocols = protocol });
            var request = "";
            var block = new byte[16 * 1024];
            while (!request.Contains("\r\n\r\n", StringComparison.Ordinal)) request += Encoding.ASCII.GetString(block, 0, await stream.ReadAsync(block));
            await stream.WriteAsync(response);
            // What was said is to be there before the connection ends: a reset would throw it away.
            await Task.Delay(100);
            if (end == End.CloseNotify) await stream.ShutdownAsync();
            if (end != End.Reset)
            {
                socket.Shutdown(SocketShutdown.Send);
                return;
            }

            // The stream would say FIN first.
            socket.LingerState = new LingerOption(true, 0);
            socket.Close();
        }
    }
}
