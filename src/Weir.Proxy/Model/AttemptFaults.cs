namespace Weir.Proxy.Model;

/// <summary>What went wrong with the attempts of an exchange, the first eight of them: a byte each, as a log record has room for.</summary>
internal readonly record struct AttemptFaults(ulong Bits)
{
    private const int FirstStatus = 16;

    public int Count => (71 - System.Numerics.BitOperations.LeadingZeroCount(Bits)) / 8;

    public AttemptFaults With(AttemptFault fault, int status)
    {
        var count = Count;
        if (count == 8) return this;
        var code = fault == AttemptFault.Status ? (ulong)(FirstStatus + Math.Clamp(status - 400, 0, 199)) : (ulong)fault;
        return new AttemptFaults(Bits | (code << (count * 8)));
    }

    /// <summary>The fault of one, and its status if it is that.</summary>
    public (AttemptFault Fault, int Status) this[int index]
    {
        get
        {
            var code = (int)(Bits >> (index * 8)) & 255;
            return code >= FirstStatus ? (AttemptFault.Status, code - FirstStatus + 400) : ((AttemptFault)code, 0);
        }
    }
}
