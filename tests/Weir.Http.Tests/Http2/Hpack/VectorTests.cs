using System.Text.Json;
using Weir.Http.Http1;
using Weir.Http.Http2.Hpack;

namespace Weir.Http.Tests.Http2.Hpack;

/// <summary>The stories of other encoders are understood, and what they say goes through our own encoder unchanged.</summary>
public sealed class VectorTests
{
    private const int Unlimited = 1 << 20;

    [VectorsFact("hpack")]
    public void Every_story_is_decoded_whole_and_split_anywhere()
    {
        var cases = 0;
        foreach (var piece in new[] { int.MaxValue, 1, 7 })
        {
            foreach (var (name, story) in Stories())
            {
                using var decoder = new HpackDecoder { MaxListSize = Unlimited };
                foreach (var one in story)
                {
                    if (one.TableSize is { } size) decoder.SetTableLimit(size);
                    decoder.Decode(one.Wire, out var fields, piece).ShouldBe(HpackFault.None, name);
                    fields.ShouldBe(one.Fields, name);
                    cases++;
                }
            }
        }

        cases.ShouldBeGreaterThan(100);
    }

    [VectorsFact("hpack")]
    public void What_the_encoder_writes_is_what_the_decoder_reads()
    {
        var to = new byte[64 * 1024];
        foreach (var huffman in new[] { false, true })
        {
            foreach (var (name, story) in Stories())
            {
                using var decoder = new HpackDecoder { MaxListSize = Unlimited };
                var encoder = new HpackEncoder { UsesHuffman = huffman };
                foreach (var one in story)
                {
                    if (one.TableSize is { } size)
                    {
                        encoder.SetPeerLimit((uint)size);
                        decoder.SetTableLimit(size);
                    }

                    var writer = new HpackWriter(to, encoder);
                    foreach (var (field, value) in one.Fields)
                    {
                        if (field[0] == ':') writer.Pseudo(NativeText.Bytes(field), NativeText.Bytes(value));
                        else writer.Field(NativeText.Bytes(field), NativeText.Bytes(value));
                    }

                    writer.End(out var written).ShouldBe(WriteOutcome.Written);
                    decoder.Decode(to.AsSpan(0, written), out var fields).ShouldBe(HpackFault.None, name);
                    fields.ShouldBe(one.Fields, name);
                    decoder.TableSize.ShouldBe(encoder.TableSize);
                }
            }
        }
    }

    private static IEnumerable<(string Name, List<Case> Story)> Stories()
    {
        foreach (var file in Directory.EnumerateFiles(VectorsFactAttribute.Folder("hpack"), "*.json", SearchOption.AllDirectories))
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(file));
            yield return (file, [.. document.RootElement.GetProperty("cases").EnumerateArray().Select(Read)]);
        }
    }

    private static Case Read(JsonElement one) => new(
        Convert.FromHexString(one.GetProperty("wire").GetString()!),
        one.TryGetProperty("header_table_size", out var size) && size.ValueKind == JsonValueKind.Number ? size.GetInt32() : null,
        [.. one.GetProperty("headers").EnumerateArray().Select(h => h.EnumerateObject().Single()).Select(p => (p.Name, p.Value.GetString()!))]);

    private sealed record Case(byte[] Wire, int? TableSize, List<(string, string)> Fields);
}
