using System.Runtime.CompilerServices;
using Weir.Async;
using Weir.Http;
using Weir.Http.Messages;
using Weir.Proxy.Model;
using Weir.Proxy.PolicyChains;
using Weir.Proxy.Upstream;
using Weir.Proxy.Wire;

namespace Weir.Proxy.Responses;

/// <summary>Gives the client its response: the policies of the response phases, the head, the body, the trailers.</summary>
internal static class ResponseWriter
{
    private const int MaxSkipped = 256 * 1024;

    [AsyncMethodBuilder(typeof(PathMethodBuilder))]
    public static async ValueTask RunAsync(Exchange x)
    {
        x.Owner.Mark(TurnSteps.Response);
        var chain = x.RouteModel.Chain;
        if (x.Refusal != Refusal.None || x.Source == ResponseSource.None) LocalReplies.Prepare(x);
        else if (chain.UpstreamResponse.Length > 0) await RunPhaseAsync(x, chain.UpstreamResponse, upstream: true);
        if (chain.Response.Length > 0) await RunPhaseAsync(x, chain.Response, upstream: false);
        if (x.IsAborted) return;
        if (x.IsAutomaticOptions) LocalReplies.AddAllow(x);
        if (x.GrpcWeb is not null) GrpcWebReplies.Prepare(x, x.GrpcWeb);

        var response = x.Response;
        var shape = x.Downstream.Shape(response, x.Request.Method == HttpMethod.Head, Closes(x));
        var result = await x.Downstream.WriteHeadAsync(response, shape);
        if (result == WireResult.Refused)
        {
            x.Refuse(Refusal.InternalFault);
        }
        else if (result == WireResult.Ok)
        {
            x.IsResponseStarted = true;
            result = await WriteBodyAsync(x, shape);
            if (result == WireResult.Ok) return;
        }

        // The client has a part of the response: only a reset tells it so.
        if (result == WireResult.TimedOut) x.Refuse(Refusal.ClientTooSlow);
        else if (result != WireResult.Refused) x.Refuse(x.IsExpired ? Refusal.UpstreamTimeout : Refusal.ClientGone);
        x.Downstream.Abort();
    }

    /// <summary>After the head: the body, from where it is, and its end.</summary>
    public static ValueTask<WireResult> WriteBodyAsync(Exchange x, in ResponseShape shape)
    {
        if (!shape.HasBody) return x.Downstream.FinishAsync(null);
        return x.Source == ResponseSource.Local ? WriteLocalAsync(x) : BodyCopy.RunAsync(x, x.Upstream!);
    }

    // Whatever reply goes to the client passes its policies once, one that a policy put in the other's place too.
    [AsyncMethodBuilder(typeof(PathMethodBuilder))]
    private static async ValueTask RunPhaseAsync(Exchange x, PolicyStep[] steps, bool upstream)
    {
        foreach (var step in steps)
            if (!await PolicyRunner.ResponseAsync(x, step, upstream)) LocalReplies.Prepare(x);
    }

    private static bool Closes(Exchange x)
        => x.MustClose || x.Owner.Draining || x.IsLastOfConnection || (!x.Downstream.IsBodyEnded && IsBodyLeft(x));

    // A rest of the request's body that nobody is going to read stands before the next request.
    private static bool IsBodyLeft(Exchange x)
    {
        if (x.Source == ResponseSource.Local) return x.IsPumping || !TrySkipBody(x);
        return x.IsPumpFailed || !x.Response.KeepAlive || (x.Request.ExpectContinue && x.Downstream.BodyBytes == 0);
    }

    // A small rest that is here already is read; more is not waited for.
    private static bool TrySkipBody(Exchange x)
    {
        while (!x.Downstream.IsBodyEnded)
            if (x.Downstream.TryReadBody(out _, null) is BodyStep.Wait or BodyStep.Fault || x.Downstream.BodyBytes > MaxSkipped) return false;
        return true;
    }

    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    private static async ValueTask<WireResult> WriteLocalAsync(Exchange x)
    {
        x.ResponseBodyBytes = x.LocalBody.Length;
        var written = await x.Downstream.WriteBodyAsync(Piece(x));
        return written == WireResult.Ok ? await x.Downstream.FinishAsync(null) : written;
    }

    // The arena's own part is native memory, and nothing is appended while this is sent.
    private static unsafe BodyPiece Piece(Exchange x)
    {
        fixed (byte* text = x.Response.Arena[x.LocalBody]) return new BodyPiece(text, x.LocalBody.Length);
    }
}
