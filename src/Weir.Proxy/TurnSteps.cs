using Weir.Reactor;

namespace Weir.Proxy;

/// <summary>What a loop did in a turn, for the report of a slow one: the bits of <see cref="Loop.Marks"/>.</summary>
[Flags]
internal enum TurnSteps : uint
{
    None = 0,
    Accept = 1 << 0,
    Head = 1 << 1,
    Match = 1 << 2,
    Policies = 1 << 3,
    Attempt = 1 << 4,
    RequestBody = 1 << 5,
    Response = 1 << 6,
    ResponseBody = 1 << 7,
    Tunnel = 1 << 8,
    Record = 1 << 9,
    Handshake = 1 << 10,
    Timers = Loop.TimersMark,
    Post = Loop.PostMark,
}
