using System.Runtime.CompilerServices;
using Weir.Async;
using Weir.Http;
using Weir.Proxy.AccessLog;
using Weir.Proxy.Requests;
using Weir.Proxy.Upstream;
using Weir.Reactor.Sockets;

namespace Weir.Proxy.Layer4;

/// <summary>
/// The whole path of a TCP connection. If a step is not visible here, it does not happen. Afterwards it is over and logged; the
/// connection's own method closes it.
/// </summary>
internal static class StreamPipeline
{
    [AsyncMethodBuilder(typeof(PathMethodBuilder))]
    public static async ValueTask RunAsync(Exchange x, Transport client)
    {
        try
        {
            RequestGuard.EnsureRequestId(x);                                // the log's name for it
            if (await StreamRouter.ChooseAsync(x, client)                   // which cluster: by what its handshake asks for, or the listener's own
                && await StreamForwarder.ConnectAsync(x))                   // attempts at endpoints until one takes the connection
                await StreamRelay.RunAsync(x, client, ((UpstreamConnection)x.Upstream!).Transport); // bytes, both ways, until both have ended
        }
        catch (Exception fault)
        {
            x.Owner.ReportFault(fault, x.ListenerModel.Name);               // a bug: counted, both sides are reset
            x.Refuse(Refusal.InternalFault);
        }

        StreamForwarder.End(x);                                             // the endpoint's connection is closed, or reset
        Completion.Record(x);                                               // metrics and log, exactly once
    }
}
