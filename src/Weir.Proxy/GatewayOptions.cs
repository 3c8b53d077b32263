using Weir.Config.Records;
using Weir.Proxy.Discovery;
using Weir.Proxy.Model;
using Weir.Reactor;
using Weir.Sdk.Configuration;
using Weir.Sdk.Discovery;
using Weir.Sdk.Policies;

namespace Weir.Proxy;

/// <summary>What the program gives the data plane at its start. The callbacks come from loops: they must not block.</summary>
public sealed record GatewayOptions
{
    /// <summary>Event loops. Default one per core that the process may use.</summary>
    public int Loops { get; init; } = ProcessLimits.Cores;

    /// <summary>The kinds of policies that configurations can use.</summary>
    public required IReadOnlyList<PolicyFactory> Factories { get; init; }

    /// <summary>The kinds of sources of endpoints that configurations can use.</summary>
    public IReadOnlyList<EndpointSourceFactory> Sources { get; init; } = BuiltInSources.All;

    /// <summary>A folder for what was found of endpoints, so that a start does not depend on who knows them. Null for none.</summary>
    public string? FoundFolder { get; init; }

    /// <summary>What the program finds wrong in a configuration beside what the data plane does; an error refuses it.</summary>
    public Func<WeirConfig, IEnumerable<ConfigProblem>> Checks { get; init; } = static _ => [];

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Someone takes records out of the rings; else none are made.</summary>
    public bool WritesAccessLog { get; init; }

    /// <summary>An exception reached the top of an exchange, with the name of the route or policy.</summary>
    public Action<Exception, string> OnFault { get; init; } = static (_, _) => { };

    /// <summary>A client's answer and that of its copy differ; once a second for a mirror and loop at most.</summary>
    public Action<MirrorDifference> OnMirrorDifference { get; init; } = static _ => { };

    /// <summary>A loop's turn took too long: the loop, the time, what it went through in that turn, and whether a step of it was there for the first time.</summary>
    public Action<int, TimeSpan, string, bool> OnSlowTurn { get; init; } = static (_, _, _, _) => { };

    /// <summary>An endpoint's health is another than before. From the thread pool.</summary>
    public Action<HealthChange> OnHealth { get; init; } = static _ => { };

    /// <summary>A cluster's breaker is another than before, or its panic begins or ends. From loops too.</summary>
    public Action<ClusterChange> OnCluster { get; init; } = static _ => { };

    /// <summary>An endpoint's name could not be resolved: its URL and why.</summary>
    public Action<string, string> OnNameFailure { get; init; } = static (_, _) => { };

    /// <summary>Endpoints of a cluster came or went.</summary>
    public Action<EndpointsChange> OnEndpoints { get; init; } = static _ => { };

    /// <summary>Endpoints of a cluster cannot be found: the cluster, how, and why; said once, and with null when that is over.</summary>
    public Action<string, string, string?> OnDiscovery { get; init; } = static (_, _, _) => { };
}
