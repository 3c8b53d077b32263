namespace Weir.Http.Http1;

/// <summary>How far a parser got.</summary>
public enum ParseOutcome : byte
{
    /// <summary>The head is not all there; call again with more of the same bytes and the same state.</summary>
    NeedMore,

    /// <summary>The head is understood.</summary>
    Done,

    /// <summary>The head breaks a rule; nothing more can be read from this connection.</summary>
    Refused,
}

/// <summary>
/// What a call of a parser gives. <see cref="Consumed"/> is the length of the head with its closing empty line when
/// <see cref="Outcome"/> is Done: the body, or the next head, begins there.
/// </summary>
public readonly record struct ParseResult(ParseOutcome Outcome, Refusal Refusal, int Consumed)
{
    public static ParseResult NeedMore => default;

    public static ParseResult Done(int consumed) => new(ParseOutcome.Done, Refusal.None, consumed);

    public static ParseResult Refuse(Refusal reason) => new(ParseOutcome.Refused, reason, 0);
}
