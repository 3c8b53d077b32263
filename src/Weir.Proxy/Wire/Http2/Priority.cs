namespace Weir.Proxy.Wire.Http2;

/// <summary>How a client wants a response, RFC 9218 §4: urgency 0 to 7, lower is sooner, and whether parts of it are of use.</summary>
internal readonly record struct Priority(int Urgency, bool IsIncremental)
{
    public const int Lowest = 7;

    private const int Usual = 3;

    /// <summary>Of who says nothing.</summary>
    public static Priority Default => new(Usual, false);

    /// <summary>
    /// From a Priority field or PRIORITY_UPDATE, a dictionary of RFC 9651. What is not understood is as if it were not said: it is
    /// advice, and costs no more than one look.
    /// </summary>
    public static Priority Parse(ReadOnlySpan<byte> text)
    {
        var priority = Default;
        foreach (var range in text.Split((byte)','))
        {
            var member = text[range].Trim(" \t"u8);
            // Parameters of a member mean nothing here.
            if (member.IndexOf((byte)';') is >= 0 and var end) member = member[..end];
            if (member.Length == 3 && member.StartsWith("u="u8) && member[2] is >= (byte)'0' and <= (byte)'7') priority = priority with { Urgency = member[2] - '0' };
            else if (member.SequenceEqual("i"u8) || member.SequenceEqual("i=?1"u8)) priority = priority with { IsIncremental = true };
            else if (member.SequenceEqual("i=?0"u8)) priority = priority with { IsIncremental = false };
        }

        return priority;
    }
}
