using System.Net;
using System.Net.Sockets;
using Weir.Config.Records;

namespace Weir.Control;

/// <summary>
/// A bound socket of the control plane, listening before anything serves it: an address that is taken is an error at the start, and
/// who connects early waits.
/// </summary>
internal sealed class AdminSocket : IDisposable
{
    private const int Backlog = 128;
    private const UnixFileMode OwnerFolder = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode OwnerFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private AdminSocket(Socket socket, string asked, string? path) => (Socket, Asked, UnixPath) = (socket, asked, path);

    public Socket Socket { get; }

    /// <summary>The address as configured: while it stays, so does the socket.</summary>
    public string Asked { get; }

    /// <summary>Who connects here is trusted by the file's mode; null for TCP.</summary>
    public string? UnixPath { get; }

    public override string ToString() => UnixPath ?? Socket.LocalEndPoint!.ToString()!;

    /// <summary>Listens on the admin address; throws <see cref="SocketException"/>.</summary>
    public static AdminSocket Tcp(string address)
    {
        ListenAddress.TryParse(address, out var parsed, out _);
        if (parsed.IsUnix) return Unix(parsed.UnixPath!, address);
        var endpoint = new IPEndPoint(parsed.Address ?? IPAddress.IPv6Any, parsed.Port);
        var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        if (parsed.Address is null) socket.DualMode = true;
        return Listen(socket, endpoint, address, null);
    }

    /// <summary>
    /// Listens on a path, for its owner only. A file that nobody answers on was left by a process that died and is replaced; one that
    /// answers is in use. Throws <see cref="SocketException"/>, <see cref="IOException"/>, <see cref="UnauthorizedAccessException"/>.
    /// </summary>
    public static AdminSocket Control(string path) => Unix(path, path);

    public void Dispose()
    {
        Socket.Dispose();
        if (UnixPath is not null) File.Delete(UnixPath);
    }

    private static AdminSocket Unix(string path, string asked)
    {
        var folder = Path.GetDirectoryName(path)!;
        if (!Directory.Exists(folder)) Directory.CreateDirectory(folder, OwnerFolder);
        // Under /tmp anyone may have made the folder before us; only its owner can do this.
        else if (folder.StartsWith("/tmp/weir-", StringComparison.Ordinal)) File.SetUnixFileMode(folder, OwnerFolder);
        if (Path.Exists(path) && !IsStale(path)) throw new SocketException((int)SocketError.AddressAlreadyInUse);
        File.Delete(path);
        var listening = Listen(new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified), new UnixDomainSocketEndPoint(path), asked, path);
        File.SetUnixFileMode(path, OwnerFile);
        return listening;
    }

    private static AdminSocket Listen(Socket socket, EndPoint endpoint, string asked, string? path)
    {
        try
        {
            socket.Bind(endpoint);
            socket.Listen(Backlog);
            return new AdminSocket(socket, asked, path);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static bool IsStale(string path)
    {
        if (!IsSocket(path)) return false;
        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
            return false;
        }
        catch (SocketException nobody)
        {
            return nobody.SocketErrorCode == SocketError.ConnectionRefused;
        }
    }

    // A socket is what is there and no folder and cannot be opened as a file: the runtime has no call that asks.
    private static bool IsSocket(string path)
    {
        if ((File.GetAttributes(path) & FileAttributes.Directory) != 0) return false;
        try
        {
            File.OpenHandle(path).Dispose();
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }
}
