using System.Text;
using Weir.Proxy.AccessLog;

namespace Weir.AccessLog;

/// <summary>One JSON object a line, flat, with OpenTelemetry's names. What an exchange does not have is left out.</summary>
internal sealed class JsonFormat : LogFormat
{
    // What the preset leaves out stands in it by another name.
    private static readonly HashSet<string> Aliases = ["time.common", "time.unix", "url.original"];

    private readonly (byte[] Before, LogField Field)[] _fields = [.. LogFields.All.Where(static f => !Aliases.Contains(f.Name))
        .Select(static (f, i) => (Encoding.ASCII.GetBytes($"{(i == 0 ? "{" : ",")}\"{f.Name}\":{(f.IsText ? "\"" : "")}"), f))];

    public override LogEscape Escape => LogEscape.Json;

    public override void Write(in LogRecord record, LogLine line)
    {
        foreach (var (before, field) in _fields)
        {
            var start = line.Length;
            line.Raw(before);
            if (!field.Write(record, line)) line.Truncate(start);
            else if (field.IsText) line.Raw((byte)'"');
        }

        line.Raw("}\n"u8);
    }
}
