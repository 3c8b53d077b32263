namespace Weir.Output;

/// <summary>
/// Standard output or error, which may be closed or lead to a full disk. What cannot be written is lost, and the first reason is kept: a
/// program that serves must not end for its log.
/// </summary>
internal sealed class StandardStream(Stream stream) : Stream
{
    /// <summary>Why something was lost; null when all was written.</summary>
    public string? Failure { get; private set; }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        try
        {
            stream.Write(buffer);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            Failure ??= (failure.InnerException ?? failure).Message;
        }
    }

    // Nothing below it has a buffer.
    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
