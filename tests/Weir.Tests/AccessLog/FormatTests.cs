using System.Text;
using System.Text.Json;
using Weir.AccessLog;
using Weir.Http;
using Weir.Proxy.Model;

namespace Weir.Tests.AccessLog;

public class FormatTests
{
    [Fact]
    public void JsonNamesFieldsAsOpenTelemetryDoes()
    {
        using var json = JsonDocument.Parse(Records.Line("json", Records.Ordinary()));
        var root = json.RootElement;
        root.GetProperty("timestamp").GetString().ShouldBe("2026-11-23T06:27:59.123456Z");
        root.GetProperty("http.request.method").GetString().ShouldBe("GET");
        root.GetProperty("url.path").GetString().ShouldBe("/orders/7");
        root.GetProperty("url.query").GetString().ShouldBe("a=b");
        root.GetProperty("http.response.status_code").GetInt32().ShouldBe(200);
        root.GetProperty("server.address").GetString().ShouldBe("shop.example");
        root.GetProperty("server.port").GetInt32().ShouldBe(8080);
        root.GetProperty("client.address").GetString().ShouldBe("192.0.2.7");
        root.GetProperty("http.route").GetString().ShouldBe("orders");
        root.GetProperty("weir.endpoint").GetString().ShouldBe("http://10.0.0.1:8080");
        root.GetProperty("weir.total_ms").GetDouble().ShouldBe(12.345);
        root.GetProperty("weir.config_version").GetInt32().ShouldBe(3);
    }

    [Fact]
    public void WhatAnExchangeDoesNotHaveIsLeftOutOfJson()
    {
        using var json = JsonDocument.Parse(Records.Line("json", Records.Malformed()));
        json.RootElement.TryGetProperty("http.request.method", out _).ShouldBeFalse();
        json.RootElement.TryGetProperty("weir.connect_ms", out _).ShouldBeFalse();
        json.RootElement.TryGetProperty("weir.cluster", out _).ShouldBeFalse();
        json.RootElement.GetProperty("weir.refusal").GetString().ShouldBe("bad-target");
        json.RootElement.GetProperty("weir.failed_side").GetString().ShouldBe("downstream");
    }

    [Theory]
    [InlineData(Refusal.BadChunk, "downstream")]
    [InlineData(Refusal.ClientGone, "downstream")]
    [InlineData(Refusal.UpstreamReset, "upstream")]
    [InlineData(Refusal.NoEndpoint, "upstream")]
    [InlineData(Refusal.NoRoute, "weir")]
    [InlineData(Refusal.InternalFault, "weir")]
    [InlineData(Refusal.None, "")]
    public void EveryRefusalHasASide(Refusal refusal, string side) => FailedSide.Of(refusal).ShouldBe(side);

    [Fact]
    public void NoByteOfARequestBreaksJsonOrALine()
    {
        for (var b = 0; b < 256; b++)
        {
            byte[] target = [(byte)'/', (byte)b, (byte)'x'];
            var record = Records.Ordinary(target, [(byte)b, (byte)b]);
            foreach (var format in new[] { "json", "combined", "common", "haproxy", "${url.original} \"${user_agent.original}\"" })
            {
                var line = Records.Line(format, record);
                line.Any(static c => char.IsControl(c)).ShouldBeFalse($"{format} let through byte {b}");
                if (format == "json") JsonDocument.Parse(line).Dispose();
                else line.Count(static c => c == '"').ShouldBe(Records.Line(format, Records.Ordinary()).Count(static c => c == '"'), $"{format}, byte {b}");
            }
        }
    }

    [Fact]
    public void RandomBytesAreStillValidJson()
    {
        var random = new Random(7);
        for (var i = 0; i < 2000; i++)
        {
            var target = new byte[random.Next(1, 200)];
            random.NextBytes(target);
            using var json = JsonDocument.Parse(Records.Line("json", Records.Ordinary(target, target)));
            json.RootElement.GetProperty("user_agent.original").GetString().ShouldNotBeNull();
        }
    }

    [Fact]
    public void TextThatIsUtf8StaysReadableInJson()
    {
        using var json = JsonDocument.Parse(Records.Line("json", Records.Ordinary("/"u8.ToArray(), "Zürich 東京 🦊"u8.ToArray())));
        json.RootElement.GetProperty("user_agent.original").GetString().ShouldBe("Zürich 東京 🦊");
    }

    [Fact]
    public void CombinedIsTheLineThatNginxWrites()
        => Records.Line("combined", Records.Ordinary()).ShouldBe("""192.0.2.7 - - [23/Nov/2026:06:27:59 +0000] "GET /orders/7?a=b HTTP/1.1" 200 126 "-" "curl/8" """.TrimEnd());

    [Fact]
    public void CommonEndsWithTheBytes()
        => Records.Line("common", Records.Ordinary()).ShouldBe("""192.0.2.7 - - [23/Nov/2026:06:27:59 +0000] "GET /orders/7?a=b HTTP/1.1" 200 126""");

    [Fact]
    public void HaproxyHasTheFieldsOfHttplog()
        => Records.Line("haproxy", Records.Ordinary()).ShouldBe(
            """192.0.2.7:50001 [23/Nov/2026:06:27:59.111] web orders/http://10.0.0.1:8080 0/0/0/11/12 200 300 - - ---- 0/0/0/0/0 0/0 "GET /orders/7?a=b HTTP/1.1" """.TrimEnd());

    [Fact]
    public void AHeadThatWasNotUnderstoodHasNoRequestLine()
    {
        Records.Line("common", Records.Malformed()).ShouldContain("\"-\" 400 0");
        Records.Line("haproxy", Records.Malformed()).ShouldContain("web/<NOSRV> -1/-1/-1/-1/-1 400 0 - - PR-- 0/0/0/0/0 0/0 \"<BADREQ>\"");
    }

    [Fact]
    public void EachAttemptIsToldWhereThereWereMore()
    {
        var record = Records.Ordinary();
        const string format = "${weir.attempt_log}";
        Records.Line(format, record).ShouldBe("-");
        record.AttemptLog.Add(new AttemptNote("http://10.0.0.1:8080", 12_345, 503, Refusal.None, AttemptMarks.None));
        record.AttemptLog.Add(new AttemptNote("http://10.0.0.2:8080", 52_071, 0, Refusal.ClientGone, AttemptMarks.Cancelled));
        record.AttemptLog.Add(new AttemptNote("http://10.0.0.3:8080", 3_104, 200, Refusal.None, AttemptMarks.Hedge | AttemptMarks.Won));
        Records.Line(format, record).ShouldBe("http://10.0.0.1:8080 503 12.345ms; http://10.0.0.2:8080 cancelled 52.071ms; http://10.0.0.3:8080 200 3.104ms hedge won");
        for (var i = 0; i < 7; i++) record.AttemptLog.Add(new AttemptNote("tcp://10.0.0.4:1", i, 0, i < 6 ? Refusal.ConnectTimeout : Refusal.None, AttemptMarks.None));
        var line = Records.Line(format, record);
        line.ShouldStartWith("2 left out; http://10.0.0.3:8080 200 3.104ms hedge won; tcp://10.0.0.4:1 connect-timeout 0.000ms; ");
        line.ShouldEndWith("; tcp://10.0.0.4:1 connected 0.006ms");
        using var json = JsonDocument.Parse(Records.Line("json", record));
        json.RootElement.GetProperty("weir.attempt_log").GetString().ShouldBe(line);
    }

    [Theory]
    [InlineData(MirrorResult.None, AnswerParts.None, "-")]
    [InlineData(MirrorResult.Same, AnswerParts.None, "none")]
    [InlineData(MirrorResult.Incomplete, AnswerParts.None, "incomplete")]
    [InlineData(MirrorResult.Different, AnswerParts.Body, "body")]
    [InlineData(MirrorResult.Different, AnswerParts.Status | AnswerParts.Headers | AnswerParts.Body, "status headers body")]
    public void ACopySaysWhatDiffers(object result, object differs, string text)
    {
        var record = Records.Ordinary();
        (record.MirrorResult, record.MirrorDiffers) = ((MirrorResult)result, (AnswerParts)differs);
        Records.Line("${weir.mirror_differs}", record).ShouldBe(text);
    }

    [Theory]
    [InlineData("http://other.example/p?q", "/p", "q")]
    [InlineData("*", "*", "")]
    [InlineData("/a?", "/a", "")]
    [InlineData("/a?b?c", "/a", "b?c")]
    public void TargetsAreCutIntoPathAndQuery(string target, string path, string query)
    {
        Encoding.ASCII.GetString(LogTargets.Path(Encoding.ASCII.GetBytes(target))).ShouldBe(path);
        Encoding.ASCII.GetString(LogTargets.Query(Encoding.ASCII.GetBytes(target))).ShouldBe(query);
    }

    [Theory]
    [InlineData("a.example", "a.example", "")]
    [InlineData("a.example:80", "a.example", "80")]
    [InlineData("[::1]:80", "[::1]", "80")]
    [InlineData("[::1]", "[::1]", "")]
    [InlineData("", "", "")]
    public void HostsAreCutIntoAddressAndPort(string authority, string host, string port)
    {
        Encoding.ASCII.GetString(LogTargets.Host(Encoding.ASCII.GetBytes(authority))).ShouldBe(host);
        Encoding.ASCII.GetString(LogTargets.Port(Encoding.ASCII.GetBytes(authority))).ShouldBe(port);
    }
}
