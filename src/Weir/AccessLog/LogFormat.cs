using Weir.Proxy.AccessLog;

namespace Weir.AccessLog;

/// <summary>Turns records into lines. Immutable; used by one thread at a time since the line is its working space.</summary>
internal abstract class LogFormat
{
    public abstract LogEscape Escape { get; }

    /// <summary>Appends one line with its end. Never throws for what is in the record.</summary>
    public abstract void Write(in LogRecord record, LogLine line);
}
