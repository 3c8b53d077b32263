using System.Buffers;
using Weir.Http.Fields;

namespace Weir.Http.Http2.Hpack;

/// <summary>The pseudo-header fields of RFC 9113 §8.3 and RFC 8441 §4.</summary>
public enum PseudoField : byte
{
    /// <summary>An ordinary field.</summary>
    None,

    /// <summary>A name that begins with a colon and means nothing.</summary>
    Unknown,
    Method,
    Scheme,
    Authority,
    Path,
    Protocol,
    Status,
}

/// <summary>What is wrong or notable with a field's bytes. Found once, when it comes as a literal, and kept with its table entry.</summary>
[Flags]
public enum FieldMarks : byte
{
    None = 0,

    /// <summary>Not a token in lower case. RFC 9113 §8.2.1.</summary>
    BadName = 1,

    /// <summary>A control byte in the value, or white space around it. RFC 9113 §8.2.1.</summary>
    BadValue = 2,

    /// <summary>The name may be an alias of a guarded one: see <see cref="FieldKinds.IsAliasOfGuarded"/>.</summary>
    Underscore = 4,

    /// <summary>The sender wants it in nobody's table; who passes it on has to say the same. RFC 7541 §6.2.3, §7.1.3.</summary>
    NeverIndexed = 8,
}

/// <summary>One decoded field. The text is valid only during the call that hands it out.</summary>
public readonly ref struct HpackField(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, KnownField id, PseudoField pseudo, FieldMarks marks)
{
    // RFC 9113 §8.2.1: as a token, but without capitals.
    private static readonly SearchValues<byte> NameBytes = SearchValues.Create("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"u8);

    public ReadOnlySpan<byte> Name { get; } = name;

    public ReadOnlySpan<byte> Value { get; } = value;

    public KnownField Id { get; } = id;

    public PseudoField Pseudo { get; } = pseudo;

    public FieldMarks Marks { get; } = marks;

    internal static PseudoField FindPseudo(ReadOnlySpan<byte> name)
    {
        if (name.IsEmpty || name[0] != (byte)':') return PseudoField.None;
        return name.Length switch
        {
            5 when name.SequenceEqual(":path"u8) => PseudoField.Path,
            7 when name.SequenceEqual(":method"u8) => PseudoField.Method,
            7 when name.SequenceEqual(":scheme"u8) => PseudoField.Scheme,
            7 when name.SequenceEqual(":status"u8) => PseudoField.Status,
            9 when name.SequenceEqual(":protocol"u8) => PseudoField.Protocol,
            10 when name.SequenceEqual(":authority"u8) => PseudoField.Authority,
            _ => PseudoField.Unknown,
        };
    }

    internal static FieldMarks MarkName(ReadOnlySpan<byte> name, KnownField id, PseudoField pseudo)
    {
        if (pseudo != PseudoField.None) return FieldMarks.None;
        if (name.IsEmpty || name.ContainsAnyExcept(NameBytes)) return FieldMarks.BadName;
        return id == KnownField.Other && name.Contains((byte)'_') ? FieldMarks.Underscore : FieldMarks.None;
    }

    internal static FieldMarks MarkValue(ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty) return FieldMarks.None;
        return IsBlank(value[0]) || IsBlank(value[^1]) || FieldRules.IndexOfControl(value) >= 0 ? FieldMarks.BadValue : FieldMarks.None;
    }

    private static bool IsBlank(byte b) => b is FieldRules.Space or FieldRules.Tab;
}

/// <summary>Takes the fields of one block as they are decoded.</summary>
public interface IHpackSink
{
    /// <summary>The next field. What the sink does not want it ignores: decoding goes on in any case.</summary>
    void Take(scoped in HpackField field);
}

/// <summary>For a block that nobody wants, which has to be decoded all the same to keep the table right.</summary>
public readonly struct DiscardSink : IHpackSink
{
    public void Take(scoped in HpackField field)
    {
    }
}
