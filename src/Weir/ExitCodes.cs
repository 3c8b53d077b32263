namespace Weir;

/// <summary>What the process tells its caller.</summary>
internal static class ExitCodes
{
    public const int Done = 0;

    /// <summary>The configuration is invalid, or the thing asked for failed.</summary>
    public const int Failed = 1;

    /// <summary>The command could not be run at all: bad usage, no such file, nobody to talk to.</summary>
    public const int CannotRun = 2;
}
