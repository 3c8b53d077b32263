using System.Runtime.InteropServices;
using System.Text;

namespace Weir.Http.Tests;

/// <summary>Bytes at a fixed place with poison behind them, as a receive buffer that a parser must not read past.</summary>
internal sealed unsafe class NativeText : IDisposable
{
    public NativeText(ReadOnlySpan<byte> bytes)
    {
        Length = bytes.Length;
        Start = (byte*)NativeMemory.Alloc((nuint)bytes.Length + 64);
        new Span<byte>(Start, bytes.Length + 64).Fill(0xFE);
        bytes.CopyTo(new Span<byte>(Start, bytes.Length));
    }

    public byte* Start { get; }

    public int Length { get; }

    /// <summary>One byte for one char, so that tests can write any byte in a string.</summary>
    public static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);

    public void Dispose() => NativeMemory.Free(Start);
}
