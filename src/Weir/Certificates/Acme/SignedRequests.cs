using System.Buffers.Text;
using System.Collections.Concurrent;

namespace Weir.Certificates.Acme;

/// <summary>
/// Signed requests and the nonces that they need (RFC 8555, sections 6.2 to 6.5). Every answer brings a nonce for another request; one
/// that the authority no longer takes is replaced and the request sent again. Thread-safe.
/// </summary>
internal sealed class SignedRequests(AcmeTransport transport)
{
    private const int MostNonces = 16;
    private const int MostTries = 12;
    private const int LongestNonce = 512;

    private readonly ConcurrentStack<string> _nonces = [];

    /// <summary>A refusal is thrown; what comes back is an answer of the 200s.</summary>
    public async Task<AcmeAnswer> PostAsync(string newNonce, AccountKey key, string? account, string url, byte[] payload, string what, CancellationToken cancel, string? accept = null)
    {
        for (var tries = 1; ; tries++)
        {
            var nonce = await NonceAsync(newNonce, cancel);
            var answer = await transport.PostAsync(url, key.Sign(url, nonce, account, payload), accept, cancel);
            var refusal = Refusal(answer, what);
            // The others are as old as the one that was refused.
            if (refusal is { Type: "badNonce" }) _nonces.Clear();
            Keep(answer.Nonce);
            if (refusal is null) return answer;
            if (refusal.Type != "badNonce" || tries == MostTries) throw refusal;
        }
    }

    /// <summary>Null for an answer of the 200s.</summary>
    public static AcmeException? Refusal(AcmeAnswer answer, string what)
    {
        if (answer.Status is >= 200 and < 300) return null;
        var problem = answer.MediaType == "application/problem+json" ? answer.Read(AcmeJson.Default.ProblemView) : null;
        var type = problem is null ? "" : ProblemText.TypeOf(problem);
        var fault = type == "rateLimited" || answer.Status == 429 ? AcmeFault.RateLimited
            : answer.Status >= 500 ? AcmeFault.Unreachable
            : problem is null && answer.Status < 400 ? AcmeFault.Protocol
            : AcmeFault.Refused;
        var reason = problem is null ? "" : ProblemText.Of(problem);
        if (reason.Length == 0) reason = "without a reason";
        return new AcmeException(fault, $"{what} was answered with {answer.Status}, {reason}") { Type = type, Status = answer.Status, RetryAfter = answer.RetryAfter };
    }

    private async Task<string> NonceAsync(string newNonce, CancellationToken cancel)
    {
        if (_nonces.TryPop(out var kept)) return kept;
        var answer = await transport.GetAsync(newNonce, HttpMethod.Head, cancel);
        if (Refusal(answer, "the request for a nonce") is { } refusal) throw refusal;
        return IsNonce(answer.Nonce) ? answer.Nonce! : throw new AcmeException(AcmeFault.Protocol, $"{newNonce} gave no nonce");
    }

    private void Keep(string? nonce)
    {
        if (IsNonce(nonce) && _nonces.Count < MostNonces) _nonces.Push(nonce!);
    }

    private static bool IsNonce(string? nonce) => nonce is { Length: > 0 and <= LongestNonce } && Base64Url.IsValid(nonce);
}
