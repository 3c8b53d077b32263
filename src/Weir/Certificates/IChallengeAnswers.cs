namespace Weir.Certificates;

/// <summary>
/// Where the answers to an authority's challenges are put, for whoever is asked by it. When a method returns, whoever is asked knows. A name
/// or token that was put twice has the later answer; removing what is not there is no mistake.
/// </summary>
internal interface IChallengeAnswers
{
    /// <summary>http-01: <c>/.well-known/acme-challenge/TOKEN</c> on port 80 answers with the key authorization (RFC 8555, section 8.3).</summary>
    Task PutHttpAsync(string token, string keyAuthorization, CancellationToken cancel);

    Task RemoveHttpAsync(string token);

    /// <summary>tls-alpn-01: who asks for this name and offers <c>acme-tls/1</c> alone is shown this certificate (RFC 8737, section 3).</summary>
    /// <param name="serverName">In lower case; of an IP address its name in DNS (<c>1.2.0.192.in-addr.arpa</c>).</param>
    /// <param name="certificate">DER.</param>
    /// <param name="key">PKCS#8.</param>
    Task PutTlsAsync(string serverName, byte[] certificate, byte[] key, CancellationToken cancel);

    Task RemoveTlsAsync(string serverName);
}
