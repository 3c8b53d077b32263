using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;

namespace Weir.Load.Loads;

/// <summary><see cref="RawHttp"/> inside of TLS 1.3. Certificates are the run's own and are not looked at.</summary>
internal static class SecureHttp
{
    public static Reply Get(int port, string path)
    {
        using SslStream stream = Connect(port, resumes: false);
        return Exchange(stream, RawHttp.Request(port, path), new byte[64 * 1024]);
    }

    public static SslStream Connect(int port, bool resumes, Action<Socket>? opened = null)
    {
        Socket socket = RawHttp.Connect(port);
        opened?.Invoke(socket);
        var stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
        try
        {
            stream.AuthenticateAsClient(new SslClientAuthenticationOptions
            {
                TargetHost = "localhost",
                EnabledSslProtocols = SslProtocols.Tls13,
                AllowTlsResume = resumes,
#pragma warning disable CA5359 // The certificate is made for the run and lies on this machine.
                RemoteCertificateValidationCallback = static (_, _, _, _) => true,
#pragma warning restore CA5359
            });
            return stream;
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <exception cref="BenchException">The connection ended early.</exception>
    public static Reply Exchange(SslStream stream, byte[] request, byte[] buffer)
    {
        stream.Write(request);
        var scan = new ResponseScan();
        using var body = new MemoryStream();
        while (!scan.Done)
        {
            int length = stream.Read(buffer);
            if (length == 0 && !scan.End())
                throw new BenchException("a connection was closed before its response had ended");
            scan.Feed(buffer.AsSpan(0, length), body);
        }

        return new Reply(scan.Status, body.ToArray());
    }
}
