using System.Net;
using System.Net.Sockets;

namespace Weir.Tests;

/// <summary>A port of loopback for what must know it before it listens.</summary>
internal static class FreePort
{
    /// <summary>Nothing listens on it now; somebody else may take it before its user does.</summary>
    public static int Find()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
