using System.Text.Json;
using Weir.Scenarios.Fixture;
using Weir.Tests;

namespace Weir.Scenarios;

/// <summary>A real Redis behind a tcp listener.</summary>
public class TcpTests
{
    [NeedsFact("redis-server")]
    public async Task Redis_is_spoken_to_through_weir_and_each_connection_is_logged()
    {
        var folder = Directory.CreateTempSubdirectory("weir-redis-").FullName;
        var port = FreePort.Find();
        var listens = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var redis = Shell.Start(folder, line => { if (line.Contains("Ready to accept connections")) listens.TrySetResult(); },
            "redis-server", "--port", $"{port}", "--bind", "127.0.0.1", "--save", "", "--dir", folder);
        try
        {
            await listens.Task.WaitAsync(TimeSpan.FromSeconds(30));
            await using var weir = await WeirProcess.StartAsync($$"""
                version: 1
                workers: 2
                listeners: { cache: { address: "127.0.0.1:0", protocol: tcp, forward: redis } }
                clusters: { redis: { endpoints: ["tcp://127.0.0.1:{{port}}"] } }
                """);
            var cli = $"redis-cli -h 127.0.0.1 -p {weir.Port("cache")}";
            (await Shell.RunAsync(folder, $"{cli} PING")).Trim().ShouldBe("PONG");
            await Shell.RunAsync(folder, $"head -c 3000000 /dev/urandom > big && {cli} -x SET big < big && {cli} --raw GET big > back");
            // What redis-cli prints has a line's end after it.
            (await Shell.RunAsync(folder, "head -c 3000000 back | cmp - big && echo same")).Trim().ShouldBe("same");
            (await Shell.RunAsync(folder, $"redis-benchmark -h 127.0.0.1 -p {weir.Port("cache")} -n 20000 -c 20 -P 8 -t set,get -q", mayFail: false)).ShouldContain("GET:");

            await weir.WaitForOutputAsync("\"network.transport\":\"tcp\"");
            using var line = JsonDocument.Parse(weir.Output[0]);
            line.RootElement.GetProperty("weir.listener").GetString().ShouldBe("cache");
            line.RootElement.GetProperty("weir.cluster").GetString().ShouldBe("redis");
            line.RootElement.GetProperty("weir.endpoint").GetString().ShouldBe($"tcp://127.0.0.1:{port}");
            line.RootElement.GetProperty("http.request.body.size").GetInt64().ShouldBeGreaterThan(10);
            line.RootElement.TryGetProperty("http.request.method", out _).ShouldBeFalse();
            line.RootElement.TryGetProperty("weir.refusal", out _).ShouldBeFalse();
        }
        finally
        {
            redis.Kill();
            await redis.WaitForExitAsync();
            Directory.Delete(folder, recursive: true);
        }
    }
}
