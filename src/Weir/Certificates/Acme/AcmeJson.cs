using System.Text.Json;
using System.Text.Json.Serialization;

namespace Weir.Certificates.Acme;

/// <summary>What the authority offers, and where (RFC 8555, section 7.1.1).</summary>
internal sealed record DirectoryView(string? NewNonce, string? NewAccount, string? NewOrder, string? RenewalInfo, DirectoryMeta? Meta);

internal sealed record DirectoryMeta(bool ExternalAccountRequired);

/// <summary>A name that is asked for: type <c>dns</c>, or <c>ip</c> (RFC 8738).</summary>
internal sealed record AcmeIdentifier(string? Type, string? Value);

/// <summary>An order (section 7.1.3).</summary>
internal sealed record OrderView(string? Status, IReadOnlyList<string>? Authorizations, string? Finalize, string? Certificate, ProblemView? Error);

/// <summary>What is to be proven of one name (section 7.1.4).</summary>
internal sealed record AuthorizationView(string? Status, AcmeIdentifier? Identifier, IReadOnlyList<ChallengeView>? Challenges);

/// <summary>One way to prove it (section 8).</summary>
internal sealed record ChallengeView(string? Type, string? Url, string? Status, string? Token, ProblemView? Error);

internal sealed record AccountView(string? Status);

/// <summary>Why not (RFC 7807 and RFC 8555, section 6.7).</summary>
internal sealed record ProblemView(string? Type, string? Detail, AcmeIdentifier? Identifier, IReadOnlyList<ProblemView>? Subproblems);

/// <summary>When the authority would have a certificate renewed (RFC 9773).</summary>
internal sealed record RenewalInfoView(SuggestedWindow? SuggestedWindow);

internal sealed record SuggestedWindow(DateTimeOffset Start, DateTimeOffset End);

// What is sent.

internal sealed record NewAccountRequest
{
    public bool? TermsOfServiceAgreed { get; init; }

    public bool? OnlyReturnExisting { get; init; }

    public IReadOnlyList<string>? Contact { get; init; }

    public JwsMessage? ExternalAccountBinding { get; init; }
}

internal sealed record ContactRequest(IReadOnlyList<string> Contact);

internal sealed record StatusRequest(string Status);

internal sealed record NewOrderRequest(IReadOnlyList<AcmeIdentifier> Identifiers, string? Replaces);

internal sealed record FinalizeRequest(string Csr);

/// <summary>The flattened form (RFC 7515, section 7.2.2), each part in base64url.</summary>
internal sealed record JwsMessage(string Protected, string Payload, string Signature);

internal sealed record JwsHeader(string Alg, string? Nonce, string Url, AccountJwk? Jwk, string? Kid);

/// <summary>A public key. Its members are in the order that the thumbprint wants (RFC 7638, section 3).</summary>
internal sealed record AccountJwk(string Crv, string Kty, string X, string Y);

/// <summary>The shapes of JSON that go over the wire.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(DirectoryView))]
[JsonSerializable(typeof(OrderView))]
[JsonSerializable(typeof(AuthorizationView))]
[JsonSerializable(typeof(ChallengeView))]
[JsonSerializable(typeof(AccountView))]
[JsonSerializable(typeof(ProblemView))]
[JsonSerializable(typeof(RenewalInfoView))]
[JsonSerializable(typeof(NewAccountRequest))]
[JsonSerializable(typeof(ContactRequest))]
[JsonSerializable(typeof(StatusRequest))]
[JsonSerializable(typeof(NewOrderRequest))]
[JsonSerializable(typeof(FinalizeRequest))]
[JsonSerializable(typeof(JwsMessage))]
[JsonSerializable(typeof(JwsHeader))]
[JsonSerializable(typeof(AccountJwk))]
[JsonSerializable(typeof(JsonElement))]
internal sealed partial class AcmeJson : JsonSerializerContext;
