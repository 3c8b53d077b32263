using System.Diagnostics;
using System.Text;
using Weir.Proxy.Tests.Fixture;

namespace Weir.Proxy.Tests.Tls;

/// <summary>The client that comes with OpenSSL.</summary>
internal static class OpenSsl
{
    /// <summary>What it writes, both ways, of a connection with one request; <paramref name="hears"/> has what it wrote so far each time that is more.</summary>
    public static async Task<string> ConnectAsync(TestGateway gateway, string options, string request = "GET / HTTP/1.1\r\nHost: one.test\r\nConnection: close\r\n\r\n", Action<string>? hears = null)
    {
        using var process = Process.Start(new ProcessStartInfo("openssl", $"s_client -connect {gateway.Address()} {options}")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        // Tickets of TLS 1.3 come with the first answer.
        await process.StandardInput.WriteAsync(request);
        await process.StandardInput.FlushAsync();
        var output = ReadAsync(process.StandardOutput, hears);
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
        return await output + await errors;
    }

    private static async Task<string> ReadAsync(StreamReader from, Action<string>? hears)
    {
        var text = new StringBuilder();
        var buffer = new char[4096];
        while (await from.ReadAsync(buffer) is > 0 and var read)
        {
            text.Append(buffer, 0, read);
            hears?.Invoke(text.ToString());
        }

        return text.ToString();
    }
}
