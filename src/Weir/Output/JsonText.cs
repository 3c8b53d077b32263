using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Weir.Output;

/// <summary>JSON for people too: indented, and with characters as they are. Never for a page of HTML, in which they would mean something.</summary>
internal static class JsonText
{
    private static readonly JsonWriterOptions Options = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Of<T>(T value, JsonTypeInfo<T> shape)
    {
        var text = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(text, Options)) JsonSerializer.Serialize(writer, value, shape);
        return Encoding.UTF8.GetString(text.WrittenSpan);
    }
}
