using Weir.Http.Http2.Hpack;

namespace Weir.Http.Tests.Http2.Messages;

/// <summary>Field blocks of literals, so that they can say anything: one "name: value" to a line, split at the first ": " behind the first byte.</summary>
internal static class Blocks
{
    public const string Get = ":method: GET\n:scheme: https\n:authority: a.example\n:path: /x";

    public static byte[] Of(string fields)
    {
        var block = new List<byte>();
        foreach (var line in fields.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var colon = line.IndexOf(": ", 1, StringComparison.Ordinal);
            block.Add(0);
            Add(block, line[..colon]);
            Add(block, line[(colon + 2)..]);
        }

        return [.. block];
    }

    private static void Add(List<byte> block, string text)
    {
        Span<byte> digits = stackalloc byte[HpackInteger.MaxWritten];
        var written = HpackInteger.TryWrite(digits, 0, 7, text.Length);
        foreach (var b in digits[..written]) block.Add(b);
        block.AddRange(NativeText.Bytes(text));
    }
}
