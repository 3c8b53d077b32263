using System.Net;
using System.Net.Http;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Weir.Proxy.Tests.Fixture;
using Weir.Proxy.Tests.GrpcWeb;
using Weir.Proxy.Tests.Tls;

namespace Weir.Proxy.Tests.Http2;

/// <summary>Every protocol of clients, over every kind of listener, to every protocol of origins, with and without TLS: bodies both ways, and trailers.</summary>
public sealed class MatrixTests : IDisposable
{
    private readonly Certificates _files = new();
    private readonly Authority _authority;

    public MatrixTests() => _authority = new Authority(_files);

    public void Dispose()
    {
        _authority.Dispose();
        _files.Dispose();
    }

    public static TheoryData<string, bool, bool> Ways()
    {
        var ways = new TheoryData<string, bool, bool>();
        foreach (var type in new[] { "application/octet-stream", "application/grpc-web+proto", "application/grpc-web-text" })
            foreach (var isHttp2 in new[] { false, true })
                foreach (var isSecure in new[] { false, true }) ways.Add(type, isHttp2, isSecure);
        return ways;
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Every_client_reaches_every_origin(string type, bool isOriginHttp2, bool isOriginSecure)
    {
        await using var origin = await KestrelOrigin.StartAsync(
            static context => context.Request.ContentType!.StartsWith("application/grpc", StringComparison.Ordinal) ? CallAsync(context) : KestrelOrigin.EchoAsync(context),
            isOriginSecure ? _authority.Issue(["localhost"]) : null,
            isOriginHttp2 ? HttpProtocols.Http2 : HttpProtocols.Http1);
        await using var gateway = await TestGateway.StartAsync($$"""
            version: 1
            listeners:
              web: "127.0.0.1:0"
              secure: { address: "127.0.0.1:0", tls: { certificates: [{{_files.Make("m", ["localhost"])}}] } }
            routes: { all: { forward: { cluster: origin, grpc-web: true } } }
            clusters: { origin: { endpoints: ["{{origin.Url}}"], tls: { name: localhost, ca: "{{_authority.File}}" }, protocol: {{(isOriginHttp2 ? "http2" : "http1")}} } }
            """);
        using var handler = new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = static (_, certificate, _, _) => certificate!.Subject == "CN=localhost" } };
        using var client = new HttpClient(handler);
        foreach (var isSecure in new[] { false, true })
        {
            foreach (var version in new[] { HttpVersion.Version11, HttpVersion.Version20 })
            {
                for (var i = 0; i < 8; i++)
                {
                    var url = isSecure ? $"https://{gateway.Address("secure")}/t.S/Call" : $"http://{gateway.Address()}/t.S/Call";
                    await AskAsync(client, version, url, type, isOriginHttp2, RandomNumberGenerator.GetBytes(1 + (i * i * i * 600)), isChunked: version == HttpVersion.Version11 && i % 2 == 0);
                }
            }
        }

        await TestGateway.EventuallyAsync(() => gateway.Active == 0, "the end of the exchanges");
    }

    private static async Task AskAsync(HttpClient client, Version version, string url, string type, bool isOriginHttp2, byte[] bytes, bool isChunked)
    {
        var isCall = type.StartsWith("application/grpc", StringComparison.Ordinal);
        var isText = type.Contains("-text", StringComparison.Ordinal);
        var body = isCall ? WebCalls.Message(Encoding.Latin1.GetString(bytes)) : Encoding.Latin1.GetString(bytes);
        using var request = new HttpRequestMessage(HttpMethod.Post, url)
        {
            Version = version,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(Encoding.Latin1.GetBytes(isText ? WebCalls.Encode(body) : body)),
        };
        request.Headers.TransferEncodingChunked = isChunked;
        request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        using var response = await client.SendAsync(request);
        var place = $"{type} over {version} to {url}, {bytes.Length} bytes";
        response.StatusCode.ShouldBe(HttpStatusCode.OK, place);
        response.Version.ShouldBe(version);
        response.Headers.GetValues("x-protocol").Single().ShouldBe(isOriginHttp2 ? "HTTP/2" : "HTTP/1.1", place);
        var answered = Encoding.Latin1.GetString(await response.Content.ReadAsByteArrayAsync());
        if (!isCall)
        {
            (answered == body).ShouldBeTrue(place);
            response.TrailingHeaders.TryGetValues("x-length", out var lengths).ShouldBe(HasTrailers(response), place);
            lengths?.Single().ShouldBe($"{bytes.Length}");
            return;
        }

        response.TrailingHeaders.ShouldBeEmpty(place);
        var answer = WebCalls.Read(200, [("content-type", response.Content.Headers.ContentType!.ToString())], answered);
        answer["content-type"].ShouldBe(type);
        (answer.Messages.Single() == Encoding.Latin1.GetString(bytes)).ShouldBeTrue(place);
        string[] trailers = HasTrailers(response) ? ["grpc-status: 0", $"x-length: {bytes.Length}"] : ["grpc-message: weir: the origin gave no grpc-status", "grpc-status: 2"];
        answer.Trailers!.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal).ToArray().ShouldBe(trailers, place);
    }

    private static bool HasTrailers(HttpResponseMessage response) => bool.Parse(response.Headers.GetValues("x-trailers").Single());

    private static async Task CallAsync(HttpContext context)
    {
        context.Response.ContentType = "application/grpc";
        await KestrelOrigin.EchoAsync(context, static length => length - 5);
        if (context.Response.SupportsTrailers()) context.Response.AppendTrailer("grpc-status", "0");
    }
}
