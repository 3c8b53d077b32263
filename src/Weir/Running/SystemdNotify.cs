using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Weir.Running;

/// <summary>
/// systemd's notify protocol, sd_notify(3): datagrams to the socket that <c>NOTIFY_SOCKET</c> names, an abstract one when it begins
/// with '@'. Without it, or when it fails, nothing happens: a proxy does not stop because its supervisor does not listen.
/// </summary>
internal sealed class SystemdNotify(string? socket)
{
    public static SystemdNotify FromEnvironment() => new(Environment.GetEnvironmentVariable("NOTIFY_SOCKET"));

    public void Ready(string status) => Send($"READY=1\nSTATUS={status}\nMAINPID={Environment.ProcessId}");

    /// <summary>A reload began; <see cref="Ready"/> ends it. systemd wants the time to tell which reload it was.</summary>
    public void Reloading() => Send($"RELOADING=1\nMONOTONIC_USEC={MonotonicMicroseconds()}");

    public void Stopping(string status) => Send($"STOPPING=1\nSTATUS={status}");

    // Linux's CLOCK_MONOTONIC is what the timestamp is.
    private static string MonotonicMicroseconds()
        => ((long)(Stopwatch.GetTimestamp() / (double)Stopwatch.Frequency * 1_000_000)).ToString(CultureInfo.InvariantCulture);

    private void Send(string text)
    {
        if (string.IsNullOrEmpty(socket) || socket[0] is not ('/' or '@')) return;
        try
        {
            using var sender = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
            sender.SendTo(Encoding.UTF8.GetBytes(text), new UnixDomainSocketEndPoint(socket[0] == '@' ? "\0" + socket[1..] : socket));
        }
        catch (Exception failure) when (failure is SocketException or ArgumentException)
        {
            // Nobody there.
        }
    }
}
