using System.Collections.Concurrent;

namespace Weir.Proxy.Discovery.Resolving;

/// <summary>
/// The addresses of names, of IPv4 and IPv6 together. There are servers that answer for one family alone: then the other has the addresses of its last
/// answer, if there ever was one.
/// </summary>
internal sealed class BothFamilies(Resolver resolver)
{
    // Names come and go.
    private const int MostRemembered = 4096;

    // Seconds after which a family that has answered before is asked again.
    private const uint SoonAgain = 5;

    private readonly ConcurrentDictionary<(string Name, DnsType Type), IReadOnlyList<DnsRecord>> _last = new();

    public async Task<DnsAnswer> ResolveAsync(string name, CancellationToken stop)
    {
        var answers = await Task.WhenAll(resolver.ResolveAsync(name, DnsType.A, stop), resolver.ResolveAsync(name, DnsType.Aaaa, stop));
        var (four, six) = (answers[0], answers[1]);
        Remember(name, DnsType.A, four);
        Remember(name, DnsType.Aaaa, six);
        if (four.Outcome != DnsOutcome.Found && six.Outcome != DnsOutcome.Found) return six.Outcome == DnsOutcome.Failed ? six : four;
        if (four.Outcome == DnsOutcome.Failed) return Together(six, Last(name, DnsType.A));
        if (six.Outcome == DnsOutcome.Failed) return Together(four, Last(name, DnsType.Aaaa));
        var ttl = Math.Min(four.Outcome == DnsOutcome.Found ? four.Ttl : uint.MaxValue, six.Outcome == DnsOutcome.Found ? six.Ttl : uint.MaxValue);
        return new DnsAnswer(DnsOutcome.Found, "") { Ttl = ttl, Records = [.. four.Records, .. six.Records] };
    }

    private static DnsAnswer Together(DnsAnswer found, IReadOnlyList<DnsRecord> last)
        => last.Count == 0 ? found : found with { Ttl = Math.Min(found.Ttl, SoonAgain), Records = [.. found.Records, .. last] };

    private void Remember(string name, DnsType type, DnsAnswer answer)
    {
        if (_last.Count > MostRemembered) _last.Clear();
        if (answer.Outcome != DnsOutcome.Failed) _last[(name, type)] = answer.Records;
    }

    private IReadOnlyList<DnsRecord> Last(string name, DnsType type) => _last.GetValueOrDefault((name, type), []);
}
