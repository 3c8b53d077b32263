using System.Net.Security;
using System.Net.Sockets;

namespace Weir.Load.Loads;

/// <summary>Connections that each made one request and are then kept open, doing nothing.</summary>
internal sealed class IdleConnections : IDisposable
{
    private readonly List<Socket> _sockets = [];
    private readonly List<SslStream> _streams = [];

    public int Count => _sockets.Count;

    public static IdleConnections Open(int port, bool secure, string path, int count, CancellationToken cancel)
    {
        var all = new IdleConnections();
        byte[] request = RawHttp.Request(port, path);
        byte[] buffer = new byte[64 * 1024];
        try
        {
            for (int i = 0; i < count; i++)
            {
                cancel.ThrowIfCancellationRequested();
                if (all.Ask(port, secure, request, buffer).Status != 200)
                    throw new BenchException($"connection {i + 1} of {count} was not answered with 200");
            }

            return all;
        }
        catch
        {
            all.Dispose();
            throw;
        }
    }

    /// <summary>How many the proxy has closed on its own.</summary>
    public int Closed() => _sockets.Count(s => s.Poll(0, SelectMode.SelectRead));

    public void Dispose()
    {
        foreach (Socket socket in _sockets)
        {
            // An abortive close leaves no thousands of ports in TIME_WAIT for the next peer to run into.
            socket.LingerState = new LingerOption(true, 0);
            socket.Dispose();
        }

        _streams.ForEach(static s => s.Dispose());
        _streams.Clear();
        _sockets.Clear();
    }

    private Reply Ask(int port, bool secure, byte[] request, byte[] buffer)
    {
        if (secure)
        {
            SslStream stream = SecureHttp.Connect(port, resumes: false, _sockets.Add);
            _streams.Add(stream);
            return SecureHttp.Exchange(stream, request, buffer);
        }

        Socket socket = RawHttp.Connect(port);
        _sockets.Add(socket);
        return RawHttp.Exchange(socket, request, buffer);
    }
}
