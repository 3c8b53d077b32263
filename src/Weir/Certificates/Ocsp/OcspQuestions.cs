using System.Net;
using System.Net.Http.Headers;
using Weir.Reactor.Tls;

namespace Weir.Certificates.Ocsp;

/// <summary>Asks responders over HTTP (RFC 6960, appendix A). What they send is bounded and checked; they have ten seconds.</summary>
internal sealed class OcspQuestions : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = true, PooledConnectionIdleTimeout = TimeSpan.FromSeconds(10) })
    {
        Timeout = TimeSpan.FromSeconds(10),
        MaxResponseContentBufferSize = 64 * 1024,
    };

    /// <summary>Never fails but by cancellation: what went wrong is the answer's reason.</summary>
    public async Task<(OcspAnswer Answer, byte[] Response)> AskAsync(Uri address, TlsIdentity identity, CancellationToken cancel)
    {
        try
        {
            using var question = new ByteArrayContent(Reactor.Tls.Ocsp.Request(identity.Chain[0], identity.Chain[1]));
            question.Headers.ContentType = new MediaTypeHeaderValue("application/ocsp-request");
            using var response = await _http.PostAsync(address, question, cancel);
            if (response.StatusCode != HttpStatusCode.OK) return (Failed($"the responder answers {(int)response.StatusCode}"), []);
            var bytes = await response.Content.ReadAsByteArrayAsync(cancel);
            return (Reactor.Tls.Ocsp.Read(bytes, identity.Chain[0], identity.Chain[1]), bytes);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return (Failed("the responder did not answer in time"), []);
        }
        catch (Exception failure) when (failure is HttpRequestException or TlsException or IOException)
        {
            return (Failed(failure.Message), []);
        }
    }

    public void Dispose() => _http.Dispose();

    private static OcspAnswer Failed(string reason) => new(OcspStatus.Invalid, TimeSpan.Zero, reason);
}
