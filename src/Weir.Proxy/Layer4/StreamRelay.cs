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
        var held = default(Held);
        var turn = 0;
        try
        {
            while (true)
            {
                var moved = held.IsEmpty ? Receive(x, from, to, isUp, maySplice, ref held) : Send(x, to, isUp, ref held);
                if (moved == 0)
                {
                    to.FinishSending();
                    return;
                }

                if (moved > 0)
                {
                    x.Owner.Mark(TurnSteps.Tunnel);
                    x.LastTunnelByte = loop.Now;
                    turn += moved;
                    if (!held.IsEmpty) continue;
                    if (turn < loop.TurnBytes) continue;
                    turn = 0;
                    await loop.Yield();
                    continue;
                }

                if (moved == Transport.Failed) break;
                turn = 0;
                var wait = held.IsEmpty ? await from.Readable(x.LastTunnelByte + idle) : await to.Writable(x.LastTunnelByte + idle);
                // Bytes of the other direction keep the connection too.
                if (wait == WaitResult.Ready || (wait == WaitResult.TimedOut && loop.Now < x.LastTunnelByte + idle)) continue;
                break;
            }

            // One side failed or fell silent: the other direction must not wait for it.
            x.Refuse(from.HungUp || to.HungUp ? (isUp == from.HungUp ? Refusal.ClientGone : Refusal.UpstreamReset) : x.CancelReason(Refusal.StreamIdleTimeout));
            Break(from, to);
        }
        catch
        {
            Break(from, to);
            throw;
        }
        finally
        {
            held.Release(loop);
        }
    }

    // Bytes read, as far as they go sent too; 0 at the end, WouldBlock when there are none, Failed.
    private static int Receive(Exchange x, Transport from, Transport to, bool isUp, bool maySplice, ref Held held)
    {
        var loop = x.Owner.Loop;
        int received;
        if (held.IsLarge && maySplice && (held.Pipe ??= loop.Pipes.TryRent()) is { } pipe)
        {
            received = from.TrySpliceTo(pipe, pipe.Capacity);
        }
        else
        {
            held.Lease = loop.Buffers.Rent(BufferSize.Medium);
            received = from.TryReceive(ref held.Lease);
        }

        held.IsLarge = received >= Large;
        if (received <= 0 || !held.IsLarge) held.ReleasePipe(loop, received);
        if (received > 0) return Send(x, to, isUp, ref held) == Transport.Failed ? Transport.Failed : received;
        loop.Buffers.Return(ref held.Lease);
        return received;
    }

    // Bytes sent of what is held; WouldBlock when there is no room, Failed.
    private static unsafe int Send(Exchange x, Transport to, bool isUp, ref Held held)
    {
        var sent = held.Pipe is { Filled: > 0 } pipe
            ? to.TrySpliceFrom(pipe, pipe.Filled, more: false)
            : to.TrySend(held.Lease.Pointer + held.Lease.Start, held.Lease.Available);
        if (sent <= 0) return sent == 0 ? Transport.WouldBlock : sent;
        if (!held.Lease.IsEmpty)
        {
            held.Lease.Consume(sent);
            if (held.Lease.Available == 0) x.Owner.Loop.Buffers.Return(ref held.Lease);
        }

        Count(x, sent, isUp);
        return sent;
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

    // What was read and is not sent yet, in a buffer or in a pipe.
    private struct Held
    {
        public Lease Lease;

        public Pipe? Pipe;

        /// <summary>The last piece was one for which a pipe pays.</summary>
        public bool IsLarge;

        public readonly bool IsEmpty => Lease.IsEmpty && Pipe is not { Filled: > 0 };

        // A pipe is kept from piece to piece, but not while there are none, nor for small ones.
        public void ReleasePipe(Reactor.Loop loop, int received)
        {
            if (Pipe is not { } pipe || (received > 0 && pipe.Filled > 0)) return;
            Pipe = null;
            loop.Pipes.Return(pipe);
        }

        public void Release(Reactor.Loop loop)
        {
            loop.Buffers.Return(ref Lease);
            if (Pipe is { } pipe) loop.Pipes.Return(pipe);
            Pipe = null;
        }
    }
}
