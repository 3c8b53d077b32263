using System.Collections.Concurrent;
using Weir.Http;
using Weir.Proxy.Model;
using Weir.Proxy.Requests;
using Weir.Reactor.Sockets;

namespace Weir.Proxy.Listeners;

/// <summary>
/// Counts a listener's connections over all loops, in all and per address (an IPv6 client owns its /64). SharedState: an atomic for
/// the whole, a striped table for the addresses, looked at once per connection and only when there is a limit.
/// </summary>
internal sealed class Admission
{
    private readonly ConcurrentDictionary<UInt128, int> _perAddress = new();
    private int _open;

    public int Open => Volatile.Read(ref _open);

    /// <summary>None: it is let in. <paramref name="counted"/> goes to <see cref="Leave"/>, whatever a reload changes meanwhile.</summary>
    public Refusal Enter(Listener listener, PeerAddress peer, out bool counted)
    {
        counted = false;
        if (Interlocked.Increment(ref _open) > listener.MaxConnections)
        {
            Interlocked.Decrement(ref _open);
            return Refusal.TooManyConnections;
        }

        if (listener.MaxConnectionsPerAddress == 0 || IsExempt(listener, peer)) return Refusal.None;
        counted = true;
        if (_perAddress.AddOrUpdate(Key(peer), 1, static (_, n) => n + 1) <= listener.MaxConnectionsPerAddress) return Refusal.None;
        Leave(peer, counted);
        return Refusal.TooManyConnectionsFromAddress;
    }

    public void Leave(PeerAddress peer, bool counted)
    {
        Interlocked.Decrement(ref _open);
        if (!counted) return;
        var key = Key(peer);
        while (_perAddress.TryGetValue(key, out var count))
        {
            if (count > 1 ? _perAddress.TryUpdate(key, count - 1, count) : _perAddress.TryRemove(new KeyValuePair<UInt128, int>(key, count))) return;
        }
    }

    private static bool IsExempt(Listener listener, PeerAddress peer)
        => !listener.TrustedProxies.IsEmpty && listener.TrustedProxies.Contains(ForwardingFields.ToIp(peer));

    private static UInt128 Key(PeerAddress peer)
    {
        var address = ForwardingFields.ToIp(peer);
        return address.IsV4 ? address.Bits : address.Bits & ~(UInt128)ulong.MaxValue;
    }
}
