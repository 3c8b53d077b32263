using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Weir.Proxy.Tests.Fixture;

namespace Weir.Proxy.Tests.Tls;

/// <summary>A client that speaks TLS by the platform's own implementation; it takes every certificate and tells which it was.</summary>
internal sealed class TlsClient : IDisposable
{
    private readonly Socket _socket;
    private readonly StringBuilder _left = new();

    private TlsClient(Socket socket, SslStream stream) => (_socket, Stream) = (socket, stream);

    public SslStream Stream { get; }

    /// <summary>The subject's common name of the certificate that was shown.</summary>
    public string Shown => new X509Certificate2(Stream.RemoteCertificate!).GetNameInfo(X509NameType.SimpleName, false);

    public static Task<TlsClient> ConnectAsync(TestGateway gateway, string? name = null, SslProtocols protocols = SslProtocols.None, params SslApplicationProtocol[] offered)
        => ConnectAsync(gateway, name, null, protocols, offered);

    /// <summary>With a certificate of its own, and what stands between it and an authority.</summary>
    public static Task<TlsClient> ConnectAsync(TestGateway gateway, string? name, X509Certificate2? certificate, X509Certificate2[] chain, SslProtocols protocols = SslProtocols.None)
        => ConnectAsync(gateway, name, certificate is null ? null : SslStreamCertificateContext.Create(certificate, [.. chain], offline: true), protocols, []);

    private static async Task<TlsClient> ConnectAsync(TestGateway gateway, string? name, SslStreamCertificateContext? certificate, SslProtocols protocols, SslApplicationProtocol[] offered)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(System.Net.IPEndPoint.Parse(gateway.Address()));
            var stream = new SslStream(new NetworkStream(socket), leaveInnerStreamOpen: false);
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            await stream.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = name,
                    EnabledSslProtocols = protocols,
                    ClientCertificateContext = certificate,
#pragma warning disable CA5359 // What is shown is looked at by the tests.
                    RemoteCertificateValidationCallback = static (_, _, _, _) => true,
#pragma warning restore CA5359
                    ApplicationProtocols = offered.Length == 0 ? null : [.. offered],
                },
                patience.Token);
            return new TlsClient(socket, stream);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>On a connection that something was said on already.</summary>
    public static async Task<TlsClient> OverAsync(Socket socket, string name, params SslApplicationProtocol[] offered)
    {
        var stream = new SslStream(new NetworkStream(socket), leaveInnerStreamOpen: false);
        await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = name,
#pragma warning disable CA5359 // What is shown is looked at by the tests.
            RemoteCertificateValidationCallback = static (_, _, _, _) => true,
#pragma warning restore CA5359
            ApplicationProtocols = [.. offered],
        });
        return new TlsClient(socket, stream);
    }

    public async Task SendAsync(string text) => await Stream.WriteAsync(Encoding.Latin1.GetBytes(text));

    /// <summary>A response with Content-Length.</summary>
    public async Task<string> AskAsync(string request)
    {
        await SendAsync(request);
        return await ReadResponseAsync();
    }

    public async Task<string> ReadResponseAsync()
    {
        var head = await ReadUntilAsync("\r\n\r\n");
        var length = head.Split("\r\n").FirstOrDefault(static l => l.StartsWith("Content-Length: ", StringComparison.OrdinalIgnoreCase)) is { } line ? int.Parse(line[16..]) : 0;
        while (_left.Length < length) await ReadMoreAsync();
        var body = _left.ToString(0, length);
        _left.Remove(0, length);
        return head + body;
    }

    public async Task<string> ReadUntilAsync(string end)
    {
        int at;
        while ((at = _left.ToString().IndexOf(end, StringComparison.Ordinal)) < 0) await ReadMoreAsync();
        var text = _left.ToString(0, at + end.Length);
        _left.Remove(0, at + end.Length);
        return text;
    }

    public async Task<string> ReadToEndAsync()
    {
        while (await ReadAsync() > 0)
        {
        }

        return _left.ToString();
    }

    public void Dispose()
    {
        Stream.Dispose();
        _socket.Dispose();
    }

    private async Task ReadMoreAsync()
    {
        if (await ReadAsync() == 0) throw new IOException("the connection ended after: " + _left);
    }

    private async Task<int> ReadAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var buffer = new byte[64 * 1024];
        var read = await Stream.ReadAsync(buffer, patience.Token);
        _left.Append(Encoding.Latin1.GetString(buffer, 0, read));
        return read;
    }
}
