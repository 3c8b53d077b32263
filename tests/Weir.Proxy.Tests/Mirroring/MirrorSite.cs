using System.Runtime.CompilerServices;
using System.Text;
using Weir.Proxy.AccessLog;
using Weir.Proxy.Model;
using Weir.Proxy.Tests.Fixture;

namespace Weir.Proxy.Tests.Mirroring;

/// <summary>A gateway with one route, whose requests are copied to another cluster.</summary>
internal sealed class MirrorSite(TestGateway gateway) : IAsyncDisposable
{
    public const string Get = "GET /x?y=1 HTTP/1.1\r\nHost: shop.example\r\n\r\n";

    public TestGateway Gateway => gateway;

    public MirrorState State => gateway.Gateway.Current!.Mirrors.Single();

    public static async Task<MirrorSite> StartAsync(
        string origin, string shadow, string mirror = "", string route = "", string listener = "", string cluster = "", string shadowCluster = "", int loops = 1, Scripts? scripts = null, bool logs = false)
        => new(await TestGateway.StartAsync(Yaml(origin, shadow, mirror, route, listener, cluster, shadowCluster), loops, scripts, logs: logs));

    public static string Yaml(string origin, string shadow, string mirror = "", string route = "", string listener = "", string cluster = "", string shadowCluster = "") => $$"""
        version: 1
        listeners: { web: { address: "127.0.0.1:0"{{Member(listener)}} } }
        routes: { all: { forward: { cluster: origin, mirror: { cluster: shadow{{Member(mirror)}} } }{{Member(route)}} } }
        clusters:
          origin: { endpoints: ["{{origin}}"]{{Member(cluster)}} }
          shadow: { endpoints: ["{{shadow}}"]{{Member(shadowCluster)}} }
        """;

    public static string Post(string body, string fields = "") => $"POST /x HTTP/1.1\r\nHost: shop.example\r\nContent-Length: {body.Length}\r\n{fields}\r\n{body}";

    public long Count(MirrorOutcome outcome) => State.PerLoop.Sum(c => Volatile.Read(ref c.Outcomes[(int)outcome]));

    public long Count(MirrorResult result) => State.PerLoop.Sum(c => Volatile.Read(ref c.Results[(int)result]));

    public long Count(AnswerParts part) => State.PerLoop.Sum(c => Volatile.Read(ref c.Differences[System.Numerics.BitOperations.Log2((uint)part)]));

    /// <summary>Of the copy's log record and that of its request, the only ones there are: the request id of both. The copy's tells of the comparison.</summary>
    public string TakeCopy(MirrorResult result, AnswerParts differs)
    {
        var ids = new List<string>();
        var ring = gateway.Gateway.Loops[0].Log;
        for (var i = 0; i < 2; i++)
        {
            ref var record = ref ring.Peek();
            Unsafe.IsNullRef(ref record).ShouldBeFalse();
            record.MirrorResult.ShouldBe(record.IsMirror ? result : MirrorResult.None);
            if (record.IsMirror) record.MirrorDiffers.ShouldBe(differs);
            ids.Add(Encoding.ASCII.GetString(record.Text(LogText.RequestId)));
            ring.Take();
        }

        Unsafe.IsNullRef(ref ring.Peek()).ShouldBeTrue();
        return ids.Distinct().Single();
    }

    /// <summary>So many copies came to this, and none to anything else; nothing is left of any.</summary>
    public async Task ShouldComeToAsync(MirrorOutcome outcome, long count = 1)
    {
        await TestGateway.EventuallyAsync(() => State.PerLoop.Sum(static c => c.Outcomes.Sum()) >= count && gateway.Active == 0, $"{outcome}: {Outcomes()}");
        Outcomes().ShouldBe($"{outcome} {count}");
        await ShouldBeQuietAsync();
    }

    /// <summary>No copy is under way, and none holds anything.</summary>
    public async Task ShouldBeQuietAsync()
    {
        await TestGateway.EventuallyAsync(() => gateway.Active == 0 && State.Running == 0 && gateway.Gateway.Loops.All(static l => l.Mirrors.Count == 0));
        gateway.Gateway.Loops.Sum(static l => l.Mirrors.Memory.Bytes).ShouldBe(0);
    }

    public string Outcomes()
        => string.Join(' ', Enum.GetValues<MirrorOutcome>().Select(o => (o, Count(o))).Where(static o => o.Item2 > 0).Select(static o => $"{o.o} {o.Item2}"));

    public ValueTask DisposeAsync() => gateway.DisposeAsync();

    private static string Member(string text) => text.Length == 0 ? "" : ", " + text;
}
