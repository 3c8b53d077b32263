using System.Net;
using System.Net.Http;
using System.Net.Security;
using System.Text;
using Weir.Config.Records;
using Weir.Proxy.Model;

namespace Weir.Proxy.Health;

/// <summary>HTTP for probes: the platform's client on a connection for each request, with nothing of its own accord (no redirects, cookies, proxies, traces).</summary>
internal sealed class ProbeClient : IDisposable
{
    // What of a body is looked at; a head has as much.
    private const int MostKilobytes = 64;

    private readonly HttpMessageInvoker _http;
    private readonly Uri _url;
    private readonly string _host;
    private readonly ProbePlan _plan;
    private readonly Version _version;
    private readonly HttpVersionPolicy _policy;

    public ProbeClient(ProbeWay way, Endpoint endpoint, ProbePlan plan, UpstreamProtocol protocol, string path)
    {
        _plan = plan;
        _host = plan.Host ?? Encoding.ASCII.GetString(endpoint.Authority);
        // The name in it leads nowhere: where to is the way's business. Not to be tidied up: an origin may tell paths apart that look alike.
        _url = new Uri((way.IsSecure ? "https" : "http") + "://endpoint" + path, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        var speaksBoth = protocol == UpstreamProtocol.Auto && way.IsSecure;
        _version = protocol == UpstreamProtocol.Http2 || speaksBoth ? HttpVersion.Version20 : HttpVersion.Version11;
        _policy = speaksBoth ? HttpVersionPolicy.RequestVersionOrLower : HttpVersionPolicy.RequestVersionExact;
        List<SslApplicationProtocol> offered = protocol == UpstreamProtocol.Http2 ? [SslApplicationProtocol.Http2]
            : speaksBoth ? [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11] : [SslApplicationProtocol.Http11];
        _http = new HttpMessageInvoker(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            ActivityHeadersPropagator = null,
            PooledConnectionLifetime = TimeSpan.Zero,
            MaxResponseHeadersLength = MostKilobytes,
            MaxResponseDrainSize = 0,
            ConnectCallback = async (_, cancel) => await way.OpenAsync(offered, cancel),
        });
    }

    public HttpRequestMessage Request(string method)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), _url) { Version = _version, VersionPolicy = _policy };
        request.Headers.TryAddWithoutValidation("Host", _host);
        foreach (var (name, value) in _plan.Headers) request.Headers.TryAddWithoutValidation(name, value);
        if (!_plan.Headers.Keys.Contains("User-Agent", StringComparer.OrdinalIgnoreCase)) request.Headers.TryAddWithoutValidation("User-Agent", "weir-probe");
        request.Headers.ConnectionClose = true;
        return request;
    }

    /// <summary>Its head has come; the body is read by <see cref="ReadAsync"/>, if at all.</summary>
    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancel) => _http.SendAsync(request, cancel);

    /// <summary>The body as far as it is looked at, and whether that is all of it.</summary>
    public static async Task<(ReadOnlyMemory<byte> Body, bool IsWhole)> ReadAsync(HttpResponseMessage response, CancellationToken cancel)
    {
        var buffer = new byte[MostKilobytes * 1024];
        await using var body = await response.Content.ReadAsStreamAsync(cancel);
        var length = 0;
        while (length < buffer.Length)
        {
            var read = await body.ReadAsync(buffer.AsMemory(length), cancel);
            if (read == 0) return (buffer.AsMemory(0, length), true);
            length += read;
        }

        return (buffer, false);
    }

    public void Dispose() => _http.Dispose();
}
