using System.Text;
using Weir.Load.Loads;

namespace Weir.Load.Peers;

/// <summary>That a peer passes the origin's answer on unchanged and does the work the others do.</summary>
internal static class Fairness
{
    private static readonly string[] Fields = ["X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Request-ID", "Host"];

    /// <returns>What is unequal, as a note for the report; null if nothing is.</returns>
    /// <exception cref="BenchException">The answer is not the origin's.</exception>
    public static string? Check(RunningPeer peer, Origin origin, string path, bool asItIs)
    {
        Reply direct = RawHttp.Get(origin.Port, path);
        Reply through = peer.Get(path);
        if (through.Status != direct.Status || !through.Body.AsSpan().SequenceEqual(direct.Body))
        {
            throw new BenchException($"{peer.Label} answers {path} with {through.Status} and {through.Body.Length} bytes, "
                + $"the origin with {direct.Status} and {direct.Body.Length}");
        }

        if (asItIs) return null;
        string[] seen = Encoding.ASCII.GetString(peer.Get(Origin.FieldsPath).Body).Split('|');
        string[] absent = [.. Fields.Where((_, i) => i >= seen.Length || seen[i].Length == 0)];
        if (absent.Length > 0)
            return $"unequal work: {peer.Label} does not send {string.Join(", ", absent)} to the origin";
        return seen[^1] == RawHttp.Host(peer.Port) ? null : $"unequal work: {peer.Label} changes Host to {seen[^1]}";
    }
}
