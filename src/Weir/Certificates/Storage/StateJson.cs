using System.Text.Json.Serialization;

namespace Weir.Certificates.Storage;

/// <summary>order.json: what a certificate's folder says of it, for people and for the next start.</summary>
internal sealed record OrderFile(string Directory, IReadOnlyList<string> Names, DateTimeOffset Obtained, DateTimeOffset NotBefore, DateTimeOffset NotAfter, ChallengeKind? ProvenBy);

/// <summary>account.json: which account the key has.</summary>
internal sealed record AccountFile(string Directory, string Url, IReadOnlyList<string> Contact, string? BindingKid);

/// <summary>failures.json: when which names were looked for in vain.</summary>
internal sealed record FailuresFile(Dictionary<string, List<DateTimeOffset>> Names);

/// <summary>The shapes of JSON in the state folder.</summary>
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UseStringEnumConverter = true)]
[JsonSerializable(typeof(OrderFile))]
[JsonSerializable(typeof(AccountFile))]
[JsonSerializable(typeof(FailuresFile))]
[JsonSerializable(typeof(TicketFile))]
internal sealed partial class StateJson : JsonSerializerContext;
