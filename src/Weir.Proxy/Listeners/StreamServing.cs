using System.Runtime.CompilerServices;
using Weir.Async;
using Weir.Http;
using Weir.Http.Messages;
using Weir.Proxy.Layer4;
using Weir.Proxy.Wire;
using Weir.Reactor.Sockets;

namespace Weir.Proxy.Listeners;

/// <summary>Has a connection passed on as it is. LoopState; reused.</summary>
internal sealed class StreamServing(ClientConnection client, Door door) : IServing
{
    // It counts what passes; nothing is written by it.
    private readonly Http1Downstream _downstream = new(door.Owner.Loop, door.Owner.Date);
    private Exchange? _running;

    /// <summary>It is never idle: it is in use to its end.</summary>
    public void CloseIfIdle()
    {
    }

    public void CloseSoon()
    {
        if (_running is not null) _running.IsLastOfConnection = true;
    }

    public void CutOff() => _running?.CutOff();

    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    public async ValueTask<ConnectionEnd> RunAsync(Transport transport)
    {
        if (client.TurnedAway != Refusal.None) return ConnectionEnd.Reset;

        _downstream.Attach(transport);
        _downstream.BeginRefused(HttpVersion.Http11);
        var x = _running = client.BeginExchange(_downstream, isEarly: false);
        x.IsStream = true;
        x.Times.HeadRead = x.Clock;
        transport.Observer = x;
        try
        {
            await StreamPipeline.RunAsync(x, transport);
        }
        finally
        {
            transport.Observer = null;
            _running = null;
            if (x.Refusal is not (Refusal.None or Refusal.StreamIdleTimeout or Refusal.ShuttingDown)) _downstream.Abort();
            x.End();
        }

        return _downstream.IsLost ? ConnectionEnd.Reset : ConnectionEnd.Close;
    }
}
