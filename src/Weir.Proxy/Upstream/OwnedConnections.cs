using Weir.Proxy.Model;
using Weir.Reactor.Sockets;

namespace Weir.Proxy.Upstream;

/// <summary>
/// The idle connections of a loop whose endpoints were told whom they are from, by the number of the client's connection. A header is said
/// once, so what comes after it is taken for that client's: none of them serves another. LoopState.
/// </summary>
internal sealed class OwnedConnections
{
    // A proxy in front may send any number of clients over one connection.
    private const int MostOfOne = 16;

    private readonly Dictionary<long, UpstreamConnection> _newest = [];

    public bool IsEmpty => _newest.Count == 0;

    /// <summary>One more idle one; the oldest of its owner when that has too many.</summary>
    public UpstreamConnection? Add(UpstreamConnection connection)
    {
        connection.NextOwned = _newest.GetValueOrDefault(connection.Client);
        _newest[connection.Client] = connection;
        var last = connection;
        var count = 1;
        for (; last.NextOwned is { } next; last = next) count++;
        return count > MostOfOne ? last : null;
    }

    public void Remove(UpstreamConnection connection)
    {
        var newest = _newest[connection.Client];
        if (newest == connection)
        {
            if (connection.NextOwned is { } next) _newest[connection.Client] = next;
            else _newest.Remove(connection.Client);
        }
        else
        {
            while (newest.NextOwned != connection) newest = newest.NextOwned!;
            newest.NextOwned = connection.NextOwned;
        }

        connection.NextOwned = null;
    }

    /// <summary>The one of this client to this endpoint that was used last, if any. One connection may bring several clients.</summary>
    public UpstreamConnection? Find(long client, PeerAddress peer, EndpointState endpoint)
    {
        for (var connection = _newest.GetValueOrDefault(client); connection is not null; connection = connection.NextOwned)
            if (connection.Endpoint == endpoint && connection.ClientPeer == peer) return connection;
        return null;
    }

    /// <summary>Any one of this client.</summary>
    public UpstreamConnection? First(long client) => _newest.GetValueOrDefault(client);
}
