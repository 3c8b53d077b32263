using Weir.Sdk.Policies;

namespace Weir.Policies.Delay;

internal sealed class DelayFactory : PolicyFactory<DelayConfig>
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);

    public override string Kind => "delay";

    // The reader checks the bounds too; a policy made by other means is checked here.
    public override Policy? Create(DelayConfig config, PolicySetup setup)
    {
        if (config.Duration >= TimeSpan.Zero && config.Duration <= Longest) return new DelayPolicy(config.Duration);
        setup.Error("duration", "out-of-bounds", "a delay is 0 to 60s");
        return null;
    }
}
