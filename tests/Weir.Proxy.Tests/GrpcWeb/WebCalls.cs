using System.Buffers.Binary;
using System.Text;
using Weir.Proxy.Tests.Fixture;
using Weir.Proxy.Tests.Http2;

namespace Weir.Proxy.Tests.GrpcWeb;

/// <summary>What a client of gRPC-Web got, its body taken apart.</summary>
internal sealed record WebAnswer(int Status, IReadOnlyList<(string Name, string Value)> Fields, IReadOnlyList<string> Messages, string? Trailers)
{
    public string? this[string name] => Fields.SingleOrDefault(f => f.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;
}

/// <summary>Calls of gRPC-Web by hand; bytes are chars of Latin-1.</summary>
internal static class WebCalls
{
    public const string CallPath = "/t.S/Call";

    public static string Message(string text, byte flags = 0)
    {
        var prefix = new byte[5];
        prefix[0] = flags;
        BinaryPrimitives.WriteInt32BigEndian(prefix.AsSpan(1), text.Length);
        return Encoding.Latin1.GetString(prefix) + text;
    }

    public static string Encode(string binary) => Convert.ToBase64String(Encoding.Latin1.GetBytes(binary));

    /// <summary>Quantum by quantum, since padding may end any.</summary>
    public static string Decode(string text)
    {
        (text.Length % 4).ShouldBe(0, text);
        return string.Concat(text.Chunk(4).Select(static q => Encoding.Latin1.GetString(Convert.FromBase64String(new string(q)))));
    }

    /// <summary>Every piece as a chunk of its own, all at once: how they are cut does not hang on the network.</summary>
    public static string Chunks(IEnumerable<string> pieces) => string.Concat(pieces.Select(static p => $"{p.Length:x}\r\n{p}\r\n")) + "0\r\n\r\n";

    public static string Head(string type, string more = "", string path = CallPath) => $"POST {path} HTTP/1.1\r\nHost: a\r\nContent-Type: {type}\r\n{more}\r\n";

    public static (string Name, string Value)[] Fields(string type, params (string Name, string Value)[] more)
        => Http2Gateway.Ask(CallPath, "POST", [("content-type", type), .. more]);

    public static async Task<WebAnswer> CallAsync(TestGateway gateway, bool isHttp2, string type, string body, string path = CallPath)
    {
        if (!isHttp2)
        {
            using var client = await gateway.ConnectAsync();
            return Read(await client.AskAsync(Head(type, $"Content-Length: {body.Length}\r\n", path) + body));
        }

        using var wire = await Http2Wire.ConnectAsync(gateway);
        await wire.HeadersAsync(1, endStream: false, Http2Gateway.Ask(path, "POST", ("content-type", type)));
        await wire.DataAsync(1, body, endStream: true);
        var answer = await wire.ReadAnswerAsync(1);
        return Read(int.Parse(answer.Status, System.Globalization.CultureInfo.InvariantCulture), answer.Fields, answer.Body);
    }

    public static WebAnswer Read(Message message)
    {
        message.Trailers.ShouldBeEmpty();
        return Read(message.Status, message.Fields, message.Body);
    }

    public static WebAnswer Read(int status, IReadOnlyList<(string Name, string Value)> fields, string body)
    {
        if (fields.Any(static f => f.Name.Equals("content-type", StringComparison.OrdinalIgnoreCase) && f.Value.StartsWith("application/grpc-web-text", StringComparison.Ordinal))) body = Decode(body);
        var messages = new List<string>();
        string? trailers = null;
        while (body.Length > 0)
        {
            trailers.ShouldBeNull("Trailers are the last.");
            var length = BinaryPrimitives.ReadInt32BigEndian(Encoding.Latin1.GetBytes(body[1..5]));
            body.Length.ShouldBeGreaterThanOrEqualTo(5 + length);
            if (body[0] == 0x80) trailers = body.Substring(5, length);
            else messages.Add(body.Substring(5, length));
            body = body[(5 + length)..];
        }

        return new WebAnswer(status, fields, messages, trailers);
    }

    /// <summary>Nothing is left of any exchange; a connection to an origin of HTTP/2 stays.</summary>
    public static async Task IsQuietAsync(TestGateway gateway)
    {
        await TestGateway.EventuallyAsync(() => gateway.Active == 0, "exchanges are left");
        await TestGateway.EventuallyAsync(() => gateway.Gateway.OpenListeners.All(static l => l.Open == 0), "connections are left");
        await TestGateway.EventuallyAsync(() => gateway.Gateway.Loops.Sum(static l => l.Loop.Buffers.Leased) == 0, "buffers are left");
        gateway.Gateway.Store.Endpoints.ShouldAllBe(static e => e.Active == 0);
    }

    public static Task<TestGateway> StartAsync(string url, string cluster = "protocol: http2", string route = "", string listener = "") => TestGateway.StartAsync($$"""
        version: 1
        listeners: { web: { address: "127.0.0.1:0"{{Member(listener)}} } }
        routes:
          call: { match: { path: "/t.S/**" }, forward: { cluster: origin, grpc-web: true }{{Member(route)}} }
          plain: { match: { path: /plain }, forward: origin }
          forbidden: { match: { path: /forbidden }, respond: 403 }
          moved: { match: { path: "/moved/**" }, policies: [{ https-redirect: {} }], forward: { cluster: origin, grpc-web: true } }
        clusters: { origin: { endpoints: ["{{url}}"]{{Member(cluster)}} } }
        """);

    private static string Member(string text) => text.Length == 0 ? "" : ", " + text;
}
