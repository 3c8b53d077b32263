using System.Net;
using Weir.Sdk.Policies;

namespace Weir.Sdk.Expressions.Nodes;

/// <summary><c>client.ip</c>, <c>peer.ip</c>.</summary>
internal sealed class AddressNode(Func<ExchangeAccess, IPAddress> read) : Node
{
    public override ExpressionType Type => ExpressionType.Address;

    public AddressBits Get(ref Evaluation e) => AddressBits.From(read(e.Exchange));

    public override bool TryWrite(ref Evaluation e, ref ByteSink sink)
    {
        var address = read(e.Exchange);
        if (address.IsIPv4MappedToIPv6) return WriteMapped(address, ref sink);
        Span<byte> text = stackalloc byte[65];
        return address.TryFormat(text, out var length) && sink.TryWrite(text[..length]);
    }

    // As the client's IPv4 address, which is what logs and origins know it by.
    private static bool WriteMapped(IPAddress address, ref ByteSink sink)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        for (var i = 12; i < 16; i++)
            if ((i > 12 && !sink.TryWrite((byte)'.')) || !sink.TryWrite((long)bytes[i])) return false;
        return true;
    }
}

internal sealed class AddressIn(AddressNode address, AddressBlock[] blocks) : BooleanNode
{
    public override bool Get(ref Evaluation e)
    {
        var value = address.Get(ref e);
        foreach (ref readonly var block in blocks.AsSpan())
            if (block.Contains(value)) return true;
        return false;
    }
}

internal sealed class AddressEquals(AddressNode left, AddressNode right) : BooleanNode
{
    public override bool Get(ref Evaluation e) => left.Get(ref e) == right.Get(ref e);
}
