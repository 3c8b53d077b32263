using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Weir.Config;
using Weir.Config.Records;
using Weir.Sdk.Discovery;

namespace Weir.Proxy.Discovery.Resolving;

/// <summary>
/// Endpoints by DNS. Asks again when the TTL of the last answer is over, after failures later and later. While DNS fails the last good answer stays; when DNS says that there
/// is nothing, it stays for <see cref="DnsDiscoveryConfig.Hold"/>.
/// </summary>
internal sealed class DnsSource(DnsDiscoveryConfig config, Resolver resolver, TimeProvider time) : EndpointSource
{
    private const int MostTargets = 1000;
    private const int AtOnce = 8;
    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LastRetry = TimeSpan.FromSeconds(30);

    // Where nothing is, something may be expected; and a server that answers is not in trouble.
    private static readonly TimeSpan Nothing = TimeSpan.FromSeconds(5);

    // So that many Weirs do not ask in step.
    private const double Jitter = 0.05;

    private readonly BothFamilies _both = new(resolver);
    private readonly string _scheme = config.Scheme.ToString().ToLowerInvariant();

    // Who the endpoints are is what was written, and not what an answer says: answers can be forged, certificates cannot.
    private readonly string _name = string.Join('.', config.Name.ToLowerInvariant().TrimEnd('.').Split('.').SkipWhile(static l => l.StartsWith('_')));

    public override async Task FindAsync(IEndpointFindings findings, CancellationToken stop)
    {
        var failures = 0;
        long? goneSince = null;
        while (true)
        {
            var (answer, list) = config.Type == DnsRecordKind.Srv ? await ServicesAsync(stop) : await AddressesAsync(stop);
            TimeSpan wait;
            if (answer.Outcome == DnsOutcome.Found)
            {
                (failures, goneSince) = (0, null);
                wait = Clamp(answer.Ttl);
                findings.Found(list);
            }
            else
            {
                wait = Backoff(failures++);
                var left = TimeSpan.MaxValue;
                if (answer.Outcome == DnsOutcome.Nothing)
                {
                    goneSince ??= time.GetTimestamp();
                    left = config.Hold - time.GetElapsedTime(goneSince.Value);
                    if (wait > Nothing) wait = Nothing;
                    if (left > TimeSpan.Zero && left < wait) wait = left;
                }

                // What was said for so long is believed.
                if (left <= TimeSpan.Zero) findings.Found([], answer.Reason);
                else findings.Failed(answer.Reason);
            }

            await Task.Delay(wait * (1 + (Random.Shared.NextDouble() * Jitter)), time, stop);
        }
    }

    /// <summary>Priorities in their order from 0, weights as far as they fit: RFC 2782 has both up to 65535, and lets a weight of 0 have a small share.</summary>
    internal static (int[] Priorities, int[] Weights) Scale(IReadOnlyList<DnsRecord> services)
    {
        var order = services.Select(static s => s.Priority).Distinct().Order().ToList();
        var heaviest = services.Max(static s => s.Weight);
        var isPlain = heaviest is > 0 and <= 1000 && services.All(static s => s.Weight > 0);
        return ([.. services.Select(s => Math.Min(15, order.IndexOf(s.Priority)))],
            [.. services.Select(s => heaviest == 0 ? 1 : isPlain ? s.Weight : Math.Max(1, s.Weight * 1000 / heaviest))]);
    }

    private async Task<(DnsAnswer, IReadOnlyList<FoundEndpoint>)> AddressesAsync(CancellationToken stop)
    {
        var answer = await AddressesOfAsync(config.Name, stop);
        var port = config.Port ?? (config.Scheme == EndpointScheme.Https ? 443 : 80);
        return (answer, [.. answer.Records.Select(r => Endpoint(r.Address!, port)).DistinctBy(static e => e.Url)]);
    }

    private async Task<DnsAnswer> AddressesOfAsync(string name, CancellationToken stop)
    {
        if (config.Type == DnsRecordKind.A) return await resolver.ResolveAsync(name, DnsType.A, stop);
        if (config.Type == DnsRecordKind.Aaaa) return await resolver.ResolveAsync(name, DnsType.Aaaa, stop);
        return await _both.ResolveAsync(name, stop);
    }

    private async Task<(DnsAnswer, IReadOnlyList<FoundEndpoint>)> ServicesAsync(CancellationToken stop)
    {
        var answer = await resolver.ResolveAsync(config.Name, DnsType.Srv, stop);
        if (answer.Outcome != DnsOutcome.Found) return (answer, []);
        var services = answer.Records.Where(static s => s.Target.Length > 0 && s.Port > 0).ToList();
        if (services.Count == 0) return (DnsAnswer.Nothing($"'{config.Name}' says that there is no such service"), []);
        var targets = services.Select(static s => s.Target).Distinct().Take(MostTargets).ToList();
        var addresses = new Dictionary<string, DnsAnswer>(StringComparer.Ordinal);
        foreach (var some in targets.Chunk(AtOnce))
            foreach (var (target, found) in some.Zip(await Task.WhenAll(some.Select(t => TargetAsync(t, answer.Additional, stop))))) addresses[target] = found;
        if (addresses.Values.FirstOrDefault(static a => a.Outcome == DnsOutcome.Failed) is { } failed) return (failed, []);
        var (priorities, weights) = Scale(services);
        // One more than there may be is refused; a few messages can stand for millions.
        var list = services.SelectMany((s, i) => addresses.TryGetValue(s.Target, out var found) ? found.Records.Select(r => Endpoint(r.Address!, s.Port) with { Priority = priorities[i], Weight = weights[i] }) : []).DistinctBy(static e => e.Url).Take(EndpointList.Most + 1).ToList();
        if (list.Count == 0) return (DnsAnswer.Nothing($"the targets of '{config.Name}' have no addresses"), []);
        var ttl = addresses.Values.Where(static a => a.Outcome == DnsOutcome.Found).Min(static a => a.Ttl);
        return (answer with { Ttl = Math.Min(answer.Ttl, ttl) }, list);
    }

    // What came along saves the question.
    private async Task<DnsAnswer> TargetAsync(string target, IReadOnlyList<DnsRecord> additional, CancellationToken stop)
    {
        var along = additional.Where(r => r.Name == target && r.Address is not null).ToList();
        if (along.Count > 0) return new DnsAnswer(DnsOutcome.Found, "") { Records = along, Ttl = along.Min(static r => r.Ttl) };
        return await AddressesOfAsync(target + ".", stop);
    }

    private FoundEndpoint Endpoint(IPAddress address, int port)
    {
        var host = address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{address}]" : address.ToString();
        return new FoundEndpoint(string.Create(CultureInfo.InvariantCulture, $"{_scheme}://{host}:{port}")) { Name = _name.Length > 0 ? _name : null };
    }

    private TimeSpan Clamp(uint ttl)
    {
        var given = TimeSpan.FromSeconds(ttl);
        return given < config.MinTtl ? config.MinTtl : given > config.MaxTtl ? config.MaxTtl : given;
    }

    private TimeSpan Backoff(int failures)
    {
        var wait = failures >= 5 ? LastRetry : FirstRetry * (1 << failures);
        // Never more seldom than good answers would be asked for.
        return wait > config.MaxTtl ? config.MaxTtl : wait;
    }
}
