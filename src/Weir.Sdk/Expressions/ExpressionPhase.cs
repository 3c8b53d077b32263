namespace Weir.Sdk.Expressions;

/// <summary>When an expression will be evaluated: names that are not known by then are an error at load time.</summary>
public enum ExpressionPhase : byte
{
    /// <summary>Before the action: there is no response yet.</summary>
    Request,

    /// <summary>Before an attempt is sent: the cluster is known.</summary>
    Attempt,

    /// <summary>There is a response, from an origin, a cache or Weir.</summary>
    Response,
}
