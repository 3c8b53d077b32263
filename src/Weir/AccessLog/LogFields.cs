using System.Collections.Frozen;
using Weir.Config.Shapes;
using Weir.Http;
using Weir.Http.Messages;
using Weir.Proxy.AccessLog;
using Weir.Proxy.Model;
using Weir.Proxy.Responses;

namespace Weir.AccessLog;

/// <summary>
/// Every field that formats can use: OpenTelemetry's names where there are such, else <c>weir.*</c>. docs/access-log.md lists them,
/// and a test holds the two together.
/// </summary>
internal static class LogFields
{
    private static readonly string[] Refusals = [.. Enumerable.Range(0, 256).Select(static i => Enum.IsDefined((Refusal)i) && i > 0 ? RefusalTable.NameOf((Refusal)i) : "")];

    private static readonly string[] SessionEnds = Names<SessionEnd>();

    private static readonly string[] AttemptFaultNames = [.. Enum.GetValues<AttemptFault>().Select(static f => Kebab.Of(f))];

    private static readonly string[] RetryStops = Names<RetryStop>();

    // For each set of AnswerParts: "status headers body" for all of them.
    private static readonly string[] Differences = [.. Enumerable.Range(0, 8).Select(static d => string.Join(' ', Enum.GetValues<AnswerParts>().Skip(1).Where(p => ((AnswerParts)d & p) != 0).Select(static p => Kebab.Of(p))))];

    public static IReadOnlyList<LogField> All { get; } =
    [
        Text("timestamp", static (in r, line) => { line.Clock.Iso(line, r.Time); return true; }),
        Text("time.common", static (in r, line) => { line.Clock.Common(line, r.Time); return true; }),
        Number("time.unix", static (in r, line) => { line.Milliseconds(r.Time / 1000); return true; }),
        Text("weir.request_id", static (in r, line) => Wire(line, r.Text(LogText.RequestId))),
        Text("client.address", static (in r, line) => { line.Address(r.Client); return true; }),
        Number("client.port", static (in r, line) => Positive(line, r.Client.Port)),
        Text("network.peer.address", static (in r, line) => { line.Address(r.Peer); return true; }),
        Number("network.peer.port", static (in r, line) => Positive(line, r.Peer.Port)),
        Text("network.transport", static (in r, line) => { if (r.IsStream) line.Raw(r.SessionEnd == SessionEnd.None ? "tcp"u8 : "udp"u8); return r.IsStream; }),
        Text("network.protocol.version", static (in r, line) => { if (!r.IsStream) line.Raw(Version(r.Version)); return !r.IsStream; }),
        Text("http.request.method", static (in r, line) => Wire(line, r.Text(LogText.Method))),
        Text("url.scheme", static (in r, line) => { if (!r.IsStream) line.Raw(r.IsSecure ? "https"u8 : "http"u8); return !r.IsStream; }),
        Text("server.address", static (in r, line) => Wire(line, LogTargets.Host(r.Text(LogText.Host)))),
        Number("server.port", static (in r, line) => Wire(line, LogTargets.Port(r.Text(LogText.Host)))),
        Text("url.original", static (in r, line) => Wire(line, r.Text(LogText.Target))),
        Text("url.path", static (in r, line) => Wire(line, LogTargets.Path(r.Text(LogText.Target)))),
        Text("url.query", static (in r, line) => Wire(line, LogTargets.Query(r.Text(LogText.Target)))),
        Text("tls.protocol.version", static (in r, line) => Name(line, r.TlsVersion)),
        Text("tls.cipher", static (in r, line) => Name(line, r.TlsCipher)),
        Number("tls.resumed", static (in r, line) => { if (r.TlsVersion.Length > 0) line.Raw(r.IsResumed ? "true"u8 : "false"u8); return r.TlsVersion.Length > 0; }),
        Text("tls.client.server_name", static (in r, line) => Wire(line, r.Text(LogText.ServerName))),
        Text("tls.client.subject", static (in r, line) => Wire(line, r.Text(LogText.ClientSubject))),
        Text("tls.client.hash.sha256", static (in r, line) => Wire(line, r.Text(LogText.ClientFingerprint))),
        Text("weir.client_names", static (in r, line) => Wire(line, r.Text(LogText.ClientNames))),
        Text("user_agent.original", static (in r, line) => Wire(line, r.Text(LogText.UserAgent))),
        Text("http.request.header.referer", static (in r, line) => Wire(line, r.Text(LogText.Referer))),
        Number("http.response.status_code", static (in r, line) => Positive(line, r.Status)),
        Number("http.request.body.size", static (in r, line) => Count(line, r.RequestBytes)),
        Number("http.response.body.size", static (in r, line) => Count(line, r.ResponseBytes)),
        Number("http.response.size", static (in r, line) => Count(line, r.SentBytes)),
        Text("http.route", static (in r, line) => Name(line, r.Route)),
        Text("weir.listener", static (in r, line) => Name(line, r.Listener)),
        Number("weir.mirror", static (in r, line) => { if (r.IsMirror) line.Raw("true"u8); return r.IsMirror; }),
        Text("weir.parent_id", static (in r, line) => Wire(line, r.Text(LogText.ParentId))),
        Text("weir.mirror_differs", static (in r, line) => Name(line, Differs(r))),
        Text("weir.arm", static (in r, line) => Name(line, r.Arm)),
        Text("weir.cluster", static (in r, line) => Name(line, r.Cluster)),
        Text("weir.endpoint", static (in r, line) => Name(line, r.Endpoint)),
        Number("weir.attempts", static (in r, line) => Count(line, r.Attempts)),
        Text("weir.attempt_faults", static (in r, line) => Faults(line, r.AttemptFaults)),
        Text("weir.attempt_log", static (in r, line) => Attempts(line, r.AttemptLog)),
        Text("weir.fallback_from", static (in r, line) => Name(line, Refusals[(int)r.FellBackFrom])),
        Text("weir.retry_stop", static (in r, line) => Name(line, RetryStops[(int)r.RetryStop])),
        Number("weir.datagrams_received", static (in r, line) => r.SessionEnd != SessionEnd.None && Count(line, r.DatagramsReceived)),
        Number("weir.datagrams_sent", static (in r, line) => r.SessionEnd != SessionEnd.None && Count(line, r.DatagramsSent)),
        Text("weir.session_end", static (in r, line) => Name(line, SessionEnds[(int)r.SessionEnd])),
        Text("weir.refusal", static (in r, line) => Name(line, Refusals[(int)r.Refusal])),
        Text("weir.detail", static (in r, line) => Name(line, Refusals[(int)r.Detail])),
        Text("weir.failed_side", static (in r, line) => Name(line, FailedSide.Of(r.Refusal))),
        Number("weir.total_ms", static (in r, line) => Duration(line, r.Total)),
        Number("weir.receive_ms", static (in r, line) => Duration(line, r.Receive)),
        Number("weir.policies_ms", static (in r, line) => Duration(line, r.Policies)),
        Number("weir.queue_ms", static (in r, line) => Duration(line, r.Queue)),
        Number("weir.connect_ms", static (in r, line) => Duration(line, r.Connect)),
        Number("weir.first_byte_ms", static (in r, line) => Duration(line, r.FirstByte)),
        Number("weir.config_version", static (in r, line) => Count(line, r.ConfigVersion)),
        Number("weir.truncated", static (in r, line) => { if (r.IsTruncated) line.Raw("true"u8); return r.IsTruncated; }),
    ];

    /// <summary>By name.</summary>
    public static FrozenDictionary<string, LogField> ByName { get; } = All.ToFrozenDictionary(static f => f.Name, StringComparer.Ordinal);

    /// <summary>The version as in <c>HTTP/1.1</c>, without the slash and what is before.</summary>
    public static ReadOnlySpan<byte> Version(HttpVersion version) => version switch
    {
        HttpVersion.Http10 => "1.0"u8,
        HttpVersion.Http11 => "1.1"u8,
        HttpVersion.Http2 => "2"u8,
        _ => "3"u8,
    };

    private static LogField Text(string name, LogFieldWriter write) => new(name, true, write);

    private static LogField Number(string name, LogFieldWriter write) => new(name, false, write);

    private static bool Wire(LogLine line, ReadOnlySpan<byte> text)
    {
        line.Text(text);
        return !text.IsEmpty;
    }

    // Nothing for the first, which is none.
    private static string[] Names<T>() where T : struct, Enum => [.. Enum.GetValues<T>().Select(static (v, i) => i == 0 ? "" : Kebab.Of(v))];

    private static bool Faults(LogLine line, AttemptFaults faults)
    {
        for (var i = 0; i < faults.Count; i++)
        {
            if (i > 0) line.Raw(" "u8);
            var (fault, status) = faults[i];
            if (fault == AttemptFault.Status) line.Number(status);
            else line.Name(AttemptFaultNames[(int)fault]);
        }

        return faults.Count > 0;
    }

    // http://10.0.0.1:8080 cancelled 52.071ms; http://10.0.0.2:8080 200 3.104ms hedge won
    private static bool Attempts(LogLine line, in AttemptLog log)
    {
        if (log.Count > log.Kept)
        {
            line.Number(log.Count - log.Kept);
            line.Raw(" left out; "u8);
        }

        for (var i = 0; i < log.Kept; i++)
        {
            if (i > 0) line.Raw("; "u8);
            Attempt(line, log[i]);
        }

        return log.Count > 0;
    }

    private static void Attempt(LogLine line, in AttemptNote attempt)
    {
        line.Name(attempt.Endpoint);
        line.Raw((byte)' ');
        if ((attempt.Marks & AttemptMarks.Cancelled) != 0) line.Raw("cancelled"u8);
        else if (attempt.Status > 0) line.Number(attempt.Status);
        else if (attempt.Refusal != Refusal.None) line.Name(Refusals[(int)attempt.Refusal]);
        else line.Raw("connected"u8);
        line.Raw((byte)' ');
        line.Milliseconds(attempt.Microseconds);
        line.Raw("ms"u8);
        if ((attempt.Marks & AttemptMarks.Hedge) != 0) line.Raw(" hedge"u8);
        if ((attempt.Marks & AttemptMarks.Won) != 0) line.Raw(" won"u8);
    }

    private static string Differs(in LogRecord record) => record.MirrorResult switch
    {
        MirrorResult.Same => "none",
        MirrorResult.Different => Differences[(int)record.MirrorDiffers],
        MirrorResult.Incomplete => "incomplete",
        _ => "",
    };

    private static bool Name(LogLine line, string name)
    {
        line.Name(name);
        return name.Length > 0;
    }

    private static bool Positive(LogLine line, long number) => number > 0 && Count(line, number);

    private static bool Count(LogLine line, long number)
    {
        line.Number(number);
        return true;
    }

    private static bool Duration(LogLine line, long microseconds)
    {
        if (microseconds < 0) return false;
        line.Milliseconds(microseconds);
        return true;
    }
}
