using System.Text;
using Weir.Http.Tests.Reference;
using Weir.Proxy.Tests.Fixture;
using Weir.Reference;

namespace Weir.Proxy.Tests.Smuggling;

/// <summary>
/// Damaged requests, cut anywhere: what reaches the origin is what an independent strict parser reads in the client's bytes, request
/// for request, and nothing else. WEIR_MUTATIONS sets the number of trials.
/// </summary>
public class MutatedRequestTests
{
    private static int Trials => int.TryParse(Environment.GetEnvironmentVariable("WEIR_MUTATIONS"), out var trials) ? trials : 1200;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task The_origin_sees_the_requests_that_the_reference_sees(int loops)
    {
        await using var origin = Listening();
        await using var gateway = await TestGateway.ForwardingAsync(origin, listener: "timeouts: { linger: 50ms }", loops: loops);
        var mutations = new Mutations(20261124 + loops);
        var forwarded = 0;
        for (var trial = 0; trial < Trials / 2; trial++)
        {
            var text = mutations.Make();
            var cut = mutations.Next(3) == 0 ? 0 : mutations.Next(text.Length + 1);
            forwarded += await TryAsync(gateway, origin, text, cut);
        }

        forwarded.ShouldBeGreaterThan(Trials / 20, "Else the damage is too great to say anything.");
    }

    [Fact]
    public async Task Where_a_request_is_cut_makes_no_difference()
    {
        await using var origin = Listening();
        await using var gateway = await TestGateway.ForwardingAsync(origin, listener: "timeouts: { linger: 50ms }");
        foreach (var text in new[]
        {
            "POST /p?a=b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2;x=\"y\"\r\nhi\r\n0\r\nX-T: v\r\n\r\nGET /q HTTP/1.1\r\nHost: a\r\n\r\n",
            "POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /q HTTP/1.1\r\nHost: a\r\n\r\n",
        })
        {
            for (var cut = 1; cut < text.Length; cut++) await TryAsync(gateway, origin, text, cut);
        }
    }

    // How many requests got through.
    private static async Task<int> TryAsync(TestGateway gateway, Origin origin, string text, int cut)
    {
        var before = origin.Connections.Select(static c => c.Received.Length).ToList();
        using var client = await gateway.ConnectAsync();
        try
        {
            await client.SendAsync(text[..cut]);
            if (cut > 0) await Task.Delay(1);
            await client.SendAsync(text[cut..]);
            client.FinishSending();
            await client.ReadToEndAsync();
        }
        catch (ResetException)
        {
            // A refusal may come before all was sent.
        }

        await TestGateway.EventuallyAsync(() => gateway.Active == 0);
        var sent = ReferenceParser.ParseAll(text).Requests;
        var got = new List<ReferenceRequest>();
        var connections = origin.Connections;
        for (var i = 0; i < connections.Count; i++)
            got.AddRange(ReferenceParser.ParseAll(connections[i].Received[(i < before.Count ? before[i] : 0)..]).Requests);

        // Each is one of those that were sent, whole, and none of them twice.
        var left = sent.ToList();
        foreach (var request in got)
        {
            var same = left.FindIndex(s => s.Method == request.Method && s.Body == request.Body && s.Framing == request.Framing && s.Trailers.Count >= request.Trailers.Count);
            same.ShouldBeGreaterThanOrEqualTo(0, Shown(text));
            left.RemoveAt(same);
            request.Fields.Count(static f => f.Name.Equals("Host", StringComparison.OrdinalIgnoreCase)).ShouldBe(1, Shown(text));
        }

        return got.Count;
    }

    // Answers what the reference reads as whole requests, so that it agrees with no reading but that one.
    private static Origin Listening() => Origin.Start(async (wire, _) =>
    {
        var stream = new StringBuilder();
        var at = 0;
        while (await wire.ReadAsync() is { Length: > 0 } text)
        {
            var all = stream.Append(text).ToString();
            while (ReferenceParser.Parse(all, ref at, out string? _) is { } request)
                await wire.SendAsync(request.Method == "HEAD" ? "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n" : Origin.Ok);
        }
    });

    private static string Shown(string text) => text.Replace("\r", "\\r").Replace("\n", "\\n\n").Replace("\0", "\\0");
}
