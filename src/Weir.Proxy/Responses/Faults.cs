using System.Runtime.CompilerServices;
using Weir.Async;
using Weir.Http;
using Weir.Proxy.Wire;

namespace Weir.Proxy.Responses;

/// <summary>The top of an exchange: exceptions are bugs, and the client is told as much as can be told.</summary>
internal static class Faults
{
    [AsyncMethodBuilder(typeof(PathMethodBuilder))]
    public static async ValueTask EndAsync(Exchange x, Exception fault)
    {
        x.Owner.ReportFault(fault, x.RouteModel.Name);
        x.Refuse(Refusal.InternalFault);
        x.MustClose = true;
        if (x.IsResponseStarted || x.IsClientGone)
        {
            x.Downstream.Abort();
            return;
        }

        try
        {
            x.Reply = null;
            x.Source = ResponseSource.None;
            LocalReplies.Prepare(x);
            var shape = x.Downstream.Shape(x.Response, x.Request.Method == Http.Messages.HttpMethod.Head, close: true);
            x.IsResponseStarted = await x.Downstream.WriteHeadAsync(x.Response, shape) == WireResult.Ok;
            if (!x.IsResponseStarted || await ResponseWriter.WriteBodyAsync(x, shape) != WireResult.Ok) x.Downstream.Abort();
        }
        catch (Exception second)
        {
            x.Owner.ReportFault(second, x.RouteModel.Name);
            x.Downstream.Abort();
        }
    }
}
