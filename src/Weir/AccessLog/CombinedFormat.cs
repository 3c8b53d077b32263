using Weir.Proxy.AccessLog;

namespace Weir.AccessLog;

/// <summary>The formats of NGINX and Apache: <c>common</c>, and <c>combined</c> with referer and user agent. Bytes are those of the body.</summary>
internal sealed class CombinedFormat(bool withAgent) : LogFormat
{
    public override LogEscape Escape => LogEscape.Hex;

    public override void Write(in LogRecord record, LogLine line)
    {
        line.Address(record.Client);
        line.Raw(" - - ["u8);
        line.Clock.Common(line, record.Time);
        line.Raw("] \""u8);
        RequestLine(record, line);
        line.Raw("\" "u8);
        if (record.Status > 0) line.Number(record.Status);
        else line.Raw("000"u8);
        line.Raw((byte)' ');
        line.Number(Math.Max(0, record.ResponseBytes));
        if (withAgent)
        {
            Quoted(line, record.Text(LogText.Referer));
            Quoted(line, record.Text(LogText.UserAgent));
        }

        line.Raw((byte)'\n');
    }

    /// <summary><c>GET /path HTTP/1.1</c>, or what there is of it; <c>-</c> when nothing was understood.</summary>
    public static void RequestLine(in LogRecord record, LogLine line)
    {
        var method = record.Text(LogText.Method);
        if (method.IsEmpty)
        {
            line.Raw((byte)'-');
            return;
        }

        line.Text(method);
        line.Raw((byte)' ');
        line.Text(record.Text(LogText.Target));
        line.Raw(" HTTP/"u8);
        line.Raw(LogFields.Version(record.Version));
    }

    private static void Quoted(LogLine line, ReadOnlySpan<byte> text)
    {
        line.Raw(" \""u8);
        if (text.IsEmpty) line.Raw((byte)'-');
        else line.Text(text);
        line.Raw((byte)'"');
    }
}
