using System.Text;
using Weir.Config.Records;
using Weir.Proxy.Model;
using Weir.Sdk.Configuration;

namespace Weir.Proxy.Snapshots;

/// <summary>Makes the mirror of a forward, and what its copies run on.</summary>
internal sealed class MirrorCompiler(StateStore store, IDiagnosticSink problems)
{
    // The client's own exchange says how long its body may take.
    private const int Unbounded = int.MaxValue / 2;

    public Mirror Compile(string route, MirrorConfig mirror, Forward forward, string place)
    {
        var state = store.Mirror(route, forward.Cluster.Name);
        var timeout = (int)Math.Ceiling(mirror.Timeout.TotalMilliseconds);
        return new Mirror
        {
            Route = new Route
            {
                Name = route,
                State = state.Requests,
                Chain = PolicyChain.Empty,
                // Bodies that are kept for a retry would take the memory that clients' requests have for theirs.
                Forward = forward.With(forward.Cluster.Retry with { Buffer = 0 }),
                // Where there is not room for all, copies make way.
                Criticality = Criticality.Sheddable,
                FirstByteTimeout = timeout,
                IdleTimeout = timeout,
                TotalTimeout = timeout,
                BodyIdleTimeout = Unbounded,
                MaxBody = long.MaxValue,
                MinBodyRate = 0,
            },
            State = state,
            Share = (ulong)Math.Round(mirror.Share.Fraction * (1UL << 32)),
            When = ExpressionCompiler.Condition(mirror.When, place + ".when", problems),
            Check = mirror.Compare is { } compare ? new MirrorCheck(compare.Status, [.. compare.Headers.Select(Encoding.UTF8.GetBytes)], [.. compare.Headers], compare.Body) : null,
            Window = (int)mirror.Window.Bytes,
            MaxResponse = mirror.Response.Bytes == 0 ? long.MaxValue : mirror.Response.Bytes,
            Concurrency = mirror.Concurrency,
            Mark = Encoding.UTF8.GetBytes(route),
        };
    }
}
