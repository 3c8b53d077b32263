using System.Buffers.Text;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using Weir.Http.Fields;
using Weir.Http.Messages;

namespace Weir.Http.Http1;

public enum WriteOutcome : byte
{
    Written,

    /// <summary>The destination is too small: grow it and write again from the start.</summary>
    TooSmall,

    /// <summary>A field that was added holds bytes that would end its line. Nothing may be sent; this is a bug of whoever added it.</summary>
    Invalid,
}

/// <summary>
/// Writes one HTTP/1 head into a span. Failure sticks: write everything, then ask once by <see cref="End"/>.
/// Text that a parser has checked is copied; any other text is checked for line ends, NUL and control bytes before it is written.
/// </summary>
public ref struct HeadWriter(Span<byte> destination)
{
    private Span<byte> _to = destination;
    private int _at;
    private WriteOutcome _outcome;

    /// <summary>Bytes written so far; 0 after a failure.</summary>
    public readonly int Written => _at;

    /// <summary>The empty line. After Written, <paramref name="written"/> bytes are the head.</summary>
    public WriteOutcome End(out int written)
    {
        Raw("\r\n"u8);
        written = _at;
        return _outcome;
    }

    /// <summary>One field from text that nobody has checked.</summary>
    public void Field(scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> value)
    {
        if (!FieldRules.IsValidName(name))
        {
            Fail(WriteOutcome.Invalid);
            return;
        }

        StartField(name);
        Checked(value);
        EndField();
    }

    /// <summary>A field whose value is written in pieces; end it by <see cref="EndField"/>. The name is the caller's own constant.</summary>
    public void StartField(scoped ReadOnlySpan<byte> name)
    {
        Debug.Assert(FieldRules.IsValidName(name));
        Raw(name);
        Raw(": "u8);
    }

    public void EndField() => Raw("\r\n"u8);

    /// <summary>A piece of a value that nobody has checked.</summary>
    public void Checked(scoped ReadOnlySpan<byte> value)
    {
        if (FieldRules.IsValidValue(value)) Raw(value);
        else Fail(WriteOutcome.Invalid);
    }

    /// <summary>Bytes that are known to be right: constants, and what a parser or this library made.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Raw(scoped ReadOnlySpan<byte> text)
    {
        if (text.Length > _to.Length - _at)
        {
            Fail(WriteOutcome.TooSmall);
            return;
        }

        text.CopyTo(_to[_at..]);
        _at += text.Length;
    }

    public void Decimal(long number)
    {
        if (Utf8Formatter.TryFormat(number, _to[_at..], out var digits)) _at += digits;
        else Fail(WriteOutcome.TooSmall);
    }

    /// <summary>A request target or a part of one: checked for anything but visible ASCII when it did not come off the wire.</summary>
    public void Target(TextArena arena, TextSlice text)
    {
        if (text.Offset >= 0) Raw(arena[text]);
        else Target(arena[text]);
    }

    /// <summary>A request target that nobody has checked.</summary>
    public void Target(scoped ReadOnlySpan<byte> text)
    {
        if (text.ContainsAnyExceptInRange((byte)'!', (byte)'~')) Fail(WriteOutcome.Invalid);
        else Raw(text);
    }

    /// <summary>
    /// Copies the fields that are not in <paramref name="skip"/> and not taken out, then those that the overlay adds and that are not
    /// in <paramref name="skipAdded"/>. Names keep their case.
    /// </summary>
    public void Fields(FieldTable fields, FieldOverlay? overlay, FieldSet skip, FieldSet skipAdded)
    {
        if (overlay is { IsEmpty: true }) overlay = null;
        skip = skip.With(KnownField.Removed);
        var arena = fields.Arena;
        // Neighbours that stand in the wire as they are written go over in one copy.
        int runStart = 0, runEnd = 0;
        for (var i = 0; i < fields.Count; i++)
        {
            ref readonly var field = ref fields.At(i);
            if (skip.Contains(field.Id) || (overlay is not null && overlay.IsRemoved(i))) continue;
            if (arena.IsWireLine(field.Name, field.Value))
            {
                if (field.Name.Offset != runEnd)
                {
                    Raw(arena[new TextSlice(runStart, runEnd - runStart)]);
                    runStart = field.Name.Offset;
                }

                runEnd = field.Value.Offset + field.Value.Length + 2;
                continue;
            }

            Raw(arena[new TextSlice(runStart, runEnd - runStart)]);
            runStart = runEnd = 0;
            CopyField(arena, field);
        }

        Raw(arena[new TextSlice(runStart, runEnd - runStart)]);
        if (overlay is not null) Fields(overlay.Added, null, skipAdded, skipAdded);
    }

    // What lies in the wire was checked by its parser; the own part may have been filled by anybody.
    private void CopyField(TextArena arena, in Field field)
    {
        var name = arena[field.Name];
        var value = arena[field.Value];
        if ((field.Name.Offset < 0 && !FieldRules.IsValidName(name)) || (field.Value.Offset < 0 && !FieldRules.IsValidValue(value)))
        {
            Fail(WriteOutcome.Invalid);
            return;
        }

        Raw(name);
        Raw(": "u8);
        Raw(value);
        Raw("\r\n"u8);
    }

    /// <summary>Content-Length, Transfer-Encoding, or neither.</summary>
    public void Framing(BodyFraming framing, long length)
    {
        if (framing == BodyFraming.Chunked)
        {
            Raw("Transfer-Encoding: chunked\r\n"u8);
        }
        else if (framing == BodyFraming.Length)
        {
            Debug.Assert(length >= 0);
            Raw("Content-Length: "u8);
            Decimal(length);
            Raw("\r\n"u8);
        }
    }

    // Without room nothing more fits, so a later, shorter piece cannot slip in behind a gap.
    private void Fail(WriteOutcome outcome)
    {
        if (_outcome != WriteOutcome.Invalid) _outcome = outcome;
        _to = default;
        _at = 0;
    }
}
