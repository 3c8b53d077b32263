using System.Net;

namespace Weir.Proxy.Discovery.Resolving;

/// <summary>Types of records that are asked for or understood.</summary>
internal enum DnsType : ushort { A = 1, Cname = 5, Aaaa = 28, Srv = 33, Opt = 41 }

/// <summary>RFC 1035 §4.1.1.</summary>
internal enum DnsCode : byte { NoError = 0, FormatError = 1, ServerFailure = 2, NameError = 3, NotImplemented = 4, Refused = 5 }

/// <summary>A record of a type that is understood. Names are in lower case, without the last dot.</summary>
internal sealed record DnsRecord(string Name, DnsType Type, uint Ttl)
{
    /// <summary>Of A and AAAA.</summary>
    public IPAddress? Address { get; init; }

    /// <summary>Of CNAME and SRV; empty for the root, with which SRV says that there is no such service.</summary>
    public string Target { get; init; } = "";

    public ushort Priority { get; init; }

    public ushort Weight { get; init; }

    public ushort Port { get; init; }
}

/// <summary>A message that answers a question: what of its records is understood.</summary>
internal sealed record DnsMessage(DnsCode Code, bool IsTruncated, IReadOnlyList<DnsRecord> Answers, IReadOnlyList<DnsRecord> Additional);

/// <summary>What came of a question.</summary>
internal enum DnsOutcome : byte
{
    /// <summary>There are records.</summary>
    Found,

    /// <summary>There is no such name, or nothing of that type behind it.</summary>
    Nothing,

    /// <summary>It is not known: no answer, or one that says so.</summary>
    Failed,
}

/// <summary>The answer to a question, CNAMEs followed; <see cref="Ttl"/> in seconds is the least of what led to it.</summary>
internal sealed record DnsAnswer(DnsOutcome Outcome, string Reason)
{
    public IReadOnlyList<DnsRecord> Records { get; init; } = [];

    /// <summary>Addresses that came along with SRV records.</summary>
    public IReadOnlyList<DnsRecord> Additional { get; init; } = [];

    public uint Ttl { get; init; }

    public static DnsAnswer Nothing(string reason) => new(DnsOutcome.Nothing, reason);

    public static DnsAnswer Failed(string reason) => new(DnsOutcome.Failed, reason);
}
