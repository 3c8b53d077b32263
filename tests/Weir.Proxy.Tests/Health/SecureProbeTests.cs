using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Weir.Proxy.Tests.Fixture;
using Weir.Proxy.Tests.Http2;
using Weir.Proxy.Tests.Tls;

namespace Weir.Proxy.Tests.Health;

/// <summary>Probes over TLS, HTTP/2 and gRPC, against the platform's own server.</summary>
public sealed class SecureProbeTests : IDisposable
{
    private readonly Certificates _files = new();
    private readonly Authority _authority;
    private readonly X509Certificate2 _certificate;

    public SecureProbeTests()
    {
        _authority = new Authority(_files);
        _certificate = _authority.Issue(["localhost"]);
    }

    public void Dispose()
    {
        _certificate.Dispose();
        _authority.Dispose();
        _files.Dispose();
    }

    [Theory]
    [InlineData("name: localhost, ca: {ca}", null)]
    [InlineData("verify: false", null)]
    [InlineData("name: localhost, ca: {ca}, pins: [{pin}]", null)]
    [InlineData("verify: false, pins: [{pin}]", null)]
    // The endpoint's own name is its address, which the certificate is not for.
    [InlineData("ca: {ca}", "TLS: the certificate is for another name")]
    [InlineData("name: elsewhere.example, ca: {ca}", "TLS: the certificate is for another name")]
    [InlineData("name: localhost", "TLS: the certificate is not trusted")]
    [InlineData("name: localhost, ca: {ca}, pins: [AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=]", "TLS: the certificate's key is not pinned")]
    [InlineData("verify: false, pins: [AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=]", "TLS: the certificate's key is not pinned")]
    public async Task Certificates_are_judged_as_on_connections(string tls, string? reason)
    {
        await using var origin = await KestrelOrigin.StartAsync(KestrelOrigin.EchoAsync, _certificate, HttpProtocols.Http1AndHttp2);
        var pin = Convert.ToBase64String(System.Security.Cryptography.SHA256.HashData(_certificate.PublicKey.ExportSubjectPublicKeyInfo()));
        await ExpectAsync(origin.Url, "{ interval: 1h, timeout: 20s }", $"tls: {{ {tls.Replace("{ca}", $"\"{_authority.File}\"", StringComparison.Ordinal).Replace("{pin}", $"\"{pin}\"", StringComparison.Ordinal)} }}, ", reason);
    }

    [Fact]
    public async Task A_client_certificate_is_shown()
    {
        string? subject = null;
        await using var origin = Origin.Start(async (wire, _) =>
        {
            await using var tls = new SslStream(new NetworkStream(wire.Socket));
            await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = _certificate, ClientCertificateRequired = true, RemoteCertificateValidationCallback = static (_, certificate, _, _) => certificate is not null });
            subject = tls.RemoteCertificate?.Subject;
            await tls.ReadAtLeastAsync(new byte[16], 16);
            await tls.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"u8.ToArray());
        });
        var own = _files.Make("own", ["probe.example"]);
        await ExpectAsync(origin.Url.Replace("http:", "https:", StringComparison.Ordinal), "{ interval: 1h, timeout: 20s }", $"tls: {{ name: localhost, ca: \"{_authority.File}\", certificate: {own} }}, ", null);
        subject.ShouldBe("CN=probe.example");
    }

    [Fact]
    public async Task What_speaks_no_tls_is_unhealthy()
    {
        await using var origin = Origin.Start(static async (wire, _) =>
        {
            await wire.ReadAsync();
            await wire.SendAsync("HTTP/1.1 400 Bad Request\r\n\r\n");
        });
        await ExpectAsync(origin.Url.Replace("http:", "https:", StringComparison.Ordinal), "{ interval: 1h, timeout: 20s }", "tls: { verify: false }, ", "TLS failed");
    }

    [Theory]
    [InlineData("auto", HttpProtocols.Http1AndHttp2, "HTTP/2")]
    [InlineData("auto", HttpProtocols.Http1, "HTTP/1.1")]
    [InlineData("http1", HttpProtocols.Http1AndHttp2, "HTTP/1.1")]
    [InlineData("http2", HttpProtocols.Http2, "HTTP/2")]
    public async Task It_speaks_what_the_endpoint_speaks(string protocol, HttpProtocols spoken, string seen)
    {
        var saw = "";
        await using var origin = await KestrelOrigin.StartAsync(
            context =>
            {
                saw = $"{context.Request.Protocol} {context.Request.Host}";
                return Task.CompletedTask;
            },
            _certificate,
            spoken);
        await ExpectAsync(origin.Url, "{ interval: 1h, timeout: 20s, host: shop.example }", $"protocol: {protocol}, tls: {{ name: localhost, ca: \"{_authority.File}\" }}, ", null);
        saw.ShouldBe(seen + " shop.example");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Each_probe_has_a_connection_of_its_own_over_http2_too(bool secure)
    {
        var requests = 0;
        await using var origin = await KestrelOrigin.StartAsync(
            _ =>
            {
                Interlocked.Increment(ref requests);
                return Task.CompletedTask;
            },
            secure ? _certificate : null);
        await using var gateway = await TestGateway.StartAsync(ProbeTests.Yaml("{ interval: 50ms, timeout: 50ms, unhealthy: 100 }", $"protocol: http2, tls: {{ name: localhost, ca: \"{_authority.File}\" }}, ", [origin.Url]));
        await TestGateway.EventuallyAsync(() => Volatile.Read(ref requests) >= 5);
        origin.Connections.ShouldBeGreaterThanOrEqualTo(5);
    }

    [Theory]
    [InlineData("", null)]
    [InlineData("shop", null)]
    [InlineData("down", "not serving")]
    [InlineData("unheard", "the service is not known")]
    [InlineData("unable", "no health service")]
    [InlineData("unwell", "grpc-status 13")]
    [InlineData("hollow", "a malformed answer")]
    [InlineData("silent", "no grpc-status")]
    [InlineData("endless", "an answer that is too large")]
    [InlineData("plain", "status 404")]
    public async Task Grpc_is_asked_for_its_health(string service, string? reason)
    {
        await using var origin = await KestrelOrigin.StartAsync(HealthAsync);
        await ExpectAsync(origin.Url, $"{{ type: grpc, service: \"{service}\", interval: 1h, timeout: 20s }}", "protocol: http2, ", reason);
    }

    [Theory]
    [InlineData("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", "does not speak HTTP/2, or not rightly")]
    [InlineData("", "closed instead of speaking HTTP/2")]
    // SETTINGS, and the stream is reset.
    [InlineData("\0\0\0\u0004\0\0\0\0\0\0\0\u0004\u0003\0\0\0\0\u0001\0\0\0\u0002", "error 2 of HTTP/2")]
    public async Task An_endpoint_without_http2_is_told_of_as_that(string answer, string reason)
    {
        await using var origin = Origin.Start(async (wire, _) =>
        {
            await wire.ReadUntilAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
            if (answer.StartsWith('\0'))
            {
                // A stream that was not opened yet cannot be reset.
                await wire.SendAsync(answer[..9]);
                await wire.ReadUntilAsync("grpc.health.v1");
                await wire.SendAsync(answer[9..]);
            }
            else
            {
                if (answer.Length > 0) await wire.SendAsync(answer);
                wire.Socket.Shutdown(System.Net.Sockets.SocketShutdown.Send);
            }

            // With bytes unread it would be a reset, which can overtake the answer.
            await wire.ReadToEndAsync();
        });
        await ExpectAsync(origin.Url, "{ type: grpc, interval: 1h, timeout: 20s }", "protocol: http2, ", reason);
    }

    [Fact]
    public async Task Grpc_over_tls()
    {
        await using var origin = await KestrelOrigin.StartAsync(HealthAsync, _certificate);
        await ExpectAsync(origin.Url, "{ type: grpc, service: shop, interval: 1h, timeout: 20s }", $"tls: {{ name: localhost, ca: \"{_authority.File}\" }}, ", null);
    }

    private static async Task HealthAsync(HttpContext x)
    {
        x.Request.Path.Value.ShouldBe("/grpc.health.v1.Health/Check");
        x.Request.ContentType.ShouldBe("application/grpc");
        x.Request.Headers.TE.ToString().ShouldBe("trailers");
        var body = new MemoryStream();
        await x.Request.Body.CopyToAsync(body);
        var service = body.Length > 7 ? System.Text.Encoding.UTF8.GetString(body.ToArray()[7..]) : "";
        x.Response.ContentType = "application/grpc";
        if (service == "plain")
        {
            x.Response.StatusCode = 404;
            return;
        }

        if (service is "unheard" or "unable" or "unwell")
        {
            x.Response.Headers["grpc-status"] = service == "unheard" ? "5" : service == "unable" ? "12" : "13";
            return;
        }

        if (service == "endless")
        {
            while (!x.RequestAborted.IsCancellationRequested) await x.Response.Body.WriteAsync(new byte[1000]);
            return;
        }

        x.Response.DeclareTrailer("grpc-status");
        if (service == "hollow") await x.Response.Body.WriteAsync(new byte[] { 0, 0, 0, 0, 9 });
        else await x.Response.Body.WriteAsync(new byte[] { 0, 0, 0, 0, 2, 8, (byte)(service == "down" ? 2 : 1) });
        if (service != "silent") x.Response.AppendTrailer("grpc-status", "0");
    }

    private static async Task ExpectAsync(string url, string probe, string members, string? reason)
    {
        await using var gateway = await TestGateway.StartAsync(ProbeTests.Yaml(probe, members, [url]));
        var state = ProbeTests.Endpoint(gateway, 0).State;
        await TestGateway.EventuallyAsync(() => state.ProbesPassed + state.ProbesFailed == 1);
        state.Health.ProbeFailure.ShouldBe(reason);
        state.Unhealthy.ShouldBe(reason is not null);
    }
}
