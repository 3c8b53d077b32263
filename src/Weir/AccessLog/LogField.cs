using Weir.Proxy.AccessLog;

namespace Weir.AccessLog;

/// <summary>Writes a field's value; false, and nothing written, when the exchange has none.</summary>
internal delegate bool LogFieldWriter(in LogRecord record, LogLine line);

/// <summary>One thing that can be said of an exchange. <paramref name="IsText"/>: in JSON its value stands in quotes.</summary>
internal sealed record LogField(string Name, bool IsText, LogFieldWriter Write);
