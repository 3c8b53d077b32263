using System.Runtime.CompilerServices;
using Weir.Async;
using Weir.Http;
using Weir.Reactor.Buffers;
using Weir.Reactor.Sockets;
using Weir.Reactor.Waiting;

namespace Weir.Proxy.Layer4;

/// <summary>
/// Bytes both ways until both sides have ended. Each direction has its own method and its own back-pressure: no more is read than the
/// other side takes. An end is passed on while the other direction goes on; a reset is passed on as one. What comes in large pieces goes
/// through a pipe and never enters this process.
/// </summary>
internal static class StreamRelay
{
    // A pipe costs two calls more than a buffer: it pays from pieces of this size.
    private const int Large = 16 * 1024;

    [AsyncMethodBuilder(typeof(PathMethodBuilder))]
    public static async ValueTask RunAsync(Exchange x, Transport client, Transport origin)
    {
        x.IsTunnel = true;
        x.LetGoOfSnapshot();
        x.LastTunnelByte = x.Owner.Loop.Now;
        var idle = x.ListenerModel.Stream!.IdleTimeout;
#pragma warning disable CA2012 // Awaited once, below: both directions must have ended before the exchange does.
        var upward = OneWayAsync(x, client, origin, isUp: true, idle);
#pragma warning restore CA2012
        try
        {
            await OneWayAsync(x, origin, client, isUp: false, idle);
        }
        finally
        {
            await upward;
        }
    }

    [AsyncMethodBuilder(typeof(PathMethodBuilder))]
    private static async ValueTask OneWayAsync(Exchange x, Transport from, Transport to, bool isUp, int idle)
    {
        var loop = x.Owner.Loop;
        var maySplice = !from.IsSecure && !to.IsSecure;
        var isLarge = false;
        var turn = 0;
        try
        {
            while (true)
            {
                var moved = isLarge ? await SpliceAsync(x, from, to, isUp, idle) : await CopyAsync(x, from, to, isUp, idle);
                if (moved == Transport.WouldBlock)
                {
                    turn = 0;
                    if (await WaitAsync(x, from, idle, forRoom: false)) continue;
                    break;
                }

                if (moved == 0)
                {
                    to.FinishSending();
                    return;
                }

                if (moved < 0) break;
                x.Owner.Mark(TurnSteps.Tunnel);
                x.LastTunnelByte = loop.Now;
                isLarge = maySplice && moved >= Large;
                turn += moved;
                if (turn < loop.TurnBytes) continue;
                turn = 0;
                await loop.Yield();
            }
        }
        catch
        {
            Break(from, to);
            throw;
        }

        // One side failed or fell silent: the other direction must not wait for it.
        x.Refuse(from.HungUp || to.HungUp ? (isUp == from.HungUp ? Refusal.ClientGone : Refusal.UpstreamReset) : x.CancelReason(Refusal.StreamIdleTimeout));
        Break(from, to);
    }

    // Bytes moved, all that were read; 0 at the end, WouldBlock when there are none, Failed.
    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    private static async ValueTask<int> CopyAsync(Exchange x, Transport from, Transport to, bool isUp, int idle)
    {
        var buffers = x.Owner.Loop.Buffers;
        var lease = buffers.Rent(BufferSize.Medium);
        try
        {
            var received = from.TryReceive(ref lease);
            if (received <= 0) return received;
            while (lease.Available > 0)
            {
                var sent = Send(to, lease);
                if (sent == Transport.Failed) return Transport.Failed;
                if (sent > 0)
                {
                    lease.Consume(sent);
                    Count(x, sent, isUp);
                }

                if (lease.Available > 0 && !await WaitAsync(x, to, idle, forRoom: true)) return Transport.Failed;
            }

            return received;
        }
        finally
        {
            buffers.Return(ref lease);
        }
    }

    // As CopyAsync, through a pipe.
    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    private static async ValueTask<int> SpliceAsync(Exchange x, Transport from, Transport to, bool isUp, int idle)
    {
        var pipes = x.Owner.Loop.Pipes;
        var pipe = pipes.TryRent();
        if (pipe is null) return await CopyAsync(x, from, to, isUp, idle);
        try
        {
            var received = from.TrySpliceTo(pipe, pipe.Capacity);
            if (received <= 0) return received;
            while (pipe.Filled > 0)
            {
                var sent = to.TrySpliceFrom(pipe, pipe.Filled, more: false);
                if (sent == Transport.Failed) return Transport.Failed;
                if (sent > 0) Count(x, sent, isUp);
                if (pipe.Filled > 0 && !await WaitAsync(x, to, idle, forRoom: true)) return Transport.Failed;
            }

            return received;
        }
        finally
        {
            pipes.Return(pipe);
        }
    }

    private static unsafe int Send(Transport to, in Lease lease) => to.TrySend(lease.Pointer + lease.Start, lease.Available);

    // Either direction's bytes keep the connection alive. False: it is over, or was silent for too long.
    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    private static async ValueTask<bool> WaitAsync(Exchange x, Transport transport, int idle, bool forRoom)
    {
        while (true)
        {
            var deadline = x.LastTunnelByte + idle;
            var wait = forRoom ? await transport.Writable(deadline) : await transport.Readable(deadline);
            if (wait == WaitResult.Ready) return true;
            if (wait == WaitResult.Cancelled || x.Owner.Loop.Now >= x.LastTunnelByte + idle) return false;
        }
    }

    private static void Count(Exchange x, int bytes, bool isUp)
    {
        if (isUp)
        {
            x.RelayedBytes += bytes;
            return;
        }

        x.ResponseBodyBytes += bytes;
        x.Downstream.CountSpliced(bytes);
    }

    private static void Break(Transport from, Transport to)
    {
        from.CancelWaits();
        to.CancelWaits();
    }
}
