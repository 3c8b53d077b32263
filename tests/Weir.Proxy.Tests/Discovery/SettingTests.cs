using System.Collections.Concurrent;
using Weir.Config;
using Weir.Proxy.Discovery;
using Weir.Sdk.Discovery;

namespace Weir.Proxy.Tests.Discovery;

/// <summary>What is set is not lost, whoever else sets something.</summary>
public sealed class SettingTests
{

    [Fact]
    public async Task Endpoints_that_two_set_at_once_are_kept()
    {
        var folder = Directory.CreateTempSubdirectory().FullName;
        await using var gateway = new Gateway(new GatewayOptions { Loops = 1, Factories = [], FoundFolder = folder });
        (await gateway.ApplyAsync(ConfigReader.LoadText("""
            version: 1
            listeners: { web: "127.0.0.1:0" }
            routes: { all: { forward: c } }
            clusters: { c: { discover: { api: {} } } }
            """, []))).IsApplied.ShouldBeTrue();
        var problems = new ConcurrentBag<string>();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(n => Task.Run(async () =>
        {
            for (var i = 0; i < 50; i++)
                if (await gateway.SetEndpointsAsync(gateway.Discovered["c"], [.. Enumerable.Range(0, 300).Select(e => new FoundEndpoint($"http://10.{n}.{i}.{e % 250}:{80 + (e / 250)}"))]) is { } problem) problems.Add(problem);
        })));
        problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task Endpoints_that_are_set_at_once_after_the_start_are_not_lost()
    {
        var source = new ApiSource([new FoundEndpoint("http://10.0.0.1")]);
        var findings = new Findings();
        source.Set([new FoundEndpoint("http://10.0.0.2")]);
        using var stop = new CancellationTokenSource();
        var finding = source.FindAsync(findings, stop.Token);
        findings.Last.ShouldBe(["http://10.0.0.2"]);
        await stop.CancelAsync();
        await finding.ContinueWith(static _ => { }, TaskScheduler.Default);
    }

    private sealed class Findings : IEndpointFindings
    {
        public string[] Last { get; private set; } = [];

        public void Found(IReadOnlyList<FoundEndpoint> endpoints, string? trouble = null) => Last = [.. endpoints.Select(static e => e.Url)];

        public void Failed(string reason)
        {
        }
    }
}
