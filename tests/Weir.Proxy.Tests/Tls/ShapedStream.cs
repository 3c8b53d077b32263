using System.Net.Sockets;

namespace Weir.Proxy.Tests.Tls;

/// <summary>A socket's stream that sends every write as a test wants it sent. Writes are counted from 0.</summary>
internal sealed class ShapedStream(Socket socket, Func<int, byte[], IEnumerable<byte[]>> shape) : Stream
{
    private readonly NetworkStream _wire = new(socket, ownsSocket: false);
    private int _writes;

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>Each byte by itself.</summary>
    public static IEnumerable<byte[]> OneByOne(int write, byte[] bytes) => bytes.Select(static b => new[] { b });

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        foreach (var part in shape(_writes++, buffer.ToArray())) await _wire.WriteAsync(part, cancellationToken);
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => _wire.ReadAsync(buffer, cancellationToken);

    public override int Read(byte[] buffer, int offset, int count) => _wire.Read(buffer, offset, count);

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
