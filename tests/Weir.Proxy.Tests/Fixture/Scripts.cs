using Weir.Sdk.Configuration;
using Weir.Sdk.Policies;

namespace Weir.Proxy.Tests.Fixture;

/// <summary>Policies whose phases are a test's own methods: <c>- script: name</c> in the file.</summary>
internal sealed class Scripts
{
    private readonly Dictionary<string, Func<Script>> _scripts = new(StringComparer.Ordinal);

    public Scripts() => Factory = new ScriptFactory(this);

    public PolicyFactory Factory { get; }

    /// <summary>Policies that were made and not disposed.</summary>
    public List<Script> Alive { get; } = [];

    public Scripts Add(string name, Func<Script> make)
    {
        _scripts[name] = make;
        return this;
    }

    private sealed class ScriptFactory(Scripts scripts) : PolicyFactory<ScriptConfig>
    {
        public override string Kind => "script";

        public override Policy? Create(ScriptConfig config, PolicySetup setup)
        {
            var made = scripts._scripts[config.Name]();
            made.Name = config.Name;
            made.OnDispose = () =>
            {
                lock (scripts.Alive) scripts.Alive.Remove(made);
            };
            lock (scripts.Alive) scripts.Alive.Add(made);
            return made;
        }
    }
}

/// <summary>Which script, and anything that makes one use differ from another.</summary>
[Shorthand(nameof(Name))]
public sealed record ScriptConfig
{
    /// <summary>The script.</summary>
    public string Name { get; init; } = "";

    /// <summary>Any text.</summary>
    public string Tag { get; init; } = "";
}

/// <summary>A policy from delegates; a phase that has none is not taken part in.</summary>
internal sealed class Script : Policy
{
    public string Name { get; set; } = "";

    public Func<RequestView, ValueTask<Verdict>>? Request { get; init; }

    public Func<AttemptView, ValueTask>? Attempt { get; init; }

    public Func<ResponseView, ValueTask<Verdict>>? UpstreamResponse { get; init; }

    public Func<ResponseView, ValueTask<Verdict>>? Response { get; init; }

    public Action<ExchangeSummary>? Log { get; init; }

    public Action OnDispose { get; set; } = static () => { };

    public override PolicyPhases Phases
        => (Request is null ? 0 : PolicyPhases.Request) | (Attempt is null ? 0 : PolicyPhases.Attempt) | (Log is null ? 0 : PolicyPhases.Log)
            | (UpstreamResponse is null ? 0 : PolicyPhases.UpstreamResponse) | (Response is null ? 0 : PolicyPhases.Response);

    public override ValueTask<Verdict> OnRequestAsync(RequestView request) => Request!(request);

    public override ValueTask OnAttemptAsync(AttemptView attempt) => Attempt!(attempt);

    public override ValueTask<Verdict> OnUpstreamResponseAsync(ResponseView response) => UpstreamResponse!(response);

    public override ValueTask<Verdict> OnResponseAsync(ResponseView response) => Response!(response);

    public override void OnLog(in ExchangeSummary summary) => Log!(summary);

    public override ValueTask DisposeAsync()
    {
        OnDispose();
        return base.DisposeAsync();
    }
}
