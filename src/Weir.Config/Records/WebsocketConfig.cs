namespace Weir.Config.Records;

/// <summary>How WebSockets are kept alive, on a route or in the defaults. A route's value replaces the default one by one.</summary>
public sealed record WebsocketConfig
{
    /// <summary>What the defaults are where the file says nothing; put into the defaults at load.</summary>
    public static WebsocketConfig Standard { get; } = new() { Ping = TimeSpan.Zero, Pong = TimeSpan.FromSeconds(10), To = PingTarget.Client };

    /// <summary>A peer that said nothing for so long is sent a ping. Default 0: none are sent, and frames are not looked at.</summary>
    [Bounds(0, 86_400_000)]
    public TimeSpan? Ping { get; init; }

    /// <summary>Time in which it has to say something then. Default 10s. Later: both sides are closed, <c>ping-timeout</c> or <c>upstream-ping-timeout</c>.</summary>
    [Bounds(10, 3_600_000)]
    public TimeSpan? Pong { get; init; }

    /// <summary>Who is sent pings: <c>client</c> (default), <c>origin</c> or <c>both</c>.</summary>
    public PingTarget? To { get; init; }
}

/// <summary>Who is sent pings.</summary>
public enum PingTarget : byte { Client, Origin, Both }
