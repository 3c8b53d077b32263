using System.Diagnostics;

namespace Weir.Load.Peers;

/// <summary>A proxy that can be measured: where its program is and how it is configured for a scenario.</summary>
internal abstract class Peer(string name, string binary)
{
    private string? _version;

    public string Name => name;

    public string Binary => binary;

    public string Version => _version ??= Ask(VersionArgument);

    /// <summary>What the report says about how it is set up.</summary>
    public abstract string Setup { get; }

    /// <summary>Whether SIGHUP gives it a new configuration.</summary>
    public virtual bool Reloads => false;

    /// <summary>Shows metrics in Prometheus' format where it is told to.</summary>
    public virtual bool HasMetrics => false;

    /// <summary>Access log to empty between rounds; null if it does not write to a file.</summary>
    public virtual string? LogFile(PeerSettings settings) => null;

    protected abstract string VersionArgument { get; }

    /// <summary>Writes the configuration.</summary>
    public abstract PeerCommand Configure(PeerSettings settings);

    private string Ask(string argument)
    {
        var info = new ProcessStartInfo(binary, argument) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(info) ?? throw new BenchException($"cannot start {binary}");
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string text = process.StandardOutput.ReadToEnd() + errors.Result;
        process.WaitForExit();
        return text.Split('\n', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault("unknown").Trim();
    }
}
