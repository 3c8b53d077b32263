using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Weir.Config.Records;

namespace Weir.Tests.Certificates.Fixture;

/// <summary>An answer on its way through the stand-in.</summary>
internal sealed class Passing
{
    public required string Path { get; init; }

    /// <summary>Of a signed request: what was signed, decoded.</summary>
    public required string Payload { get; init; }

    public int Status { get; set; }

    public string Body { get; set; } = "";

    public Dictionary<string, string> Headers { get; } = new(StringComparer.OrdinalIgnoreCase);
}

/// <summary>
/// Stands before pebble, under its certificate, and passes all on: counts, adds what that pebble has not (ARI), and lets a test put other
/// answers in place of its own.
/// </summary>
internal sealed class StandIn : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly HttpClient _http;
    private readonly Pebble _pebble;
    private string _address = "";

    private StandIn(Pebble pebble)
    {
        (_pebble, _http) = (pebble, pebble.NewHttp());
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0, l => l.UseHttps(pebble.Own)));
        _app = builder.Build();
        _app.Run(PassAsync);
    }

    public string Directory => _address + "/dir";

    /// <summary>Paths of requests, in order.</summary>
    public ConcurrentQueue<string> Asked { get; } = [];

    public int Orders => Asked.Count(static p => p == "/order-plz");

    /// <summary>What <c>replaces</c> said in each order.</summary>
    public ConcurrentQueue<string?> Replaced { get; } = [];

    /// <summary>What is suggested for every certificate; null: there is no renewalInfo.</summary>
    public (DateTimeOffset Start, DateTimeOffset End)? Window { get; set; }

    /// <summary>Nobody is there.</summary>
    public bool IsDown { get; set; }

    /// <summary>Changes an answer on its way.</summary>
    public Action<Passing> Change { get; set; } = static _ => { };

    public static async Task<StandIn> BeforeAsync(Pebble pebble)
    {
        var one = new StandIn(pebble);
        await one._app.StartAsync();
        one._address = one._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return one;
    }

    public AcmeConfig Config(AcmeChallenge challenge = AcmeChallenge.Http_01) => _pebble.Config(challenge) with { Directory = Directory };

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _http.Dispose();
    }

    private async Task PassAsync(HttpContext http)
    {
        Asked.Enqueue(http.Request.Path);
        if (IsDown)
        {
            http.Abort();
            return;
        }

        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body);
        var passing = new Passing { Path = http.Request.Path, Payload = PayloadOf(body.ToArray()) };
        if (passing.Path == "/order-plz") Replaced.Enqueue((string?)JsonNode.Parse(passing.Payload)!["replaces"]);
        if (passing.Path.StartsWith("/renewal/", StringComparison.Ordinal)) Renewal(passing);
        else await AskAsync(http, body.ToArray(), passing);
        if (passing.Path == "/dir" && Window is not null) passing.Body = With(passing.Body, "renewalInfo", _address + "/renewal");
        Change(passing);
        http.Response.StatusCode = passing.Status;
        foreach (var (name, value) in passing.Headers) http.Response.Headers[name] = value;
        if (http.Request.Method != "HEAD") await http.Response.WriteAsync(passing.Body);
    }

    private async Task AskAsync(HttpContext http, byte[] body, Passing passing)
    {
        using var request = new HttpRequestMessage(new HttpMethod(http.Request.Method), $"https://127.0.0.1:{_pebble.Port}{http.Request.Path}");
        // It writes its URLs, and checks those that were signed, by this.
        request.Headers.Host = http.Request.Host.Value;
        if (body.Length > 0)
        {
            request.Content = new ByteArrayContent(body);
            request.Content.Headers.TryAddWithoutValidation("Content-Type", http.Request.ContentType);
        }

        using var response = await _http.SendAsync(request);
        passing.Status = (int)response.StatusCode;
        passing.Body = await response.Content.ReadAsStringAsync();
        foreach (var name in new[] { "Location", "Replay-Nonce", "Retry-After" })
        {
            if (response.Headers.TryGetValues(name, out var values)) passing.Headers[name] = values.First();
        }

        if (response.Content.Headers.ContentType is { } type) passing.Headers["Content-Type"] = type.ToString();
    }

    private void Renewal(Passing passing)
    {
        passing.Status = 200;
        passing.Headers["Content-Type"] = "application/json";
        passing.Headers["Retry-After"] = "3600";
        passing.Body = $$$"""{"suggestedWindow":{"start":"{{{Window!.Value.Start:O}}}","end":"{{{Window.Value.End:O}}}"},"explanationURL":"https://ca.example/why"}""";
    }

    public static string With(string json, string key, string value)
    {
        var node = JsonNode.Parse(json)!;
        node[key] = value;
        return node.ToJsonString();
    }

    private static string PayloadOf(byte[] body)
    {
        if (body.Length == 0) return "";
        using var jws = JsonDocument.Parse(body);
        return Encoding.UTF8.GetString(Base64Url.DecodeFromChars(jws.RootElement.GetProperty("payload").GetString()));
    }
}
