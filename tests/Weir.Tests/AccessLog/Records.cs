using System.Text;
using Weir.AccessLog;
using Weir.Http;
using Weir.Http.Messages;
using Weir.Proxy.AccessLog;
using Weir.Reactor.Sockets;

namespace Weir.Tests.AccessLog;

/// <summary>A record of an ordinary exchange, to be changed by a test, and its line in a format.</summary>
internal static class Records
{
    // 2026-11-23T06:27:59.123456Z
    public const long Time = 1_795_415_279_123_456;

    public static LogRecord Ordinary(string target = "/orders/7?a=b", string agent = "curl/8", string method = "GET", string host = "shop.example:8080")
        => Ordinary(Encoding.Latin1.GetBytes(target), Encoding.Latin1.GetBytes(agent), method, host);

    public static LogRecord Ordinary(byte[] target, byte[] agent, string method = "GET", string host = "shop.example:8080")
    {
        var record = new LogRecord
        {
            Time = Time,
            Total = 12_345,
            Receive = 100,
            Policies = 20,
            Connect = 300,
            FirstByte = 11_000,
            RequestBytes = 0,
            ResponseBytes = 126,
            SentBytes = 300,
            Listener = "web",
            Route = "orders",
            Arm = "",
            Cluster = "orders",
            Endpoint = "http://10.0.0.1:8080",
            TlsVersion = "",
            TlsCipher = "",
            Client = new PeerAddress([192, 0, 2, 7], 50001),
            Peer = new PeerAddress([127, 0, 0, 1], 50002),
            ConfigVersion = 3,
            Status = 200,
            Attempts = 1,
            Version = HttpVersion.Http11,
        };
        record.Add(LogText.Method, Encoding.ASCII.GetBytes(method), 32);
        record.Add(LogText.Target, target, 256);
        record.Add(LogText.Host, Encoding.ASCII.GetBytes(host), 96);
        record.Add(LogText.UserAgent, agent, 128);
        record.Add(LogText.Referer, [], 128);
        record.Add(LogText.RequestId, "id-1"u8, 128);
        for (var text = LogText.ParentId; text < LogText.Count; text++) record.Add(text, [], 1);
        return record;
    }

    /// <summary>The record of a head that could not be read.</summary>
    public static LogRecord Malformed()
    {
        var record = new LogRecord { Time = Time, Total = -1, Receive = -1, Policies = -1, Connect = -1, FirstByte = -1, Listener = "web", Route = "", Arm = "", Cluster = "", Endpoint = "", TlsVersion = "", TlsCipher = "", Status = 400, Refusal = Refusal.BadTarget };
        for (var text = LogText.Method; text < LogText.Count; text++) record.Add(text, [], 1);
        return record;
    }

    public static string Line(string format, in LogRecord record)
    {
        var made = LogFormats.Make(format, out var problem).ShouldNotBeNull(problem.Message);
        var line = new LogLine(made.Escape);
        made.Write(record, line);
        var text = Encoding.UTF8.GetString(line.Written);
        text.ShouldEndWith("\n");
        text.Count(static c => c == '\n').ShouldBe(1);
        return text[..^1];
    }
}
