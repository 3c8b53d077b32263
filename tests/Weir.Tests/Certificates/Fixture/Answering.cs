using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Weir.Certificates;

namespace Weir.Tests.Certificates.Fixture;

/// <summary>Answers challenges on two ports of loopback, as the data plane does on 80 and 443.</summary>
internal sealed class Answering : IChallengeAnswers, IDisposable
{
    private readonly TcpListener _http = new(IPAddress.Loopback, 0);
    private readonly TcpListener _tls = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<string, string> _tokens = [];
    private readonly ConcurrentDictionary<string, X509Certificate2> _certificates = [];

    public Answering()
    {
        _ = AcceptAsync(_http, AnswerHttpAsync);
        _ = AcceptAsync(_tls, AnswerTlsAsync);
    }

    public int HttpPort => ((IPEndPoint)_http.LocalEndpoint).Port;

    public int TlsPort => ((IPEndPoint)_tls.LocalEndpoint).Port;

    /// <summary>What is answered over HTTP in place of the key authorization.</summary>
    public string? Lie { get; set; }

    /// <summary>Where else to look for a token: what other instances put into the folder.</summary>
    public Func<string, string?> Elsewhere { get; set; } = static _ => null;

    /// <summary>What was put, in order: the kind and the name or token.</summary>
    public ConcurrentQueue<string> Puts { get; } = [];

    public int Left => _tokens.Count + _certificates.Count;

    public Task PutHttpAsync(string token, string keyAuthorization, CancellationToken cancel)
    {
        Puts.Enqueue("http");
        _tokens[token] = keyAuthorization;
        return Task.CompletedTask;
    }

    public Task RemoveHttpAsync(string token)
    {
        _tokens.TryRemove(token, out _);
        return Task.CompletedTask;
    }

    public Task PutTlsAsync(string serverName, byte[] certificate, byte[] key, CancellationToken cancel)
    {
        Puts.Enqueue("tls " + serverName);
        using var plain = X509CertificateLoader.LoadCertificate(certificate);
        using var own = ECDsa.Create();
        own.ImportPkcs8PrivateKey(key, out _);
        _certificates[serverName] = plain.CopyWithPrivateKey(own);
        return Task.CompletedTask;
    }

    public Task RemoveTlsAsync(string serverName)
    {
        _certificates.TryRemove(serverName, out _);
        return Task.CompletedTask;
    }

    public void Forget()
    {
        (Lie, Elsewhere) = (null, static _ => null);
        Puts.Clear();
        _tokens.Clear();
        _certificates.Clear();
    }

    public void Dispose()
    {
        _http.Dispose();
        _tls.Dispose();
    }

    private static async Task AcceptAsync(TcpListener listener, Func<NetworkStream, Task> answer)
    {
        listener.Start();
        try
        {
            while (true)
            {
                var client = await listener.AcceptTcpClientAsync();
                _ = OneAsync(client, answer);
            }
        }
        catch (Exception stopped) when (stopped is ObjectDisposedException or SocketException)
        {
        }
    }

    private static async Task OneAsync(TcpClient client, Func<NetworkStream, Task> answer)
    {
        using (client)
        {
            try
            {
                await answer(client.GetStream());
            }
            catch (Exception gone) when (gone is IOException or System.Security.Authentication.AuthenticationException)
            {
            }
        }
    }

    private async Task AnswerHttpAsync(NetworkStream stream)
    {
        using var reader = new StreamReader(stream);
        var path = (await reader.ReadLineAsync())!.Split(' ')[1];
        while (await reader.ReadLineAsync() is { Length: > 0 })
        {
        }

        var token = path["/.well-known/acme-challenge/".Length..];
        var body = Lie ?? _tokens.GetValueOrDefault(token) ?? Elsewhere(token);
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {(body is null ? 404 : 200)} x\r\nContent-Length: {body?.Length ?? 0}\r\nConnection: close\r\n\r\n{body}"));
    }

    private async Task AnswerTlsAsync(NetworkStream stream)
    {
        using var tls = new SslStream(stream);
        await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions
        {
            ApplicationProtocols = [new SslApplicationProtocol("acme-tls/1")],
            ServerCertificateSelectionCallback = (_, name) => _certificates.GetValueOrDefault(name ?? "")!,
        });
    }
}
