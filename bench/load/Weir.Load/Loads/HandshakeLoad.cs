using System.Diagnostics;
using System.Net.Sockets;
using System.Security.Authentication;

namespace Weir.Load.Loads;

/// <summary>One request per connection over TLS, each but the first resuming the session of the one before: wrk cannot. On threads of this program.</summary>
internal sealed record HandshakeLoad(int Threads, string Path) : LoadShape
{
    public override string Description => $"{Threads} clients, a new TLS 1.3 connection for each request, sessions resumed";

    public override LoadRun Start(int port, int seconds) => new Run(this, port, seconds);

    private sealed class Run : LoadRun
    {
        private readonly Thread[] _threads;
        private readonly List<double> _latencies = [];
        private readonly string _path;
        private readonly int _port;
        private readonly long _end;
        private string? _problem;
        private long _failures;
        private volatile bool _stop;

        public Run(HandshakeLoad load, int port, int seconds)
        {
            (_path, _port) = (load.Path, port);
            _end = Stopwatch.GetTimestamp() + (seconds * Stopwatch.Frequency);
            _threads = [.. Enumerable.Range(0, load.Threads).Select(i => new Thread(Work) { IsBackground = true, Name = $"handshakes-{i}" })];
            foreach (Thread thread in _threads)
                thread.Start();
        }

        public override LoadResult Finish(CancellationToken cancel)
        {
            foreach (Thread thread in _threads)
            {
                while (!thread.Join(50))
                    cancel.ThrowIfCancellationRequested();
            }

            _latencies.Sort();
            double At(double part) => _latencies.Count == 0 ? double.NaN : _latencies[(int)((_latencies.Count - 1) * part)];
            return new LoadResult(_latencies.Count, _failures, _problem, At(0.5), At(0.99), At(1));
        }

        public override void Dispose()
        {
            _stop = true;
            foreach (Thread thread in _threads)
                thread.Join(2000);
        }

        private void Work()
        {
            byte[] request = RawHttp.Request(_port, _path);
            byte[] buffer = new byte[64 * 1024];
            while (!_stop && Stopwatch.GetTimestamp() < _end)
            {
                long began = Stopwatch.GetTimestamp();
                try
                {
                    using var stream = SecureHttp.Connect(_port, resumes: true);
                    int status = SecureHttp.Exchange(stream, request, buffer).Status;
                    lock (_latencies)
                    {
                        if (status == 200)
                            _latencies.Add(Stopwatch.GetElapsedTime(began).TotalMicroseconds);
                        else
                            Fail($"status {status}");
                    }
                }
                catch (Exception e) when (e is SocketException or IOException or AuthenticationException or BenchException)
                {
                    lock (_latencies)
                        Fail(e.Message);
                }
            }
        }

        private void Fail(string problem)
        {
            _failures++;
            _problem ??= problem;
        }
    }
}
