using System.Buffers;
using System.Collections;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Weir.Config.Binding;
using Weir.Config.Records;
using Weir.Config.Shapes;

namespace Weir.Config.Digests;

/// <summary>
/// A value in its canonical form: defaults filled in, keys sorted, every text with its length before it, so that two different
/// configurations cannot read alike. Secrets go in with their values, so the form itself is never shown: only its hash leaves.
/// </summary>
internal sealed class CanonicalWriter
{
    private readonly ArrayBufferWriter<byte> _bytes = new(1024);

    public string Hash()
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(_bytes.WrittenSpan));
        _bytes.ResetWrittenCount();
        return hash;
    }

    public void Write(object? value, Shape shape)
    {
        if (value is null)
        {
            Mark('~');
            return;
        }

        switch (shape.Kind)
        {
            case ShapeKind.Record:
                WriteRecord(value, shape);
                break;
            case ShapeKind.List:
                Mark('[');
                foreach (var item in (IEnumerable)value) Write(item, shape.Element!);
                Mark(']');
                break;
            case ShapeKind.Map:
                WriteMap(value, shape);
                break;
            case ShapeKind.Policy:
                WritePolicy((PolicyConfig)value);
                break;
            default:
                Text(Scalar(value));
                break;
        }
    }

    public void Text(string text)
    {
        var length = Encoding.UTF8.GetByteCount(text);
        Encoding.UTF8.GetBytes(length.ToString(CultureInfo.InvariantCulture), _bytes);
        Mark(':');
        Encoding.UTF8.GetBytes(text, _bytes);
    }

    private void WriteRecord(object value, Shape shape)
    {
        Mark('{');
        foreach (var member in shape.Record.Sorted)
        {
            Text(member.Key);
            Write(member.Get(value), member.Shape);
        }

        Mark('}');
    }

    private void WriteMap(object value, Shape shape)
    {
        Mark('{');
        foreach (var (key, item) in MapItems.Of(value).OrderBy(p => p.Key, StringComparer.Ordinal))
        {
            Text(key);
            Write(item, shape.Element!);
        }

        Mark('}');
    }

    private void WritePolicy(PolicyConfig policy)
    {
        Mark('p');
        Text(policy.Name ?? "");
        Text(policy.Kind);
        Text(policy.When ?? "");
        Text(policy.Mode.ToString());
        if (policy.Settings is { } settings) Write(settings, Shapes.Shapes.Of(settings.GetType()));
    }

    private static string Scalar(object value) => value switch
    {
        string text => text,
        Secret secret => secret.Value,
        FileContent file => Convert.ToHexString(SHA256.HashData(file.Bytes.Span)),
        TimeSpan time => time.Ticks.ToString(CultureInfo.InvariantCulture),
        ByteSize size => size.Bytes.ToString(CultureInfo.InvariantCulture),
        Rate rate => Units.Write(rate),
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    private void Mark(char mark)
    {
        _bytes.GetSpan(1)[0] = (byte)mark;
        _bytes.Advance(1);
    }
}
