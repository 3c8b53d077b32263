using System.Buffers;
using Weir.Http.Messages;

namespace Weir.Proxy.Routes.Patterns;

/// <summary>Checks tokens (RFC 9110 §5.6.2): entries of <c>match.methods</c> and field names.</summary>
internal static class TokenPattern
{
    private static readonly SearchValues<char> Token = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~");

    public static bool IsToken(string text) => text.Length > 0 && !text.AsSpan().ContainsAnyExcept(Token);

    public static PatternFault? CheckMethod(string written)
    {
        if (written is "*") return new PatternFault("\"*\" is no method.", "leave methods out for any method");
        if (!IsToken(written)) return new PatternFault($"\"{written}\" is no method.");
        var upper = written.ToUpperInvariant();
        return upper != written && Enum.TryParse<HttpMethod>(upper, ignoreCase: true, out _)
            ? new PatternFault($"Methods are case-sensitive: no client sends \"{written}\".", $"write {upper}")
            : null;
    }
}
