using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;
using Weir.Config.Records;

namespace Weir.Logging;

/// <summary>
/// The program's own log: one line an event on standard error, <c>time level message</c>. The whole of the logging stack: no
/// providers, no scopes. A line is written at once and alone, so loops hand theirs to the thread pool first.
/// </summary>
internal sealed class ProgramLog(TextWriter writer, TimeProvider time) : ILogger
{
    private readonly Lock _gate = new();

    /// <summary>What is below is left out; follows the configuration.</summary>
    public LogSeverity Least { get; set; } = LogSeverity.Info;

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None && SeverityOf(logLevel) >= Least;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel)) return;
        var line = new StringBuilder()
            .Append(time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture))
            .Append(' ').Append(Label(SeverityOf(logLevel))).Append(' ');
        Append(line, formatter(state, exception));
        if (exception is not null)
        {
            line.Append(": ");
            Append(line, exception.ToString());
        }

        lock (_gate)
        {
            try
            {
                writer.WriteLine(line);
                writer.Flush();
            }
            catch (IOException)
            {
                // Nobody reads it any more; there is no other place to say so.
            }
        }
    }

    // One event, one line: what breaks lines in a message is shown, not obeyed.
    private static void Append(StringBuilder line, string text)
    {
        foreach (var c in text)
        {
            if (c == '\n') line.Append(" | ");
            else if (!char.IsControl(c)) line.Append(c);
        }
    }

    private static LogSeverity SeverityOf(LogLevel level) => level switch
    {
        LogLevel.Trace or LogLevel.Debug => LogSeverity.Debug,
        LogLevel.Information => LogSeverity.Info,
        LogLevel.Warning => LogSeverity.Warning,
        _ => LogSeverity.Error,
    };

    private static string Label(LogSeverity severity) => severity switch
    {
        LogSeverity.Debug => "debug  ",
        LogSeverity.Info => "info   ",
        LogSeverity.Warning => "warning",
        _ => "error  ",
    };
}
