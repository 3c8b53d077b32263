using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Weir.Http.Fields;

/// <summary>
/// What bytes a field may hold, RFC 9110 §5.1, §5.5 and §5.6.2. The one place that says so: parsers, writers and whoever adds
/// a field from outside text (a policy, a template) ask here.
/// </summary>
public static class FieldRules
{
    internal const byte Cr = (byte)'\r';
    internal const byte Lf = (byte)'\n';
    internal const byte Space = (byte)' ';
    internal const byte Tab = (byte)'\t';

    /// <summary>tchar.</summary>
    internal static readonly SearchValues<byte> TokenBytes =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    /// <summary>Bytes that end or spoil a value: every control byte but the tab.</summary>
    internal static readonly SearchValues<byte> ControlBytes = SearchValues.Create(MakeControls());

    /// <summary>One or more tchar.</summary>
    public static bool IsToken(ReadOnlySpan<byte> text) => !text.IsEmpty && !text.ContainsAnyExcept(TokenBytes);

    /// <summary>May stand before the colon.</summary>
    public static bool IsValidName(ReadOnlySpan<byte> name) => IsToken(name);

    /// <summary>May stand after the colon: no line ends, no NUL, no other control byte but the tab. obs-text is allowed.</summary>
    public static bool IsValidValue(ReadOnlySpan<byte> value) => !value.ContainsAny(ControlBytes);

    /// <summary>Without the optional whitespace around it: spaces and tabs only.</summary>
    public static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> value)
    {
        var start = 0;
        var end = value.Length;
        while (start < end && value[start] is Space or Tab) start++;
        while (end > start && value[end - 1] is Space or Tab) end--;
        return value[start..end];
    }

    /// <summary>
    /// The first of <see cref="ControlBytes"/>, or -1. Field values are short and end soon: a block at a time, without a call, is
    /// twice as fast here as the general search.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static int IndexOfControl(ReadOnlySpan<byte> text)
    {
        var at = 0;
        if (Vector256.IsHardwareAccelerated)
        {
            for (; at <= text.Length - Vector256<byte>.Count; at += Vector256<byte>.Count)
            {
                var block = Vector256.Create(text[at..]);
                var hits = Vector256.LessThan(block, Vector256.Create(Space)) & ~Vector256.Equals(block, Vector256.Create(Tab));
                var bits = (hits | Vector256.Equals(block, Vector256.Create((byte)0x7F))).ExtractMostSignificantBits();
                if (bits != 0) return at + BitOperations.TrailingZeroCount(bits);
            }
        }

        var found = text[at..].IndexOfAny(ControlBytes);
        return found < 0 ? -1 : at + found;
    }

    private static byte[] MakeControls()
    {
        var controls = new List<byte> { 0x7F };
        for (byte b = 0; b < 0x20; b++)
            if (b != Tab) controls.Add(b);
        return [.. controls];
    }
}
