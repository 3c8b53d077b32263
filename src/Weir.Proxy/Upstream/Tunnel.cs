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

#pragma warning disable CA2012 // Awaited once, below: both directions must have ended before the exchange does.
        var upward = UpAsync(x, upstream);
#pragma warning restore CA2012
        try
        {
            await DownAsync(x, upstream);
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

    [AsyncMethodBuilder(typeof(PathMethodBuilder))]
    private static async ValueTask UpAsync(Exchange x, IUpstream upstream)
    {
        var turn = 0;
        while (true)
        {
            var step = x.Downstream.TryReadBody(out var piece, null);
            if (step == BodyStep.Piece)
            {
                if (await upstream.WriteBodyAsync(piece) != WireResult.Ok || await upstream.FlushAsync() != WireResult.Ok) break;
                turn = await PaceAsync(x, turn + piece.Length);
            }
            else if (step == BodyStep.End)
            {
                upstream.FinishSending();
                return;
            }
            else if (step == BodyStep.Fault || !await WaitForClientAsync(x))
            {
                break;
            }
        }

        Break(x, upstream);
    }

    [AsyncMethodBuilder(typeof(PathMethodBuilder))]
    private static async ValueTask DownAsync(Exchange x, IUpstream upstream)
    {
        var turn = 0;
        while (true)
        {
            var step = upstream.TryReadBody(out var piece, null);
            if (step == BodyStep.Piece)
            {
                x.ResponseBodyBytes += piece.Length;
                if (await x.Downstream.WriteBodyAsync(piece) != WireResult.Ok || await x.Downstream.FlushAsync() != WireResult.Ok) break;
                turn = await PaceAsync(x, turn + piece.Length);
            }
            else if (step == BodyStep.End)
            {
                x.Downstream.EndTunnel();
                return;
            }
            else if (step == BodyStep.Fault || !await WaitForOriginAsync(x, upstream))
            {
                break;
            }
        }

        Break(x, upstream);
    }

    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    private static async ValueTask<bool> WaitForClientAsync(Exchange x)
    {
        WaitResult wait;
        do wait = await x.Downstream.WaitForBodyAsync(x.LastTunnelByte + x.TunnelTimeout);
        while (IsEarly(x, wait));
        return IsReady(x, wait);
    }

    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    private static async ValueTask<bool> WaitForOriginAsync(Exchange x, IUpstream upstream)
    {
        WaitResult wait;
        do wait = await upstream.Readable(x.LastTunnelByte + x.TunnelTimeout);
        while (IsEarly(x, wait));
        return IsReady(x, wait);
    }

    private static bool IsReady(Exchange x, WaitResult wait)
    {
        if (wait == WaitResult.TimedOut) x.Refuse(Refusal.TunnelIdleTimeout);
        return wait == WaitResult.Ready;
    }

    // Either direction's bytes keep the tunnel alive: since the wait began there were some.
    private static bool IsEarly(Exchange x, WaitResult wait) => wait == WaitResult.TimedOut && x.Owner.Loop.Now < x.LastTunnelByte + x.TunnelTimeout;

    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    private static async ValueTask<int> PaceAsync(Exchange x, int turn)
    {
        x.Owner.Mark(TurnSteps.Tunnel);
        x.LastTunnelByte = x.Owner.Loop.Now;
        if (turn < x.Owner.Loop.TurnBytes) return turn;
        await x.Owner.Loop.Yield();
        return 0;
    }

    /// <summary>One side failed: the other's method must not wait for it.</summary>
    public static void Break(Exchange x, IUpstream upstream)
    {
        upstream.CancelWaits();
        x.Downstream.Abort();
    }
}
