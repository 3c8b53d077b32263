namespace Weir.Scenarios.Soak;

/// <summary>Tests that take the whole machine: they run after all others, one by one, so that nobody waits in vain beside them.</summary>
[CollectionDefinition(nameof(AloneCollection), DisableParallelization = true)]
public sealed class AloneCollection;
