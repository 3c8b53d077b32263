using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Weir.Load.Loads;

/// <summary>Clients with a port each, of which each sends a datagram, waits for it to come back, and sends the next. On a thread of this program.</summary>
internal sealed record UdpLoad(int Clients, int Bytes) : LoadShape
{
    public override string Description => $"{Clients} clients with a port each, datagrams of {Bytes} bytes, one under way for each";

    public override LoadRun Start(int port, int seconds) => new Run(this, port, seconds);

    private sealed class Run : LoadRun
    {
        // Longer than this it is lost.
        private const int Patience = 500;

        private readonly Socket[] _sockets;
        private readonly Thread _thread;
        private readonly List<float> _latencies = new(1 << 20);
        private readonly int _bytes;
        private readonly long _end;
        private long _lost;
        private volatile bool _stop;

        public Run(UdpLoad load, int port, int seconds)
        {
            _bytes = load.Bytes;
            _end = Stopwatch.GetTimestamp() + (seconds * Stopwatch.Frequency);
            _sockets = [.. Enumerable.Range(0, load.Clients).Select(_ => Open(port))];
            _thread = new Thread(Work) { IsBackground = true, Name = "udp" };
            _thread.Start();
        }

        public override LoadResult Finish(CancellationToken cancel)
        {
            while (!_thread.Join(50))
                cancel.ThrowIfCancellationRequested();
            _latencies.Sort();
            double At(double part) => _latencies.Count == 0 ? double.NaN : _latencies[(int)((_latencies.Count - 1) * part)];
            return new LoadResult(_latencies.Count, _lost, _lost > 0 ? $"{_lost} datagrams did not come back" : null, At(0.5), At(0.99), At(1));
        }

        public override void Dispose()
        {
            _stop = true;
            _thread.Join(2000);
            foreach (Socket socket in _sockets)
                socket.Dispose();
        }

        private static Socket Open(int port)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = Patience };
            socket.Connect(new IPEndPoint(IPAddress.Loopback, port));
            return socket;
        }

        private void Work()
        {
            byte[] datagram = new byte[_bytes];
            byte[] buffer = new byte[64 * 1024];
            long[] sent = new long[_sockets.Length];
            Array.Fill(sent, -1);
            while (!_stop && Stopwatch.GetTimestamp() < _end)
            {
                // What came back is answered at once, so that half of the clients wait while the other half is under way.
                for (int i = 0; i < _sockets.Length; i++)
                {
                    if (sent[i] >= 0)
                        Receive(i, buffer, sent);
                    sent[i] = Stopwatch.GetTimestamp();
                    _sockets[i].Send(datagram);
                }
            }

            for (int i = 0; i < _sockets.Length; i++)
            {
                if (sent[i] >= 0)
                    Receive(i, buffer, sent);
            }
        }

        private void Receive(int client, byte[] buffer, long[] sent)
        {
            _sockets[client].Receive(buffer, SocketFlags.None, out SocketError error);
            if (error == SocketError.Success)
                _latencies.Add((float)Stopwatch.GetElapsedTime(sent[client]).TotalMicroseconds);
            else
                _lost++;
        }
    }
}
