using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using Weir.Async;
using Weir.Http;
using Weir.Http.WebSockets;
using Weir.Proxy.Wire;
using Weir.Reactor.Waiting;

namespace Weir.Proxy.Upstream;

/// <summary>
/// A WebSocket whose peers are asked by pings whether they are there. Bytes pass as in any <see cref="Tunnel"/>, but frames are followed:
/// a ping or a Close of Weir's own goes between two of them, and what answers such a ping goes no further. LoopState; reused.
/// </summary>
internal sealed class PingedTunnel
{
    // Of one tunnel: behind another Weir, or before one, each knows its own.
    private readonly byte[] _token = new byte[FrameWalker.TokenLength];
    private readonly TunnelWay _up = new();
    private readonly TunnelWay _down = new();
    private bool _isLeaving;

    public static bool IsWanted(Exchange x, ReadOnlySpan<byte> protocol) => x.RouteModel.Pings.Interval > 0 && Ascii.EqualsIgnoreCase(protocol, "websocket"u8);

    [AsyncMethodBuilder(typeof(PathMethodBuilder))]
    public async ValueTask RunAsync(Exchange x, IUpstream upstream)
    {
        var rules = x.RouteModel.Pings;
        var now = x.Owner.Loop.Now;
        RandomNumberGenerator.Fill(_token);
        _up.Start(now, asks: rules.ToOrigin, masks: true, Refusal.UpstreamPingTimeout);
        _down.Start(now, asks: rules.ToClient, masks: false, Refusal.PingTimeout);
        _isLeaving = false;
        x.IsPinged = true;
        var client = new ClientEnd(x);
        var origin = new OriginEnd(upstream);
        await Tunnel.BothAsync(x, upstream, PassAsync(x, _up, _down, client, origin), PassAsync(x, _down, _up, origin, client));
    }

    /// <summary>Weir stops: both peers are told so where a frame ends. Who takes nothing is not told.</summary>
    public void GoAway(Exchange x)
    {
        _isLeaving = true;
        if ((_up.IsWriting || _down.IsWriting) && x.Upstream is { } upstream) Tunnel.Break(x, upstream);
        x.Downstream.InterruptBody();
        x.Upstream?.InterruptReading();
    }

    [AsyncMethodBuilder(typeof(PathMethodBuilder))]
    private async ValueTask PassAsync<TFrom, TTo>(Exchange x, TunnelWay way, TunnelWay back, TFrom from, TTo to)
        where TFrom : struct, ITunnelEnd
        where TTo : struct, ITunnelEnd
    {
        var turn = 0;
        while (!_isLeaving)
        {
            var step = from.TryRead(out var piece);
            if (step == BodyStep.Piece)
            {
                if (!await WriteAsync(x, way, piece, to)) break;
                turn = await Tunnel.PaceAsync(x, turn + piece.Length);
            }
            else if (step == BodyStep.End)
            {
                if (!await EndAsync(way, to)) break;
                return;
            }
            else if (step == BodyStep.Fault || (!await WaitAsync(x, way, back, from, to) && !_isLeaving))
            {
                break;
            }
        }

        if (_isLeaving && await SayGoodbyeAsync(way, to)) return;
        if (x.Upstream is { } upstream) Tunnel.Break(x, upstream);
    }

    // While this end is written to, the other is not read: that it is not heard says nothing of it.
    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    private async ValueTask<bool> WriteAsync<TTo>(Exchange x, TunnelWay way, BodyPiece piece, TTo to)
        where TTo : struct, ITunnelEnd
    {
        way.IsWriting = true;
        var isWritten = await PassFramesAsync(x, way, piece, to);
        way.IsWriting = false;
        way.HeardAt = x.Owner.Loop.Now;
        return isWritten;
    }

    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    private async ValueTask<bool> PassFramesAsync<TTo>(Exchange x, TunnelWay way, BodyPiece piece, TTo to)
        where TTo : struct, ITunnelEnd
    {
        while (piece.Length > 0)
        {
            var cut = way.Walker.Cut(piece.Span, _token, way.Hold);
            var passed = piece[..cut.Pass];
            piece = piece[(cut.Pass + cut.Skip)..];
            if (cut.Pass > 0 && await to.WriteAsync(passed) != WireResult.Ok) return false;
            if (cut.Release > 0 && await to.WriteAsync(way.Held(cut.Release)) != WireResult.Ok) return false;
            if (cut.Pass + cut.Release == 0) continue;
            to.CountPassed(cut.Pass + cut.Release);
            x.LastTunnelByte = x.Owner.Loop.Now;
        }

        return await to.FlushAsync() == WireResult.Ok;
    }

    // A frame that was begun and held back is the peers' business, not ours.
    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    private static async ValueTask<bool> EndAsync<TTo>(TunnelWay way, TTo to)
        where TTo : struct, ITunnelEnd
    {
        way.IsEnded = true;
        if (way.Walker.Held > 0 && (await to.WriteAsync(way.Held(way.Walker.Held)) != WireResult.Ok || await to.FlushAsync() != WireResult.Ok)) return false;
        to.EndWriting();
        return true;
    }

    // True: there may be something to read.
    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    private async ValueTask<bool> WaitAsync<TFrom, TTo>(Exchange x, TunnelWay way, TunnelWay back, TFrom from, TTo to)
        where TFrom : struct, ITunnelEnd
        where TTo : struct, ITunnelEnd
    {
        var loop = x.Owner.Loop;
        while (!_isLeaving)
        {
            if (loop.Now >= x.LastTunnelByte + x.TunnelTimeout)
            {
                x.Refuse(Refusal.TunnelIdleTimeout);
                return false;
            }

            var care = way.CareFor(back, loop.Now, x.RouteModel.Pings, out var next);
            if (care == PeerCare.GiveUp)
            {
                x.Refuse(way.Reason);
                return false;
            }

            if (care == PeerCare.Ask)
            {
                if (!await AskAsync(x, way, to)) return false;
                continue;
            }

            var wait = await from.WaitAsync(Math.Min(x.LastTunnelByte + x.TunnelTimeout, next));
            if (wait != WaitResult.TimedOut) return wait == WaitResult.Ready;
        }

        return false;
    }

    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    private async ValueTask<bool> AskAsync<TTo>(Exchange x, TunnelWay way, TTo to)
        where TTo : struct, ITunnelEnd
    {
        var began = x.Owner.Loop.Now;
        way.IsWriting = true;
        var isWritten = await to.WriteAsync(way.Ping(_token)) == WireResult.Ok && await to.FlushAsync() == WireResult.Ok;
        way.IsWriting = false;
        way.AskedAt = x.Owner.Loop.Now;
        if (way.AskedAt > began) way.HeardAt = way.AskedAt;
        return isWritten;
    }

    // False: there is no place for it, and who is there sees the end only.
    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    private async ValueTask<bool> SayGoodbyeAsync<TTo>(TunnelWay way, TTo to)
        where TTo : struct, ITunnelEnd
    {
        if (!way.Walker.IsBetweenFrames) return false;
        if (!way.Walker.SawClose && (await to.WriteAsync(way.GoingAway()) != WireResult.Ok || await to.FlushAsync() != WireResult.Ok)) return false;
        to.EndWriting();
        return true;
    }
}
