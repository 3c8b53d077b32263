using Weir.Proxy.Model;
using Weir.Reactor.Sockets;

namespace Weir.Proxy.Listeners;

/// <summary>A listener as bound: its sockets and one door on each loop. Control plane.</summary>
internal sealed class OpenListener(string asked, ListeningSocket socket)
{
    private readonly Admission _admission = new();
    private readonly List<(ProxyLoop Loop, Door Door)> _doors = [];

    /// <summary>The address as it was configured: while it stays, so do the sockets.</summary>
    public string Asked => asked;

    public ListeningSocket Socket => socket;

    /// <summary>Connections open on all loops.</summary>
    public int Open => _admission.Open;

    public long Accepted => _doors.Sum(static d => d.Door.Accepted);

    public long Pauses => _doors.Sum(static d => d.Door.Pauses);

    public async Task StartAsync(IReadOnlyList<ProxyLoop> loops, Listener listener)
    {
        foreach (var loop in loops)
        {
            await Gateway.OnLoopAsync(loop, l =>
            {
                var door = new Door(l, listener, socket, _admission);
                _doors.Add((l, door));
                door.Start();
            });
        }
    }

    public async Task StopAsync(bool drain)
    {
        foreach (var (loop, door) in _doors) await Gateway.OnLoopAsync(loop, _ => door.Stop(drain));
    }

    /// <summary>Closes connections that wait for a request; how many are left.</summary>
    public async Task<int> CloseIdleAsync()
    {
        foreach (var (loop, door) in _doors) await Gateway.OnLoopAsync(loop, _ => door.CloseIdle());
        return _admission.Open;
    }
}
