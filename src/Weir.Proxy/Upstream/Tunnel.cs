using System.Runtime.CompilerServices;
using Weir.Async;
using Weir.Http;
using Weir.Proxy.Wire;
using Weir.Reactor.Waiting;

namespace Weir.Proxy.Upstream;

/// <summary>
/// After 101: bytes both ways until both sides have ended. Each direction has its own method and its own back-pressure; the end of one
/// is passed on while the other goes on. The snapshot is let go, so that a tunnel holds up no reload. Nothing is known of what passes;
/// a WebSocket whose peers are to be pinged is a <see cref="PingedTunnel"/>.
/// </summary>
internal static class Tunnel
{
    [AsyncMethodBuilder(typeof(PathMethodBuilder))]
    public static async ValueTask RunAsync(Exchange x)
    {
        var upstream = x.Upstream!;
        var protocol = x.Response.Fields.Get(Http.Fields.KnownField.Upgrade).ToArray();
        x.IsTunnel = true;
        x.IsResponseStarted = true;
        upstream.BecomeTunnel();
        if (await x.Downstream.SwitchProtocolAsync(x.Response, protocol) != WireResult.Ok)
        {
            x.Refuse(Refusal.ClientGone);
            return;
        }

        x.LetGoOfSnapshot();
        x.LastTunnelByte = x.Owner.Loop.Now;
        if (PingedTunnel.IsWanted(x, protocol))
        {
            await x.Pings.RunAsync(x, upstream);
            return;
        }

        var client = new ClientEnd(x);
        var origin = new OriginEnd(upstream);
        await BothAsync(x, upstream, PassAsync(x, upstream, client, origin), PassAsync(x, upstream, origin, client));
    }

    /// <summary>Until both directions have ended, which they must have before the exchange does.</summary>
    [AsyncMethodBuilder(typeof(PathMethodBuilder))]
    public static async ValueTask BothAsync(Exchange x, IUpstream upstream, ValueTask upward, ValueTask downward)
    {
        try
        {
            await downward;
        }
        catch
        {
            Break(x, upstream);
            throw;
        }
        finally
        {
            await upward;
        }
    }

    /// <summary>One side failed: the other's method must not wait for it.</summary>
    public static void Break(Exchange x, IUpstream upstream)
    {
        upstream.CancelWaits();
        x.Downstream.Abort();
    }

    /// <summary>So many bytes passed in this turn: where it is over, others are next.</summary>
    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    public static async ValueTask<int> PaceAsync(Exchange x, int turn)
    {
        x.Owner.Mark(TurnSteps.Tunnel);
        if (turn < x.Owner.Loop.TurnBytes) return turn;
        await x.Owner.Loop.Yield();
        return 0;
    }

    [AsyncMethodBuilder(typeof(PathMethodBuilder))]
    private static async ValueTask PassAsync<TFrom, TTo>(Exchange x, IUpstream upstream, TFrom from, TTo to)
        where TFrom : struct, ITunnelEnd
        where TTo : struct, ITunnelEnd
    {
        var turn = 0;
        while (true)
        {
            var step = from.TryRead(out var piece);
            if (step == BodyStep.Piece)
            {
                to.CountPassed(piece.Length);
                if (await to.WriteAsync(piece) != WireResult.Ok || await to.FlushAsync() != WireResult.Ok) break;
                x.LastTunnelByte = x.Owner.Loop.Now;
                turn = await PaceAsync(x, turn + piece.Length);
                continue;
            }

            if (step == BodyStep.End)
            {
                to.EndWriting();
                return;
            }

            if (step == BodyStep.Fault) break;
            var wait = await from.WaitAsync(x.LastTunnelByte + x.TunnelTimeout);
            // Either direction's bytes keep the tunnel alive: since the wait began there may have been some.
            if (wait == WaitResult.Ready || (wait == WaitResult.TimedOut && x.Owner.Loop.Now < x.LastTunnelByte + x.TunnelTimeout)) continue;
            if (wait == WaitResult.TimedOut) x.Refuse(Refusal.TunnelIdleTimeout);
            break;
        }

        Break(x, upstream);
    }
}
