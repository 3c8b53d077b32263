using System.Runtime.CompilerServices;
using Weir.Async;
using Weir.Http;
using Weir.Http.Http1;
using Weir.Proxy.Wire;
using Weir.Reactor.Buffers;

namespace Weir.Proxy;

/// <summary>
/// An exchange that Weir starts for another one: the same routes, policies, pools and limits, on the same loop, with a caller in this
/// process in the client's place. It has the parent's deadline and client, and the log links the two.
/// </summary>
internal static class SubExchange
{
    /// <summary>How deep exchanges may start each other; deeper is a loop.</summary>
    public const int MaxDepth = 4;

    /// <summary>
    /// Runs to the end of the response, which is then in <paramref name="caller"/>. False: it was refused before it began, for its
    /// depth or because <paramref name="head"/> is no valid request head (HTTP/1.1 text with its closing empty line).
    /// </summary>
    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    public static async ValueTask<bool> RunAsync(Exchange parent, ReadOnlyMemory<byte> head, InProcessDownstream caller)
    {
        if (parent.Depth >= MaxDepth) return false;
        var owner = parent.Owner;
        if (head.Length > BufferPool.Capacity(BufferSize.Large)) return false;
        var lease = owner.Loop.Buffers.Rent(BufferPool.SizeFor(head.Length));
        var x = owner.RentExchange();
        x.Begin(caller, parent.Snapshot, parent.ListenerModel, parent.Peer);
        x.BeginBelow(parent);
        var accepted = Parse(x, head.Span, ref lease);
        if (accepted) await Pipeline.RunAsync(x);
        x.End();
        owner.Loop.Buffers.Return(ref lease);
        return accepted;
    }

    private static unsafe bool Parse(Exchange x, ReadOnlySpan<byte> head, ref Lease lease)
    {
        head.CopyTo(lease.Free);
        lease.End = head.Length;
        var state = default(Http1ParseState);
        var limits = new Http1Limits { StartLine = head.Length, Head = head.Length + 1, Fields = 1000 };
        var result = RequestParser.Parse(x.Request, lease.Pointer, lease.Available, limits, ref state);
        return result.Outcome == ParseOutcome.Done && result.Consumed == head.Length && x.Refusal == Refusal.None;
    }
}
