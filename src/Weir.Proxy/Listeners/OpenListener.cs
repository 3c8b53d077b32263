using Weir.Proxy.Model;
using Weir.Reactor.Sockets;

namespace Weir.Proxy.Listeners;

/// <summary>A listening address: its sockets and one door on each loop. What it is called may change while it stays open. Control plane.</summary>
internal sealed class OpenListener(string name, ListeningSocket socket, bool isDatagram)
{
    private readonly Admission _admission = new();
    private IDoor[] _doors = [];

    public string Name { get; private set; } = name;

    public ListeningSocket Socket => socket;

    /// <summary>It takes datagrams, not connections.</summary>
    public bool IsDatagram => isDatagram;

    /// <summary>Connections open, or sessions, on all loops.</summary>
    public int Open => _admission.Open;

    public long Accepted => _doors.Sum(static d => d.Accepted);

    public long Pauses => _doors.Sum(static d => d.Pauses);

    /// <summary>What passed, by loops; none of a listener that takes connections.</summary>
    public IEnumerable<DatagramCounters> Datagrams => _doors.OfType<DatagramDoor>().Select(static d => d.Counters);

    /// <summary>Accepts on all loops. They are on a version that has this listener.</summary>
    public async Task StartAsync(IReadOnlyList<ProxyLoop> loops)
    {
        _doors = [.. loops.Select(l => isDatagram ? (IDoor)new DatagramDoor(l, Name, socket, _admission) : new Door(l, Name, socket, _admission))];
        await EachAsync(static door => door.Start());
    }

    /// <summary>On the loop: a version is in force in which it has this name.</summary>
    public void Publish(ProxyLoop loop, Snapshot snapshot, string name)
    {
        Name = name;
        _doors[loop.Index].Publish(snapshot, name);
    }

    public Task StopAsync(bool drain) => EachAsync(door => door.Stop(drain));

    /// <summary>After a stop: the listener is gone.</summary>
    public async Task CloseAsync()
    {
        await EachAsync(static door => door.BeforeClose());
        socket.Dispose();
    }

    /// <summary>Endpoints were removed.</summary>
    public Task ForgetAsync() => isDatagram ? EachAsync(static door => door.Forget()) : Task.CompletedTask;

    /// <summary>Closes connections that wait for a request; how many are left.</summary>
    public async Task<int> CloseIdleAsync()
    {
        await EachAsync(static door => door.CloseIdle());
        return _admission.Open;
    }

    /// <summary>Ends the exchanges that are running.</summary>
    public Task CutOffAsync() => EachAsync(static door => door.CutOff());

    private async Task EachAsync(Action<IDoor> action)
    {
        foreach (var door in _doors) await door.Owner.RunAsync(_ => action(door));
    }
}
