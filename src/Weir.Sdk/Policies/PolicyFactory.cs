namespace Weir.Sdk.Policies;

/// <summary>Makes the policies of one kind from configuration. Found by its <see cref="Kind"/>; stateless.</summary>
public abstract class PolicyFactory
{
    /// <summary>The key in the file, in kebab-case: <c>rate-limit</c>.</summary>
    public abstract string Kind { get; }

    /// <summary>The record that the value under the key is read into; its docs are the manual and the schema.</summary>
    public abstract Type ConfigType { get; }

    /// <summary>Makes the policy, or reports every error with its place and returns null.</summary>
    public abstract Policy? Create(object config, PolicySetup setup);
}

/// <summary>As <see cref="PolicyFactory"/>, typed.</summary>
public abstract class PolicyFactory<TConfig> : PolicyFactory where TConfig : class
{
    /// <inheritdoc/>
    public sealed override Type ConfigType => typeof(TConfig);

    /// <inheritdoc/>
    public sealed override Policy? Create(object config, PolicySetup setup) => Create((TConfig)config, setup);

    /// <summary>Makes the policy, or reports every error with its place and returns null.</summary>
    public abstract Policy? Create(TConfig config, PolicySetup setup);
}
