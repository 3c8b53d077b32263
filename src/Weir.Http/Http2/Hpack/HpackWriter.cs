using System.Buffers.Text;
using System.Text;
using Weir.Http.Fields;
using Weir.Http.Http1;

namespace Weir.Http.Http2.Hpack;

/// <summary>
/// Writes one field block into a span. Failure sticks: write everything, then ask once by <see cref="End"/>. Text that nobody
/// has checked is checked when it is first put on the wire; what is found in the table was.
/// </summary>
public ref struct HpackWriter
{
    private const byte Indexed = 0x80;
    private const byte Indexing = 0x40;
    private const byte SizeUpdate = 0x20;
    private const byte NeverIndexed = 0x10;
    private const byte NotIndexed = 0x00;
    private const byte HuffmanBit = 0x80;

    private readonly HpackEncoder _encoder;
    private Span<byte> _to;
    private int _at;
    private WriteOutcome _outcome;

    public HpackWriter(Span<byte> destination, HpackEncoder encoder)
    {
        _encoder = encoder;
        _to = destination;
        if (!encoder.TryTakeUpdates(out var smallest, out var size)) return;
        if (smallest < size) Integer(SizeUpdate, 5, smallest);
        Integer(SizeUpdate, 5, size);
    }

    /// <summary>
    /// After Written, <paramref name="written"/> bytes are the block, which has to be sent. After anything else nothing may be sent,
    /// and the block may be written again.
    /// </summary>
    public readonly WriteOutcome End(out int written)
    {
        written = _at;
        if (_outcome != WriteOutcome.Written) _encoder.Abandon();
        return _outcome;
    }

    /// <summary>One field from text that nobody has checked; the name in any case. White space around the value is left out.</summary>
    public void Field(scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> value) => Field(name, value, KnownFields.Find(name), false, false);

    /// <summary>A field whose name is known and whose value needs no check.</summary>
    public void Known(KnownField id, scoped ReadOnlySpan<byte> value) => Write(KnownFields.Name(id), value, id, HpackEncoder.IsSecret(id), true);

    /// <summary>A field whose value is a number.</summary>
    public void Decimal(KnownField id, long number)
    {
        Span<byte> digits = stackalloc byte[20];
        if (!Utf8Formatter.TryFormat(number, digits, out var length)) Fail(WriteOutcome.Invalid);
        else Known(id, digits[..length]);
    }

    /// <summary>A pseudo-header field whose value the caller has checked.</summary>
    public void Pseudo(scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> value) => Write(name, value, KnownField.Other, false, true);

    /// <summary>The caller found something that must not be written.</summary>
    public void Invalid() => Fail(WriteOutcome.Invalid);

    /// <summary>
    /// Copies the fields that are not in <paramref name="skip"/> and not taken out, then those that the overlay adds and that are not
    /// in <paramref name="skipAdded"/>.
    /// </summary>
    public void Fields(FieldTable fields, FieldOverlay? overlay, FieldSet skip, FieldSet skipAdded)
    {
        if (overlay is { IsEmpty: true }) overlay = null;
        skip = skip.With(KnownField.Removed);
        var arena = fields.Arena;
        for (var i = 0; i < fields.Count; i++)
        {
            ref readonly var field = ref fields.At(i);
            if (skip.Contains(field.Id) || (overlay is not null && overlay.IsRemoved(i))) continue;
            // What lies in the wire was checked by its parser; the own part may have been filled by anybody.
            Field(arena[field.Name], arena[field.Value], field.Id, field.IsSensitive, (field.Name.Offset | field.Value.Offset) >= 0);
        }

        if (overlay is not null) Fields(overlay.Added, null, skipAdded, skipAdded);
    }

    private void Field(scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> value, KnownField id, bool sensitive, bool isChecked)
    {
        if (!isChecked) value = FieldRules.Trim(value);
        if (id != KnownField.Other)
        {
            Write(KnownFields.Name(id), value, id, sensitive || HpackEncoder.IsSecret(id), isChecked);
            return;
        }

        if (!isChecked && !FieldRules.IsValidName(name))
        {
            Fail(WriteOutcome.Invalid);
            return;
        }

        if (name.ContainsAnyInRange((byte)'A', (byte)'Z'))
        {
            if (name.Length > _encoder.LowerCase.Length)
            {
                LongName(name, value, sensitive, isChecked);
                return;
            }

            Ascii.ToLower(name, _encoder.LowerCase, out var length);
            name = _encoder.LowerCase.AsSpan(0, length);
        }

        Write(name, value, id, sensitive, isChecked);
    }

    // The name is in lower case.
    private void Write(scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> value, KnownField id, bool secret, bool isChecked)
    {
        var nameIndex = StaticTable.FindName(name, id);
        if (secret)
        {
            Literal(NeverIndexed, 4, nameIndex, name, value, isChecked);
            return;
        }

        var whole = nameIndex > 0 ? StaticTable.FindValue(nameIndex, value) : 0;
        if (whole > 0)
        {
            Integer(Indexed, 7, whole);
            return;
        }

        var table = _encoder.Table;
        var hash = HpackEncoder.Hash(name, id, value);
        var position = table.Find(hash, name, value);
        if (position >= 0)
        {
            Integer(Indexed, 7, StaticTable.Count + 1 + position);
            return;
        }

        if (nameIndex == 0) nameIndex = table.FindName(name, id) is >= 0 and var at ? StaticTable.Count + 1 + at : 0;
        if (!_encoder.IsWorthIndexing(id, hash, name.Length + value.Length))
        {
            Literal(NotIndexed, 4, nameIndex, name, value, isChecked);
            return;
        }

        Literal(Indexing, 6, nameIndex, name, value, isChecked);
        if (_outcome == WriteOutcome.Written) table.Add(new HpackField(name, value, id, PseudoField.None, FieldMarks.None), hash);
    }

    private void Literal(byte pattern, int prefixBits, int nameIndex, scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> value, bool isChecked)
    {
        if (!isChecked && !FieldRules.IsValidValue(value))
        {
            Fail(WriteOutcome.Invalid);
            return;
        }

        Integer(pattern, prefixBits, nameIndex);
        if (nameIndex == 0) Text(name);
        Text(value);
    }

    // Put in lower case where it is written.
    private void LongName(scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> value, bool sensitive, bool isChecked)
    {
        if (!isChecked && !FieldRules.IsValidValue(value))
        {
            Fail(WriteOutcome.Invalid);
            return;
        }

        Integer(sensitive ? NeverIndexed : NotIndexed, 4, 0);
        Integer(0, 7, name.Length);
        var start = _at;
        Raw(name);
        if (_at > start) Ascii.ToLowerInPlace(_to[start.._at], out _);
        Text(value);
    }

    private void Text(scoped ReadOnlySpan<byte> text)
    {
        var encoded = _encoder.UsesHuffman ? HuffmanEncoder.Length(text) : text.Length;
        if (encoded >= text.Length)
        {
            Integer(0, 7, text.Length);
            Raw(text);
            return;
        }

        Integer(HuffmanBit, 7, encoded);
        if (encoded > _to.Length - _at)
        {
            Fail(WriteOutcome.TooSmall);
            return;
        }

        HuffmanEncoder.Encode(text, _to.Slice(_at, encoded));
        _at += encoded;
    }

    private void Integer(byte pattern, int prefixBits, int value)
    {
        var written = HpackInteger.TryWrite(_to[_at..], pattern, prefixBits, value);
        if (written == 0) Fail(WriteOutcome.TooSmall);
        else _at += written;
    }

    private void Raw(scoped ReadOnlySpan<byte> text)
    {
        if (text.Length > _to.Length - _at)
        {
            Fail(WriteOutcome.TooSmall);
            return;
        }

        text.CopyTo(_to[_at..]);
        _at += text.Length;
    }

    // Without room nothing more fits, so a later, shorter piece cannot slip in behind a gap.
    private void Fail(WriteOutcome outcome)
    {
        if (_outcome != WriteOutcome.Invalid) _outcome = outcome;
        _to = default;
        _at = 0;
    }
}
