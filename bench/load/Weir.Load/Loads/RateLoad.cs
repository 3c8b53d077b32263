using System.Net.Sockets;

namespace Weir.Load.Loads;

/// <summary>
/// A fixed rate, evenly spaced: a request is due every so many microseconds whether or not earlier ones were answered, and its latency counts from when
/// it was due. Within this program, on one thread that sleeps between events.
/// </summary>
internal sealed record RateLoad(int PerSecond, int Connections, string Path) : LoadShape
{
    public override string Description => $"{PerSecond} requests a second, evenly spaced, over {Connections} connections";

    public override LoadRun Start(int port, int seconds) => new Run(new RateClient(PerSecond, Connections, port, Path, seconds));

    private sealed class Run : LoadRun
    {
        private readonly RateClient _client;
        private readonly Thread _thread;
        private LoadResult? _result;
        private Exception? _failure;

        public Run(RateClient client)
        {
            _client = client;
            _thread = new Thread(Work) { IsBackground = true, Name = "rate" };
            _thread.Start();
        }

        public override LoadResult Finish(CancellationToken cancel)
        {
            while (!_thread.Join(50))
                cancel.ThrowIfCancellationRequested();
            return _result ?? throw new BenchException($"the fixed-rate load failed: {_failure?.Message}");
        }

        public override void Dispose()
        {
            _client.Stop();
            _thread.Join(2000);
        }

        private void Work()
        {
            try
            {
                _result = _client.Run();
            }
            catch (Exception e) when (e is SocketException or BenchException)
            {
                _failure = e;
            }
        }
    }
}
