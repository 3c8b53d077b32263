using System.Net;

namespace Weir.Proxy.Discovery.Resolving;

/// <summary>
/// Answers questions by asking servers in their order, twice each, and following CNAMEs. Without servers of its own it goes by the system's files, which are read anew for
/// each question. Knows nothing from one question to the next. Never on a loop.
/// </summary>
internal sealed class Resolver(IReadOnlyList<IPEndPoint> servers, TimeSpan timeout, TimeProvider time)
{
    private const int Rounds = 2;

    // CNAMEs from a name to its records, over all messages.
    private const int MostAliases = 16;

    // For what a file says, which has no TTL.
    private const uint FileTtl = 15;

    public string ResolvPath { get; init; } = "/etc/resolv.conf";

    public string HostsPath { get; init; } = "/etc/hosts";

    public async Task<DnsAnswer> ResolveAsync(string name, DnsType type, CancellationToken stop)
    {
        name = name.ToLowerInvariant();
        if (servers.Count > 0) return await AskAsync(servers, name.TrimEnd('.'), type, stop);
        if (type is DnsType.A or DnsType.Aaaa && InFile(name.TrimEnd('.'), type) is { } known) return known;
        var system = ResolvConf.Read(ResolvPath);
        if (system.Servers.Count == 0) return DnsAnswer.Failed($"{ResolvPath} names no server");
        var answer = DnsAnswer.Nothing("there is no such name");
        foreach (var candidate in system.Candidates(name))
        {
            answer = await AskAsync(system.Servers, candidate, type, stop);
            // One that fails may be the one that is meant: another must not stand in for it.
            if (answer.Outcome != DnsOutcome.Nothing) return answer;
        }

        return answer;
    }

    private DnsAnswer? InFile(string name, DnsType type)
    {
        var found = HostsFile.Find(HostsPath, name, type);
        return found.Count == 0 ? null : new DnsAnswer(DnsOutcome.Found, "") { Ttl = FileTtl, Records = [.. found.Select(a => new DnsRecord(name, type, FileTtl) { Address = a })] };
    }

    private async Task<DnsAnswer> AskAsync(IReadOnlyList<IPEndPoint> asked, string name, DnsType type, CancellationToken stop)
    {
        var ttl = uint.MaxValue;
        var aliases = 0;
        while (true)
        {
            var (message, reason) = await AskAllAsync(asked, name, type, stop);
            if (message is null) return DnsAnswer.Failed(reason);
            var before = name;
            while (message.Answers.FirstOrDefault(r => r.Type == DnsType.Cname && r.Name == name) is { } alias)
            {
                if (++aliases > MostAliases) return DnsAnswer.Failed($"'{before}' has too many aliases");
                ttl = Math.Min(ttl, alias.Ttl);
                name = alias.Target;
            }

            var records = message.Answers.Where(r => r.Type == type && r.Name == name).ToList();
            if (records.Count > 0)
                return new DnsAnswer(DnsOutcome.Found, "") { Records = records, Additional = message.Additional, Ttl = Math.Min(ttl, records.Min(static r => r.Ttl)) };
            if (message.Code == DnsCode.NameError) return DnsAnswer.Nothing($"there is no name '{name}'");
            if (name == before) return DnsAnswer.Nothing($"'{name}' has no {(type == DnsType.Srv ? "services" : "addresses")}");
        }
    }

    private async Task<(DnsMessage? Message, string Reason)> AskAllAsync(IReadOnlyList<IPEndPoint> asked, string name, DnsType type, CancellationToken stop)
    {
        var reason = "";
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var server in asked)
            {
                var (message, why) = await DnsExchange.AskAsync(server, name, type, timeout, time, stop);
                if (message is { Code: DnsCode.NoError or DnsCode.NameError }) return (message, "");
                reason = message is null ? why : $"{server} answers {Name(message.Code)} for {Kind(type)} of '{name}'";
            }
        }

        return (null, reason);
    }

    private static string Kind(DnsType type) => type.ToString().ToUpperInvariant();

    private static string Name(DnsCode code) => code switch
    {
        DnsCode.FormatError => "FORMERR",
        DnsCode.ServerFailure => "SERVFAIL",
        DnsCode.NotImplemented => "NOTIMP",
        DnsCode.Refused => "REFUSED",
        _ => "RCODE " + ((int)code).ToString(System.Globalization.CultureInfo.InvariantCulture),
    };
}
