using System.Diagnostics;
using System.Net.Sockets;
using Weir.Load.Loads;
using Weir.Load.Measure;
using Weir.Load.Peers;
using Weir.Load.Report;

namespace Weir.Load.Scenarios;

/// <summary>
/// What hostile frames of HTTP/2 cost: one connection after another sends as many of a kind as are not cut, and closes. A row of
/// connections that send none says what the connection itself costs, which is taken off.
/// </summary>
internal sealed class FloodScenario() : Scenario("h2-floods", "Hostile frames of HTTP/2 without TLS")
{
    private const double Limit = 2;

    private static readonly Flood Nothing = new("no frames", 0, [], static _ => []);

    public override ScenarioResult? Run(Rig rig)
    {
        IReadOnlyList<Peer> peers = PeersOf(rig, PeerCatalog.Weir);
        if (peers.Count == 0)
            return null;
        var notes = new List<string>();
        Column[] columns = [new("connection", "µs CPU/connection", "0.0"), .. Floods.All.Select(f => new Column(f.Name, $"{f.Name}, µs/frame", "0.00"))];
        var running = new List<RunningPeer>();
        try
        {
            foreach (Peer peer in peers)
                running.Add(rig.Start(new Entrant(peer.Name, peer) { Http2 = true }));
            var rows = running.Select(p => new Row(p.Label, Measure(rig, p, notes))).ToList();
            return new ScenarioResult(Name, Title, $"medians of {rig.Options.Rounds} round(s)", columns, rows)
            {
                Notes = notes,
                Bars = [.. rows.Where(r => r.Entrant == PeerCatalog.Weir).Select(r => Bar.OfValue("CPU of a hostile frame, µs, the dearest kind", Floods.All.Max(f => r.Values[f.Name]), Limit))],
            };
        }
        finally
        {
            running.ForEach(p => p.Dispose());
        }
    }

    private Dictionary<string, double> Measure(Rig rig, RunningPeer peer, List<string> notes)
    {
        var samples = Floods.All.Prepend(Nothing).ToDictionary(f => f.Name, _ => new List<double>());
        for (int round = 0; round <= rig.Options.Rounds; round++)
        {
            foreach (Flood flood in Floods.All.Prepend(Nothing))
            {
                rig.Progress.Step(Name, $"round {round}/{rig.Options.Rounds}  {peer.Label}  {flood.Name}");
                double cost = Send(rig, peer, flood, notes);
                rig.Progress.Done($"{cost,8:0.0} µs CPU/connection");
                // The first round warms up.
                if (round > 0)
                    samples[flood.Name].Add(cost);
            }
        }

        double Median(Flood flood) => Spread.Of(samples[flood.Name])?.Median ?? double.NaN;
        double alone = Median(Nothing);
        var values = new Dictionary<string, double> { ["connection"] = alone };
        foreach (Flood flood in Floods.All)
            values[flood.Name] = (Median(flood) - alone) / flood.Frames;
        return values;
    }

    private static double Send(Rig rig, RunningPeer peer, Flood flood, List<string> notes)
    {
        int count = flood.FramesEach == 0 ? 0 : flood.Frames / flood.FramesEach;
        byte[] bytes = [.. Floods.Preface, .. flood.First, .. Enumerable.Range(flood.First.Length > 0 ? 1 : 0, count).SelectMany(flood.Each), .. Floods.LastPing];
        byte[] buffer = new byte[64 * 1024];
        IReadOnlyList<int> processes = ProcessGroup.Members(peer.ProcessGroup);
        CpuTime before = CpuTime.Of(processes);
        long end = Stopwatch.GetTimestamp() + (rig.Options.Smoke ? Stopwatch.Frequency / 10 : Stopwatch.Frequency);
        int connections = 0, closed = 0;
        for (; Stopwatch.GetTimestamp() < end; connections++)
        {
            rig.Cancel.ThrowIfCancellationRequested();
            using Socket socket = RawHttp.Connect(peer.Port);
            socket.Send(bytes);
            if (!IsAnswered(socket, buffer))
                closed++;
        }

        if (closed > 0 && flood.Ends)
            notes.Add($"{peer.Label}: {closed} of {connections} connections with {flood.Name} were closed before all was looked at");
        return (CpuTime.Of(processes) - before).Nanoseconds / 1000.0 / connections;
    }

    // The last thing sent was looked at; false: the connection was closed instead.
    private static bool IsAnswered(Socket socket, byte[] buffer)
    {
        try
        {
            for (int length = 0; length < buffer.Length;)
            {
                int received = socket.Receive(buffer.AsSpan(length));
                if (received == 0)
                    return false;
                length += received;
                if (buffer.AsSpan(0, length).IndexOf(Floods.LastPong) >= 0)
                    return true;
            }
        }
        catch (SocketException)
        {
            // Closed with bytes under way.
        }

        return false;
    }
}
