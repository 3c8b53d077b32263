using System.Runtime.CompilerServices;
using Weir.Reactor.Buffers;
using Weir.Reactor.Native;
using Weir.Reactor.Sockets;
using Weir.Reactor.Waiting;

namespace Weir.Reactor.Tests.Sockets;

/// <summary>The server's part in every <see cref="Ending"/>. Loop-confined.</summary>
internal sealed class EndingServer(Loop loop, SocketAddress nowhere) : IAcceptTarget
{
    private const int SendBuffer = 7;

    private readonly byte[] _large = new byte[256 * 1024];
    private readonly byte[] _scratch = new byte[1];

    /// <summary>Connections that went another way than their ending says.</summary>
    public List<string> Surprises { get; } = [];

    /// <summary>Methods that have not ended.</summary>
    public int Running { get; private set; }

    public int[] Seen { get; } = new int[(int)Ending.Count];

    public static EndingServer Create(TestLoop loop)
    {
        using var gone = AcceptQueue.BindLoopback();
        return new EndingServer(loop.Loop, gone.Address);
    }

    public void OnAccepted(Transport transport) => ServeAsync(transport);

    private async Detached ServeAsync(Transport transport)
    {
        Running++;
        var lease = loop.Buffers.Rent(BufferSize.Tiny);
        try
        {
            int first;
            while ((first = TryReceiveOne(transport, ref lease)) == Transport.WouldBlock)
                if (await transport.Readable(loop.Now + 15_000) != WaitResult.Ready) break;
            var ending = first > 0 ? (Ending)lease.Data[0] : Ending.ResetBeforeAccept;
            Seen[(int)ending]++;
            await EndAsync(transport, ending);
        }
        catch (Exception error)
        {
            Surprises.Add(error.Message);
        }
        finally
        {
            loop.Buffers.Return(ref lease);
            transport.Close();
            Running--;
        }
    }

    [AsyncMethodBuilder(typeof(PathMethodBuilder))]
    private async ValueTask EndAsync(Transport transport, Ending ending)
    {
        switch (ending)
        {
            case Ending.ClientFin:
                Expect(ending, await DrainAsync(transport, echo: false), 0);
                break;
            case Ending.ClientReset:
                await transport.SendAsync(_large.AsMemory(0, 1));
                Expect(ending, await DrainAsync(transport, echo: false), Transport.Failed);
                break;
            case Ending.DataAndFin:
                Expect(ending, await DrainAsync(transport, echo: true), 0);
                break;
            case Ending.HalfClose:
                Expect(ending, await DrainAsync(transport, echo: false), 0);
                await transport.SendAsync(_large.AsMemory(0, 3));
                break;
            case Ending.ServerReset:
                transport.Abort();
                break;
            case Ending.CloseWhileWriting:
                var writing = FillAsync(transport);
                await loop.Yield();
                transport.Close();
                // The client may have seen enough and gone before that.
                var end = await writing;
                if (end != Transport.Failed) Expect(ending, end, -10 - (int)WaitResult.Cancelled);
                break;
            case Ending.ResetWhileWriting:
                Expect(ending, await FillAsync(transport), Transport.Failed);
                break;
            case Ending.ReadTimeout:
                Expect(ending, await WaitAsync(transport, loop.Now + 1), (int)WaitResult.TimedOut);
                break;
            case Ending.CancelledWait:
                var waiting = WaitAsync(transport, long.MaxValue);
                transport.CancelWaits();
                Expect(ending, await waiting, (int)WaitResult.Cancelled);
                break;
            case Ending.CloseUnderReader:
                var reader = WaitAsync(transport, long.MaxValue);
                transport.Close();
                Expect(ending, await reader, (int)WaitResult.Cancelled);
                break;
            case Ending.ConnectRefused:
                await ConnectAsync(ending);
                break;
            case Ending.ConnectAbandoned:
                loop.Transports.Connect(nowhere, out _, out _)?.Close();
                break;
            case Ending.SpliceLeftover:
                await SpliceAsync(transport, ending);
                break;
            case Ending.Detached:
                loop.Transports.TryAdopt(transport.Detach())!.Close();
                break;
        }
    }

    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    private async ValueTask<int> WaitAsync(Transport transport, long deadline)
    {
        // The byte that was read filled its room, so there could be more: one look tells.
        var received = transport.TryReceive(_scratch);
        return received == Transport.WouldBlock ? (int)await transport.Readable(deadline) : received - 100;
    }

    // How reading ends.
    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    private async ValueTask<int> DrainAsync(Transport transport, bool echo)
    {
        var lease = loop.Buffers.Rent(BufferSize.Tiny);
        try
        {
            while (true)
            {
                var received = transport.TryReceive(ref lease);
                if (received == Transport.WouldBlock)
                {
                    var wait = await transport.Readable(loop.Now + 15_000);
                    if (wait != WaitResult.Ready) return -10 - (int)wait;
                    continue;
                }

                if (received <= 0) return received;
                if (echo) await transport.SendAsync(lease.Data.ToArray());
                lease.Start = lease.End = 0;
            }
        }
        finally
        {
            loop.Buffers.Return(ref lease);
        }
    }

    // Sends until it is ended: how.
    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    private async ValueTask<int> FillAsync(Transport transport)
    {
        Shrink(transport.Fd);
        while (true)
        {
            var sent = transport.TrySend(_large);
            if (sent == Transport.Failed) return sent;
            if (sent == _large.Length) continue;
            var wait = await transport.Writable(loop.Now + 15_000);
            if (wait != WaitResult.Ready) return -10 - (int)wait;
        }
    }

    [AsyncMethodBuilder(typeof(PathMethodBuilder))]
    private async ValueTask ConnectAsync(Ending ending)
    {
        var transport = loop.Transports.Connect(nowhere, out var pending, out var errno);
        if (transport is null)
        {
            Expect(ending, errno, Constants.ErrnoConnectionRefused);
            return;
        }

        if (pending) await transport.Writable(loop.Now + 15_000);
        Expect(ending, transport.TakeConnectError(), Constants.ErrnoConnectionRefused);
        transport.Close();
    }

    [AsyncMethodBuilder(typeof(PathMethodBuilder))]
    private async ValueTask SpliceAsync(Transport transport, Ending ending)
    {
        var pipe = loop.Pipes.TryRent()!;
        try
        {
            while (pipe.Filled < 100)
            {
                var moved = transport.TrySpliceTo(pipe, 100 - pipe.Filled);
                if (moved == Transport.WouldBlock) await transport.Readable(loop.Now + 15_000);
                else if (moved <= 0) Expect(ending, moved, 1);
            }

            Expect(ending, transport.TrySpliceFrom(pipe, 60, more: false), 60);
        }
        finally
        {
            loop.Pipes.Return(pipe);
        }
    }

    private static unsafe void Shrink(int fd)
    {
        var bytes = 4096;
        Libc.setsockopt(fd, Constants.LevelSocket, SendBuffer, &bytes, sizeof(int));
    }

    // One byte only, so that what follows it is for the ending to find.
    private static unsafe int TryReceiveOne(Transport transport, ref Lease lease)
    {
        var received = transport.TryReceive(lease.Pointer, 1);
        if (received > 0) lease.End = 1;
        return received;
    }

    private void Expect(Ending ending, int actual, int expected)
    {
        if (actual != expected && Surprises.Count < 20) Surprises.Add($"{ending}: {actual} instead of {expected}");
    }
}
