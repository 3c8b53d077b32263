using System.Net;
using Weir.Http.Addresses;
using Weir.Sdk.Policies;

namespace Weir.Sdk.Expressions.Nodes;

/// <summary><c>client.ip</c>, <c>peer.ip</c>. An IPv4 address that came over an IPv6 socket is an IPv4 address.</summary>
internal sealed class AddressNode(Func<ExchangeAccess, IPAddress> read) : Node
{
    public override ExpressionType Type => ExpressionType.Address;

    public IpValue Get(ref Evaluation e) => IpValue.From(read(e.Exchange));

    public override bool TryWrite(ref Evaluation e, ref ByteSink sink)
    {
        Span<byte> text = stackalloc byte[IpText.MaxLength];
        return sink.TryWrite(text[..IpText.Format(Get(ref e), text)]);
    }
}

internal sealed class AddressIn(AddressNode address, CidrSet networks) : BooleanNode
{
    public override bool Get(ref Evaluation e) => networks.Contains(address.Get(ref e));
}

internal sealed class AddressEquals(AddressNode left, AddressNode right) : BooleanNode
{
    public override bool Get(ref Evaluation e) => left.Get(ref e) == right.Get(ref e);
}
