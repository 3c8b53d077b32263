using Weir.Http;

namespace Weir.Sdk.Policies;

/// <summary>What became of an exchange, for <see cref="Policy.OnLog"/>.</summary>
public readonly struct ExchangeSummary
{
    /// <summary>The status that the client got; 0 when it got none.</summary>
    public required int Status { get; init; }

    /// <summary>Why the exchange was refused or failed; None when it was not.</summary>
    public required Refusal Refusal { get; init; }

    /// <summary>From the first byte of the request to the last of the response, or to the failure.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>Bytes of request body received.</summary>
    public required long RequestBodyBytes { get; init; }

    /// <summary>Bytes of response body sent to the client.</summary>
    public required long ResponseBodyBytes { get; init; }

    /// <summary>Attempts at endpoints; 0 when Weir answered by itself.</summary>
    public required int Attempts { get; init; }
}
