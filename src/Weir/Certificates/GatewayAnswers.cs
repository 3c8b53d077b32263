using Weir.Proxy.Model;
using Weir.Reactor.Tls;

namespace Weir.Certificates;

/// <summary>Answers to challenges, given by this process's listeners.</summary>
internal sealed class GatewayAnswers(HttpChallenges http, TlsChallenges tls) : IChallengeAnswers
{
    public Task PutHttpAsync(string token, string keyAuthorization, CancellationToken cancel)
    {
        http.Put(token, keyAuthorization);
        return Task.CompletedTask;
    }

    public Task RemoveHttpAsync(string token)
    {
        http.Remove(token);
        return Task.CompletedTask;
    }

    public Task PutTlsAsync(string serverName, byte[] certificate, byte[] key, CancellationToken cancel)
    {
        tls.Put(serverName, new TlsIdentity([serverName], [certificate], key));
        return Task.CompletedTask;
    }

    public Task RemoveTlsAsync(string serverName)
    {
        tls.Remove(serverName);
        return Task.CompletedTask;
    }
}
