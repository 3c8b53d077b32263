using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Weir.Certificates.Acme;

/// <summary>An answer of the authority, read to its end.</summary>
internal sealed record AcmeAnswer(string Url, int Status, byte[] Body, string MediaType, string? Location, string? Nonce, TimeSpan? RetryAfter)
{
    /// <summary>The body as what it must be.</summary>
    public T Read<T>(JsonTypeInfo<T> shape) where T : class
    {
        if (MediaType is not ("application/json" or "application/problem+json")) throw new AcmeException(AcmeFault.Protocol, $"{Url} answered with '{ProblemText.Plain(MediaType)}' where JSON was due");
        try
        {
            return JsonSerializer.Deserialize(Body, shape) ?? throw new AcmeException(AcmeFault.Protocol, $"{Url} answered with null");
        }
        catch (JsonException failure)
        {
            throw new AcmeException(AcmeFault.Protocol, $"{Url} answered with JSON that is not what it should be: {ProblemText.Plain(failure.Message)}", failure);
        }
    }
}

/// <summary>
/// HTTP to the authority: over TLS (plainly on a loopback address alone), with a bound for time and size, and every failure put in words.
/// Only a GET follows a redirect, since a signed request is for one URL.
/// </summary>
internal sealed class AcmeTransport : IDisposable
{
    private const int MostBytes = 256 << 10;
    private const int MostRedirects = 3;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly HttpClient _http;
    private readonly TimeProvider _time;

    /// <param name="authorities">Trusted for the authority's own certificate; null for the system's.</param>
    public AcmeTransport(X509Certificate2Collection? authorities, TimeProvider time)
    {
        _time = time;
        var sockets = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            ConnectTimeout = TimeSpan.FromSeconds(10),
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            MaxResponseHeadersLength = 32,
            SslOptions = { CertificateChainPolicy = authorities is null ? null : Trusting(authorities) },
        };
        _http = new HttpClient(sockets) { Timeout = Patience, MaxResponseContentBufferSize = MostBytes };
        _http.DefaultRequestHeaders.UserAgent.ParseAdd("weir/" + ProgramVersion.Number);
        _http.DefaultRequestHeaders.AcceptLanguage.ParseAdd("en");
    }

    public async Task<AcmeAnswer> GetAsync(string url, HttpMethod method, CancellationToken cancel)
    {
        for (var hops = 0; ; hops++)
        {
            using var request = new HttpRequestMessage(method, Checked(url));
            var (answer, redirect) = await SendAsync(request, cancel);
            if (redirect is null) return answer;
            if (hops == MostRedirects) throw new AcmeException(AcmeFault.Protocol, $"{url} leads to one redirect after another");
            url = new Uri(request.RequestUri!, redirect).AbsoluteUri;
        }
    }

    public async Task<AcmeAnswer> PostAsync(string url, byte[] jws, string? accept, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Checked(url)) { Content = new ByteArrayContent(jws) };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", "application/jose+json");
        if (accept is not null) request.Headers.Accept.ParseAdd(accept);
        var (answer, redirect) = await SendAsync(request, cancel);
        if (redirect is not null) throw new AcmeException(AcmeFault.Protocol, $"{url} answered a POST with a redirect");
        return answer;
    }

    public void Dispose() => _http.Dispose();

    private async Task<(AcmeAnswer Answer, Uri? Redirect)> SendAsync(HttpRequestMessage request, CancellationToken cancel)
    {
        var url = request.RequestUri!.AbsoluteUri;
        try
        {
            using var response = await _http.SendAsync(request, cancel);
            var headers = response.Headers;
            var answer = new AcmeAnswer(url, (int)response.StatusCode, await response.Content.ReadAsByteArrayAsync(cancel), response.Content.Headers.ContentType?.MediaType ?? "",
                headers.TryGetValues("Location", out var locations) ? locations.First() : null,
                headers.TryGetValues("Replay-Nonce", out var nonces) ? nonces.First() : null,
                RetryTimes.Of(headers, _time));
            return (answer, IsRedirect((int)response.StatusCode) ? headers.Location : null);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new AcmeException(AcmeFault.Unreachable, $"{url} did not answer within {Patience.TotalSeconds:0} s");
        }
        catch (HttpRequestException failure)
        {
            throw new AcmeException(AcmeFault.Unreachable, $"{url}: {Reason(failure)}", failure);
        }
        catch (Exception failure) when (failure is IOException or InvalidOperationException)
        {
            throw new AcmeException(AcmeFault.Protocol, $"{url}: {ProblemText.Plain(failure.Message)}", failure);
        }
    }

    // The authority says where to go next; it does not say that we go there without TLS.
    private static Uri Checked(string url)
    {
        if (Uri.TryCreate(url, UriKind.Absolute, out var parsed) && (parsed.Scheme == Uri.UriSchemeHttps || (parsed.Scheme == Uri.UriSchemeHttp && parsed.IsLoopback))) return parsed;
        throw new AcmeException(AcmeFault.Protocol, $"the authority names '{ProblemText.Plain(url)}', which is not an https:// URL");
    }

    private static bool IsRedirect(int status) => status is 301 or 302 or 303 or 307 or 308;

    private static string Reason(HttpRequestException failure)
    {
        if (failure.HttpRequestError == HttpRequestError.ConfigurationLimitExceeded) return $"it answered with more than {MostBytes >> 10} KiB";
        var inner = failure.InnerException?.Message;
        return ProblemText.Plain(inner is null ? failure.Message : $"{failure.Message} {inner}");
    }

    private static X509ChainPolicy Trusting(X509Certificate2Collection authorities)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
        policy.CustomTrustStore.AddRange(authorities);
        // What proves a server.
        policy.ApplicationPolicy.Add(new("1.3.6.1.5.5.7.3.1"));
        return policy;
    }
}
