using Weir.Certificates.Acme;
using Weir.Certificates.Storage;

namespace Weir.Certificates;

/// <summary>
/// Proves to an authority that names are ours (RFC 8555, section 7.5): puts the answers where they will be looked for, says that they are
/// there, and waits for what the authority finds. What it took is removed in any case.
/// </summary>
internal sealed class NameProofs(AcmeClient client, IReadOnlyList<IChallengeAnswers> answers, IssuerSettings settings, TimeProvider time)
{
    private const int MostFlaws = 3;

    /// <summary>How they were proven; null when nothing was left to prove.</summary>
    public async Task<ChallengeKind?> ProveAsync(AcmeAccount account, CertificateOrder order, IReadOnlyList<string> authorizations, ChallengeKind first, CancellationToken cancel)
    {
        var open = new List<Proof>();
        try
        {
            foreach (var url in authorizations)
            {
                var (view, _) = await client.AuthorizationAsync(account, url, cancel);
                // The name becomes that of a file and of a certificate.
                if (!order.Names.Contains(view.Identifier!.Value!)) throw new AcmeException(AcmeFault.Protocol, $"the authority wants a proof for {ProblemText.Plain(view.Identifier.Value!)}, which was not ordered");
                if (view.Status == "valid") continue;
                if (view.Status != "pending") throw new AcmeException(AcmeFault.Protocol, $"the authorization for {ProblemText.Plain(view.Identifier.Value!)} came as '{ProblemText.Plain(view.Status ?? "")}'");
                var proof = Choose(url, view, first);
                open.Add(proof);
                await PutAsync(account, proof, cancel);
            }

            foreach (var proof in open) if (proof.IsPending) await client.ReadyAsync(account, proof.ChallengeUrl, cancel);
            var failures = new List<(string Name, string Reason)>();
            foreach (var proof in open)
            {
                if (await WaitAsync(account, proof, cancel) is { } reason) failures.Add((proof.Name, reason));
            }

            failures.Sort(static (a, b) => string.CompareOrdinal(a.Name, b.Name));
            if (failures.Count == 0) return open.Count == 0 ? null : open[0].Kind;
            throw new AcmeException(AcmeFault.Validation, string.Join("; ", failures.Select(static f => $"{f.Name} was not proven: {f.Reason}"))) { Names = [.. failures.Select(static f => f.Name)] };
        }
        finally
        {
            foreach (var proof in open) await RemoveAsync(proof);
        }
    }

    private Proof Choose(string url, AuthorizationView view, ChallengeKind first)
    {
        var name = view.Identifier!.Value!;
        foreach (var kind in settings.MayChange ? [first, first.Other()] : new[] { first })
        {
            if (view.Challenges?.FirstOrDefault(c => c?.Type == kind.Text()) is not { } challenge) continue;
            // The token becomes the name of a file.
            if (challenge is { Token: { } token, Url: { } at } && ChallengeFolder.IsToken(token)) return new Proof(name, kind, url, at, token, challenge.Status == "pending");
            throw new AcmeException(AcmeFault.Protocol, $"the {kind.Text()} challenge for {name} has no URL or no proper token");
        }

        var offered = string.Join(", ", view.Challenges?.Select(static c => ProblemText.Plain(c?.Type ?? "")).Take(10) ?? []);
        throw new AcmeException(AcmeFault.Refused, $"the authority takes {(offered.Length == 0 ? "nothing" : offered)} for {name}, not {(settings.MayChange ? "http-01 or tls-alpn-01" : first.Text())}");
    }

    // Null when it was found.
    private async Task<string?> WaitAsync(AcmeAccount account, Proof proof, CancellationToken cancel)
    {
        var times = new PollTimes(time);
        var flaws = 0;
        while (true)
        {
            TimeSpan? retryAfter = null;
            try
            {
                var (view, asked) = await client.AuthorizationAsync(account, proof.Url, cancel);
                if (view.Status == "valid") return null;
                if (view.Status != "pending") return Reason(view, proof);
                (retryAfter, flaws) = (asked, 0);
            }
            // The authority is looking already; a fault of its own in the meantime does not end that.
            catch (AcmeException flaw) when (flaw.Fault is AcmeFault.Unreachable or AcmeFault.RateLimited && ++flaws < MostFlaws)
            {
                retryAfter = flaw.RetryAfter;
            }

            if (!await times.WaitAsync(retryAfter, cancel)) throw new AcmeException(AcmeFault.TimedOut, $"the authority has been looking for {proof.Name} for {PollTimes.Most.TotalMinutes:0} minutes");
        }
    }

    private static string Reason(AuthorizationView view, Proof proof)
    {
        var error = view.Challenges?.FirstOrDefault(c => c?.Type == proof.Kind.Text())?.Error ?? view.Challenges?.FirstOrDefault(static c => c?.Error is not null)?.Error;
        return $"{proof.Kind.Text()}: {(error is null ? $"the authorization is '{ProblemText.Plain(view.Status ?? "")}'" : ProblemText.Of(error))}";
    }

    private async Task PutAsync(AcmeAccount account, Proof proof, CancellationToken cancel)
    {
        var authorization = account.Key.Authorize(proof.Token);
        if (proof.Kind == ChallengeKind.Http)
        {
            foreach (var place in answers) await place.PutHttpAsync(proof.Token, authorization, cancel);
            return;
        }

        var (certificate, key) = ChallengeCertificate.Make(proof.Name, authorization, time);
        foreach (var place in answers) await place.PutTlsAsync(ChallengeCertificate.ServerName(proof.Name), certificate, key, cancel);
    }

    private async Task RemoveAsync(Proof proof)
    {
        foreach (var place in answers)
        {
            if (proof.Kind == ChallengeKind.Http) await place.RemoveHttpAsync(proof.Token);
            else await place.RemoveTlsAsync(ChallengeCertificate.ServerName(proof.Name));
        }
    }

    private sealed record Proof(string Name, ChallengeKind Kind, string Url, string ChallengeUrl, string Token, bool IsPending);
}
