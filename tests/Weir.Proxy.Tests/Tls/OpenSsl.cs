using System.Diagnostics;
using Weir.Proxy.Tests.Fixture;

namespace Weir.Proxy.Tests.Tls;

/// <summary>The client that comes with OpenSSL.</summary>
internal static class OpenSsl
{
    /// <summary>What it writes, both ways, of a connection with one request.</summary>
    public static async Task<string> ConnectAsync(TestGateway gateway, string options, string request = "GET / HTTP/1.1\r\nHost: one.test\r\nConnection: close\r\n\r\n")
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
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
        return await output + await errors;
    }
}
