using Weir.Http;

namespace Weir.Sdk.Policies;

/// <summary>What became of an exchange, for <see cref="Policy.OnLog"/>.</summary>
public readonly struct ExchangeSummary
{
    public required int Status { get; init; }

    public required Refusal Refusal { get; init; }

    public required TimeSpan Duration { get; init; }

    public required long RequestBodyBytes { get; init; }

    public required long ResponseBodyBytes { get; init; }

    public required int Attempts { get; init; }
}
