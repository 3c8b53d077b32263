using System.Net;
using System.Runtime.CompilerServices;
using Weir.Async;
using Weir.Reactor;
using Weir.Reactor.Buffers;
using Weir.Reactor.Sockets;
using Weir.Reactor.Waiting;

namespace Weir.Spikes;

/// <summary>
/// Answers every request with a fixed reply. Styles: one flat method, or two nested levels that suspend twice each per request,
/// built by the path builder, by the default one, and by the library's pooling one.
/// </summary>
internal sealed class EchoSpike(Loop loop, string style) : IAcceptTarget
{
    private static readonly byte[] Reply = "HTTP/1.1 200 OK\r\nContent-Length: 13\r\nContent-Type: text/plain\r\n\r\nHello, World!"u8.ToArray();
    private static long s_requests;

    private readonly long[] _perLoop = new long[8];

    public static int Run(int port, int count, bool group, string style)
    {
        var socket = ListeningSocket.Bind(Weir.Reactor.Sockets.SocketAddress.From(new IPEndPoint(IPAddress.Loopback, port)), 4096, group ? count : 1);
        var loops = Enumerable.Range(0, count).Select(i => new Loop(i)).ToArray();
        var acceptors = loops.Select(loop => new Acceptor(loop, socket, new EchoSpike(loop, style))).ToArray();
        for (var i = 0; i < count; i++)
        {
            loops[i].Start();
            loops[i].Post(static state => ((Acceptor)state!).Start(), acceptors[i]);
        }

        var (requests, bytes) = (0L, 0L);
        while (Console.In.ReadLine() is not null)
        {
            var (r, b) = (Volatile.Read(ref s_requests), GC.GetTotalAllocatedBytes());
            Console.WriteLine($"accepted {string.Join(" / ", acceptors.Select(a => a.Accepted))}; open {string.Join(" / ", loops.Select(l => l.Transports.Open))}; "
                + $"{r - requests} requests, {(double)(b - bytes) / Math.Max(1, r - requests):F2} B each; passes {string.Join(" / ", loops.Select(l => l.Counters.Passes))}");
            (requests, bytes) = (r, b);
        }

        return 0;
    }

    public void OnAccepted(Transport transport)
    {
        _perLoop[loop.Index]++;
        if (style == "flat") _ = ServeFlat(transport);
        else _ = Serve(transport);
    }

    private async Detached ServeFlat(Transport transport)
    {
        while (true)
        {
            if (await transport.Readable(long.MaxValue) != WaitResult.Ready) break;
            var result = Step(transport);
            if (result == 0 || result == Transport.Failed) break;
        }

        transport.Close();
    }

    private async Detached Serve(Transport transport)
    {
        while (true)
        {
            var result = style switch
            {
                "nested" => await OuterPath(transport),
                "pooling" => await OuterPooling(transport),
                _ => await OuterDefault(transport),
            };
            if (result == 0 || result == Transport.Failed) break;
        }

        transport.Close();
    }

    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    private async ValueTask<int> OuterPath(Transport transport)
    {
        var result = await InnerPath(transport);
        await loop.Yield();
        return result;
    }

    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    private async ValueTask<int> InnerPath(Transport transport)
    {
        await transport.Readable(long.MaxValue);
        await loop.Yield();
        return Step(transport);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> OuterPooling(Transport transport)
    {
        var result = await InnerPooling(transport).ConfigureAwait(false);
        await loop.Yield();
        return result;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> InnerPooling(Transport transport)
    {
        await transport.Readable(long.MaxValue);
        await loop.Yield();
        return Step(transport);
    }

    private async ValueTask<int> OuterDefault(Transport transport)
    {
        var result = await InnerDefault(transport);
        await loop.Yield();
        return result;
    }

    private async ValueTask<int> InnerDefault(Transport transport)
    {
        await transport.Readable(long.MaxValue);
        await loop.Yield();
        return Step(transport);
    }

    private unsafe int Step(Transport transport)
    {
        var lease = loop.Buffers.Rent(BufferSize.Small);
        var received = transport.TryReceive(ref lease);
        if (received > 0)
        {
            s_requests++;
            fixed (byte* reply = Reply) transport.TrySend(reply, Reply.Length);
        }

        loop.Buffers.Return(ref lease);
        return received;
    }
}
