using Weir.Http;
using Weir.Proxy.AccessLog;

namespace Weir.AccessLog;

/// <summary>
/// The fields of HAProxy's <c>option httplog</c>, for tools that read them. Counts of connections and queues are not in a record and
/// stand as 0.
/// </summary>
internal sealed class HaproxyFormat : LogFormat
{
    public override LogEscape Escape => LogEscape.Hex;

    public override void Write(in LogRecord record, LogLine line)
    {
        line.Address(record.Client);
        line.Raw((byte)':');
        line.Number(record.Client.Port);
        line.Raw(" ["u8);
        line.Clock.Haproxy(line, record.Time - Math.Max(0, record.Total));
        line.Raw("] "u8);
        NameOr(line, record.Listener, "-"u8);
        line.Raw((byte)' ');
        NameOr(line, record.Cluster, record.Listener);
        line.Raw((byte)'/');
        NameOr(line, record.Endpoint, "<NOSRV>"u8);
        line.Raw((byte)' ');
        Timers(record, line);
        line.Raw((byte)' ');
        line.Number(record.Status > 0 ? record.Status : -1);
        line.Raw((byte)' ');
        line.Number(Math.Max(0, record.SentBytes));
        line.Raw(" - - "u8);
        line.Raw(Termination(record.Refusal));
        line.Raw(" 0/0/0/0/"u8);
        line.Number(Math.Max(0, record.Attempts - 1));
        line.Raw(" 0/0 \""u8);
        if (record.Text(LogText.Method).IsEmpty) line.Raw("<BADREQ>"u8);
        else CombinedFormat.RequestLine(record, line);
        line.Raw("\"\n"u8);
    }

    // TR '/' Tw '/' Tc '/' Tr '/' Ta
    private static void Timers(in LogRecord record, LogLine line)
    {
        line.Number(Whole(record.Receive));
        line.Raw((byte)'/');
        line.Number(record.Connect < 0 ? -1 : Math.Max(0, Whole(record.Queue)));
        line.Raw((byte)'/');
        line.Number(Whole(record.Connect));
        line.Raw((byte)'/');
        line.Number(Whole(record.FirstByte));
        line.Raw((byte)'/');
        line.Number(Whole(record.Total));
    }

    /// <summary>HAProxy's session state at disconnection: who ended it, and while what was going on; no cookies.</summary>
    private static ReadOnlySpan<byte> Termination(Refusal refusal) => refusal switch
    {
        Refusal.None => "----"u8,
        Refusal.HeaderTimeout or Refusal.BodyTimeout or Refusal.BodyTooSlow or Refusal.KeepAliveTimeout => "cR--"u8,
        Refusal.ClientTooSlow => "cD--"u8,
        Refusal.ClientGone => "CD--"u8,
        Refusal.NoEndpoint or Refusal.ConnectFailed => "SC--"u8,
        Refusal.ConnectTimeout => "sC--"u8,
        Refusal.QueueFull => "SQ--"u8,
        Refusal.QueueTimeout => "sQ--"u8,
        Refusal.UpstreamTimeout => "sH--"u8,
        Refusal.UpstreamIdleTimeout => "sD--"u8,
        Refusal.UpstreamBodyTruncated => "SD--"u8,
        Refusal.UpstreamReset or Refusal.UpstreamClosed => "SH--"u8,
        Refusal.UpstreamBadResponse or Refusal.UpstreamHeaderTooLarge => "PH--"u8,
        Refusal.InternalFault => "I---"u8,
        Refusal.ShuttingDown => "K---"u8,
        _ => "PR--"u8,
    };

    private static long Whole(long microseconds) => microseconds < 0 ? -1 : microseconds / 1000;

    private static void NameOr(LogLine line, string name, ReadOnlySpan<byte> otherwise)
    {
        if (name.Length > 0) line.Name(name);
        else line.Raw(otherwise);
    }

    private static void NameOr(LogLine line, string name, string otherwise) => line.Name(name.Length > 0 ? name : otherwise);
}
