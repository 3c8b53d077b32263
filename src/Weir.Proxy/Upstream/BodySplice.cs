using System.Runtime.CompilerServices;
using Weir.Async;
using Weir.Http;
using Weir.Http.Messages;
using Weir.Proxy.Wire;
using Weir.Reactor.Sockets;
using Weir.Reactor.Waiting;

namespace Weir.Proxy.Upstream;

/// <summary>
/// Moves a large plain body from the origin's socket to the client's through a pipe: its bytes never enter this process. Only for
/// bodies of known length, since a chunked one must be read to find its end.
/// </summary>
internal static class BodySplice
{
    /// <summary>Bytes left to move from which a pipe costs less than copying through a buffer; ARCHITECTURE.md has the figures. Default 64 KiB.</summary>
    public static long Threshold { get; set; } = 64 * 1024;

    public static bool IsWorthwhile(Exchange x, UpstreamConnection connection)
        => connection.Reader is { Framing: BodyFraming.Length, HasUnread: false } reader && reader.Remaining >= Threshold && x.Downstream.Socket is { IsSecure: false } && !connection.Transport.IsSecure;

    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    public static async ValueTask<WireResult> RunAsync(Exchange x, UpstreamConnection connection)
    {
        var pipe = x.Owner.Loop.Pipes.TryRent();
        if (pipe is null) return WireResult.Ok;
        connection.Reader.Shrink(x.Response.Arena);
        try
        {
            var flushed = await x.Downstream.FlushAsync();
            return flushed == WireResult.Ok ? await MoveAsync(x, connection, pipe) : flushed;
        }
        finally
        {
            x.Owner.Loop.Pipes.Return(pipe);
        }
    }

    // The last part below the threshold goes this way too: the pipe is there.
    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    private static async ValueTask<WireResult> MoveAsync(Exchange x, UpstreamConnection connection, Pipe pipe)
    {
        var loop = x.Owner.Loop;
        var client = x.Downstream.Socket!;
        var reader = connection.Reader;
        var turn = 0;
        while (reader.Remaining > 0)
        {
            var received = connection.Transport.TrySpliceTo(pipe, (int)Math.Min(reader.Remaining, pipe.Capacity));
            if (received == Transport.WouldBlock)
            {
                turn = 0;
                var wait = await connection.Transport.Readable(loop.Now + x.RouteModel.IdleTimeout);
                if (wait == WaitResult.Ready) continue;
                x.Refuse(wait == WaitResult.TimedOut ? Refusal.UpstreamIdleTimeout : x.CancelReason(x.Refusal));
                return WireResult.Refused;
            }

            if (received <= 0)
            {
                x.Refuse(Refusal.UpstreamBodyTruncated);
                return WireResult.Refused;
            }

            reader.Skip(received);
            while (pipe.Filled > 0)
            {
                var sent = client.TrySpliceFrom(pipe, pipe.Filled, more: reader.Remaining > 0);
                if (sent == Transport.Failed) return WireResult.Failed;
                if (sent > 0)
                {
                    x.ResponseBodyBytes += sent;
                    x.Downstream.CountSpliced(sent);
                }

                if (pipe.Filled == 0) break;
                var wait = await client.Writable(loop.Now + x.ListenerModel.WriteTimeout);
                if (wait != WaitResult.Ready) return wait == WaitResult.TimedOut ? WireResult.TimedOut : WireResult.Cancelled;
            }

            turn += received;
            if (turn < loop.TurnBytes) continue;
            turn = 0;
            await loop.Yield();
        }

        return WireResult.Ok;
    }
}
