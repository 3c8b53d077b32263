using Microsoft.Extensions.Logging;
using Weir.Certificates.Storage;
using Weir.Reactor.Tls;

namespace Weir.Certificates;

/// <summary>Keeps a listener's ticket keys those of the state folder. Without the folder the keys of before go on. Control plane.</summary>
internal sealed class SharedTickets : IAsyncDisposable
{
    private static readonly TimeSpan Look = TimeSpan.FromMinutes(1);

    private readonly TicketFolder _folder;
    private readonly TicketKeys _keys;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _stop = new();
    private readonly PeriodicTimer _timer;
    private readonly Task _running;
    private string _problem = "";

    public SharedTickets(TicketFolder folder, TicketKeys keys, ILogger log, TimeProvider time)
    {
        (_folder, _keys, _log) = (folder, keys, log);
        _timer = new PeriodicTimer(Look, time);
        _running = Task.Run(RunAsync);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _timer.Dispose();
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            do await LoadAsync();
            while (await _timer.WaitForNextTickAsync(_stop.Token));
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }
    }

    private async Task LoadAsync()
    {
        try
        {
            _keys.Use(await _folder.LoadAsync(_stop.Token));
            _problem = "";
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // Once, not every minute.
            if (failure.Message != _problem) _log.TicketsNotShared(failure.Message);
            _problem = failure.Message;
        }
    }
}
