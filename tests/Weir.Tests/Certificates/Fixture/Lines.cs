using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Weir.Tests.Certificates.Fixture;

/// <summary>A log that a test reads.</summary>
internal sealed class Lines : ILogger
{
    public ConcurrentQueue<string> All { get; } = [];

    public string Text => string.Join('\n', All);

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        => All.Enqueue($"{logLevel}: {formatter(state, exception)}{exception}");
}
