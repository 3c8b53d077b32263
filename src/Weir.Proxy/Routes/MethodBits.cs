using System.Numerics;
using System.Text;
using Weir.Http.Messages;

namespace Weir.Proxy.Routes;

/// <summary>
/// One bit per method: the known ones by their number, other tokens that routes list in the order they are seen, and bit 0 for
/// tokens that no route lists. Matching a method is then one AND.
/// </summary>
internal sealed class MethodBits
{
    public const ulong Any = ulong.MaxValue;
    public const ulong Unlisted = 1;
    public const ulong Get = 1UL << (int)HttpMethod.Get;
    public const ulong Head = 1UL << (int)HttpMethod.Head;
    public const ulong Options = 1UL << (int)HttpMethod.Options;

    private const int KnownCount = (int)HttpMethod.Patch + 1;

    private static readonly byte[][] KnownTokens = [.. Enum.GetNames<HttpMethod>().Select(n => Encoding.ASCII.GetBytes(n.ToUpperInvariant()))];

    private readonly List<byte[]> _others = [];

    /// <summary>Room that formatting needs at most.</summary>
    public int MaxFormatted => 80 + _others.Sum(t => t.Length + 2);

    /// <summary>The bit of a request's method. Tokens are case-sensitive, RFC 9110 §9.1.</summary>
    public ulong Of(HttpMethod method, ReadOnlySpan<byte> token)
    {
        if (method != HttpMethod.Other) return 1UL << (int)method;
        for (var i = 0; i < _others.Count; i++)
            if (token.SequenceEqual(_others[i])) return 1UL << (KnownCount + i);
        return Unlisted;
    }

    /// <summary>The bit of a listed token, given out when it is new; 0 when all bits are in use.</summary>
    public ulong Add(string token)
    {
        for (var i = 1; i < KnownCount; i++)
            if (Ascii.Equals(token, KnownTokens[i])) return 1UL << i;

        var bytes = Encoding.ASCII.GetBytes(token);
        var bit = Of(HttpMethod.Other, bytes);
        if (bit != Unlisted) return bit;
        if (KnownCount + _others.Count >= 64) return 0;
        _others.Add(bytes);
        return 1UL << (KnownCount + _others.Count - 1);
    }

    /// <summary>Writes "GET, HEAD, POST"; the bytes written.</summary>
    public int Format(ulong methods, Span<byte> destination)
    {
        var written = 0;
        for (var left = methods & ~Unlisted; left != 0; left &= left - 1)
        {
            var bit = BitOperations.TrailingZeroCount(left);
            if (bit >= KnownCount + _others.Count) break;
            if (written > 0)
            {
                ", "u8.CopyTo(destination[written..]);
                written += 2;
            }

            var token = Token(bit);
            token.CopyTo(destination[written..]);
            written += token.Length;
        }

        return written;
    }

    /// <summary>The set as text.</summary>
    public string Format(ulong methods)
    {
        var buffer = new byte[MaxFormatted];
        return Encoding.ASCII.GetString(buffer, 0, Format(methods, buffer));
    }

    /// <summary>The method of the lowest bit, as a request would have it.</summary>
    public (HttpMethod Method, string Token) First(ulong methods)
    {
        var bit = BitOperations.TrailingZeroCount(methods);
        return bit == 0 ? (HttpMethod.Get, "GET") : (bit < KnownCount ? (HttpMethod)bit : HttpMethod.Other, Encoding.ASCII.GetString(Token(bit)));
    }

    private byte[] Token(int bit) => bit < KnownCount ? KnownTokens[bit] : _others[bit - KnownCount];
}
