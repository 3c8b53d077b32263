namespace Weir.Proxy.Wire;

/// <summary>How a step on a connection ended.</summary>
internal enum WireResult : byte
{
    Ok,

    /// <summary>The deadline passed.</summary>
    TimedOut,

    /// <summary>The wait was called off by the exchange.</summary>
    Cancelled,

    /// <summary>The connection was reset or failed.</summary>
    Failed,

    /// <summary>The peer broke a rule; the refusal is beside it.</summary>
    Refused,
}
