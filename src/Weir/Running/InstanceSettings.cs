using Weir.Logging;
using Weir.Output;

namespace Weir.Running;

/// <summary>What an instance is started with.</summary>
internal sealed record InstanceSettings
{
    /// <summary>The file or folder, as it is to be shown.</summary>
    public required string ConfigPath { get; init; }

    public required Terminal Terminal { get; init; }

    public required ProgramLog Log { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public SystemdNotify Notify { get; init; } = new(null);

    /// <summary>Reload when a file changes.</summary>
    public bool Watches { get; init; } = true;

    /// <summary>Takes what is asked over the control channel.</summary>
    public Action<Wish, string> Asked { get; init; } = static (_, _) => { };

    /// <summary>When the process began, by the clock's timestamp; 0 for now.</summary>
    public long Began { get; init; }
}
