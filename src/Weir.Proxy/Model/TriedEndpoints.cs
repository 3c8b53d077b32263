using System.Runtime.CompilerServices;

namespace Weir.Proxy.Model;

/// <summary>Endpoints that failed an exchange or a session, by their ids: the last ten.</summary>
internal struct TriedEndpoints
{
    private Ids _ids;
    private int _count;

    public readonly int Count => _count;

    public void Add(EndpointState endpoint) => _ids[_count++ % Ids.Length] = endpoint.Id;

    public readonly bool Contains(EndpointState endpoint)
    {
        for (var i = 0; i < _count && i < Ids.Length; i++)
            if (_ids[i] == endpoint.Id) return true;
        return false;
    }

    [InlineArray(Length)]
    private struct Ids
    {
        public const int Length = 10;
        private int _first;
    }
}
