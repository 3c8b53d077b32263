using Weir.Sdk.Policies;

namespace Weir.Policies.Fault;

internal sealed class FaultFactory : PolicyFactory<FaultConfig>
{
    public override string Kind => "fault";

    public override Policy? Create(FaultConfig config, PolicySetup setup)
    {
        if (config.Delay is null && config.Abort is null) setup.Warning("", "no-effect", "neither 'delay' nor 'abort' is given", "abort: { share: 1% }");
        var abort = config.Abort is { } given ? new LocalReply { Status = given.Status } : null;
        return new FaultPolicy(Lots.Of(config.Delay?.Share ?? default), config.Delay?.Time ?? default, Lots.Of(config.Abort?.Share ?? default), abort, new Lots(config.Seed));
    }
}
