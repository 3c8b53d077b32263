using System.Runtime.CompilerServices;
using Weir.Reactor.Sockets;
using Weir.Reactor.Waiting;

namespace Weir.Reactor.Tests.Support;

/// <summary>What connections do in these tests, as path methods.</summary>
internal static class Reading
{
    /// <summary>Receives up to the buffer's length. Bytes, 0 at the end, <see cref="Transport.Failed"/>, or -10 less the outcome of a wait that was not Ready.</summary>
    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    public static async ValueTask<int> ReceiveAsync(this Transport transport, byte[] buffer, long patience = 10_000)
    {
        while (true)
        {
            var received = TryReceive(transport, buffer);
            if (received != Transport.WouldBlock) return received;
            var wait = await transport.Readable(transport.Loop.Now + patience);
            if (wait != WaitResult.Ready) return -10 - (int)wait;
        }
    }

    /// <summary>Sends everything. False when the connection failed or the wait was called off.</summary>
    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    public static async ValueTask<bool> SendAsync(this Transport transport, ReadOnlyMemory<byte> bytes, long patience = 10_000)
    {
        while (bytes.Length > 0)
        {
            var sent = TrySend(transport, bytes.Span);
            if (sent == Transport.Failed) return false;
            if (sent > 0) bytes = bytes[sent..];
            if (bytes.Length == 0) return true;
            if (await transport.Writable(transport.Loop.Now + patience) != WaitResult.Ready) return false;
        }

        return true;
    }

    /// <summary>Everything until the end of the stream, by receives of at most so many bytes.</summary>
    public static async ValueTask<byte[]> ReadToEndAsync(this Transport transport, int atMost = 64 * 1024)
    {
        var all = new MemoryStream();
        var buffer = new byte[atMost];
        while (true)
        {
            var received = await transport.ReceiveAsync(buffer);
            if (received < 0) throw new IOException($"After {all.Length} bytes: {received}, errno {transport.Errno}");
            if (received == 0) return all.ToArray();
            all.Write(buffer, 0, received);
        }
    }

    public static unsafe int TryReceive(this Transport transport, byte[] buffer)
    {
        fixed (byte* pointer = buffer) return transport.TryReceive(pointer, buffer.Length);
    }

    public static unsafe int TrySend(this Transport transport, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* pointer = bytes) return transport.TrySend(pointer, bytes.Length);
    }
}
