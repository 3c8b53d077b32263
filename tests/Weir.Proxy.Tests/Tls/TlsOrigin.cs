using System.Collections.Concurrent;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Weir.Proxy.Tests.Fixture;

namespace Weir.Proxy.Tests.Tls;

/// <summary>An origin that speaks TLS by the platform's own implementation and answers every request with 200.</summary>
internal sealed class TlsOrigin : IAsyncDisposable
{
    private readonly SocketListener _listener;
    private readonly ConcurrentBag<SslStream> _streams = [];
    private readonly SslServerAuthenticationOptions _options;
    private readonly SslStreamCertificateContext _certificate;
    private readonly int _body;
    private readonly bool _introduced;
    private int _connections;

    private TlsOrigin(X509Certificate2 certificate, SslProtocols protocols, bool asks, int body, bool introduced)
    {
        _body = body;
        _introduced = introduced;
        _certificate = SslStreamCertificateContext.Create(certificate, null, offline: true);
        _options = new SslServerAuthenticationOptions
        {
            EnabledSslProtocols = protocols,
            ClientCertificateRequired = asks,
#pragma warning disable CA5359 // What is shown is looked at by the tests.
            RemoteCertificateValidationCallback = (_, shown, _, _) =>
            {
                if (shown is not null) ClientCertificates.Add(shown.Subject);
                return true;
            },
#pragma warning restore CA5359
            ServerCertificateContext = _certificate,
        };
        _listener = new SocketListener(socket => { _ = ServeAsync(socket); });
    }

    public int Port => _listener.Port;

    public string Url => $"https://127.0.0.1:{Port}";

    public int Connections => Volatile.Read(ref _connections);

    public ConcurrentBag<string> Names { get; } = [];

    public ConcurrentBag<string> ClientCertificates { get; } = [];

    public ConcurrentBag<string> Faults { get; } = [];

    /// <summary>With <paramref name="introduced"/> a header of the PROXY protocol comes first; responses have it in hexadecimal.</summary>
    public static TlsOrigin Start(X509Certificate2 certificate, SslProtocols protocols = SslProtocols.None, bool asks = false, int body = 2, bool introduced = false)
        => new(certificate, protocols, asks, body, introduced);

    public async ValueTask DisposeAsync()
    {
        await _listener.DisposeAsync();
        foreach (var stream in _streams) await stream.DisposeAsync();
    }

    /// <summary>Ends the connections there are, without a word of TLS.</summary>
    public void CutAll()
    {
        foreach (var stream in _streams) stream.Dispose();
    }

    private static async Task<string> ReadIntroductionAsync(Socket socket)
    {
        var said = new List<byte>();
        var one = new byte[1];
        while (said.Count < 16 || (said[0] == 'P' ? said[^1] != '\n' : said.Count < 16 + (said[14] << 8) + said[15]))
        {
            if (await socket.ReceiveAsync(one) == 0) throw new IOException("no introduction came");
            said.Add(one[0]);
        }

        return Convert.ToHexString([.. said]);
    }

    private async Task ServeAsync(Socket socket)
    {
        var stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
        _streams.Add(stream);
        try
        {
            var introduction = _introduced ? $"X-Introduction: {await ReadIntroductionAsync(socket)}\r\n" : "";
            await stream.AuthenticateAsServerAsync(_options);
            Interlocked.Increment(ref _connections);
            Names.Add(stream.TargetHostName);
            var head = new StringBuilder();
            var block = new byte[16 * 1024];
            while (true)
            {
                while (!head.ToString().Contains("\r\n\r\n", StringComparison.Ordinal))
                {
                    var read = await stream.ReadAsync(block);
                    if (read == 0) return;
                    head.Append(Encoding.Latin1.GetString(block, 0, read));
                }

                head.Clear();
                await stream.WriteAsync(Encoding.Latin1.GetBytes($"HTTP/1.1 200 OK\r\n{introduction}Content-Length: {_body}\r\n\r\n{new string('x', _body)}"));
            }
        }
        catch (Exception end) when (end is IOException or AuthenticationException or ObjectDisposedException or InvalidOperationException)
        {
            Faults.Add(end.GetType().Name);
        }
        finally
        {
            await stream.DisposeAsync();
        }
    }
}
