using System.Net;
using System.Net.Sockets;

namespace Weir.Load.Processes;

/// <summary>Ports that nobody listens on, below the range from which the kernel takes the clients' ports, each handed out once.</summary>
internal sealed class FreePorts
{
    private const int First = 18_000, Last = 32_000;

    private int _next = First + Random.Shared.Next(Last - First);

    public int Take()
    {
        for (int tries = First; tries < Last; tries++)
        {
            int port = _next;
            _next = _next + 1 < Last ? _next + 1 : First;
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
                return port;
            }
            catch (SocketException)
            {
            }
        }

        throw new BenchException("no free port on 127.0.0.1");
    }
}
