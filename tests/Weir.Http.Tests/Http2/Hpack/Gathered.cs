using System.Text;
using Weir.Http.Http2.Hpack;

namespace Weir.Http.Tests.Http2.Hpack;

/// <summary>A sink that keeps what it is given, as text.</summary>
internal readonly struct Gathered() : IHpackSink
{
    public List<(string Name, string Value)> Fields { get; } = [];

    public List<FieldMarks> Marks { get; } = [];

    public void Take(scoped in HpackField field)
    {
        Fields.Add((Encoding.Latin1.GetString(field.Name), Encoding.Latin1.GetString(field.Value)));
        Marks.Add(field.Marks);
    }
}

/// <summary>Blocks as text: hex digits, spaces ignored.</summary>
internal static class Block
{
    public static byte[] Hex(string digits) => Convert.FromHexString(digits.Replace(" ", "", StringComparison.Ordinal));

    /// <summary>Decodes a block in pieces of this size.</summary>
    public static HpackFault Decode(this HpackDecoder decoder, ReadOnlySpan<byte> block, out List<(string Name, string Value)> fields, int piece = int.MaxValue)
    {
        var sink = new Gathered();
        fields = sink.Fields;
        while (true)
        {
            var length = Math.Min(piece, block.Length);
            var fault = decoder.Decode(block[..length], length == block.Length, ref sink);
            if (fault != HpackFault.None || length == block.Length) return fault;
            block = block[length..];
        }
    }

    public static HpackFault Decode(this HpackDecoder decoder, string hex) => decoder.Decode(Hex(hex), out _);

    public static string Text(this List<(string Name, string Value)> fields) => string.Join('\n', fields.Select(f => f.Name + ": " + f.Value));
}
