using System.Text.Json;
using Weir.Certificates.Storage;
using Weir.Config;

namespace Weir.Running.Overlays;

/// <summary>
/// What was changed at run time, kept in the state folder, so that it survives reloads and restarts: the file is written before a change
/// is put into force, and read once, at the start. Control plane only, one change at a time.
/// </summary>
internal sealed class Overlay
{
    public const string FileName = "overlay.json";

    private readonly string _path;
    private readonly TimeProvider _time;
    private OverlayState _state;

    private Overlay(string path, TimeProvider time, OverlayState state) => (_path, _time, _state) = (path, time, state);

    /// <summary>What holds now.</summary>
    public OverlayState State => Volatile.Read(ref _state).At(_time.GetUtcNow());

    /// <summary>A file that cannot be read says why in <paramref name="problem"/>, and stands for no change.</summary>
    public static Overlay Open(string folder, TimeProvider time, out string? problem)
    {
        var path = Path.Combine(folder, FileName);
        problem = null;
        try
        {
            var state = PrivateFiles.Read(path) is { } text ? JsonSerializer.Deserialize(text, OverlayJson.Default.OverlayState) : null;
            return new Overlay(path, time, state ?? OverlayState.Empty);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or JsonException)
        {
            problem = $"{path}: {failure.Message}";
            return new Overlay(path, time, OverlayState.Empty);
        }
    }

    /// <summary>What the files say, with what was changed.</summary>
    public ConfigLoad Over(ConfigLoad load)
    {
        var state = State;
        return load.Overlaid(config => OverlayChanges.Apply(config, state));
    }

    /// <summary>Writes what holds from now on. Throws what writing files throws; then nothing has changed.</summary>
    public void Change(Func<OverlayState, OverlayState> change)
    {
        var changed = change(State);
        PrivateFiles.MakeFolder(Path.GetDirectoryName(_path)!);
        PrivateFiles.Replace(_path, JsonSerializer.Serialize(changed, OverlayJson.Default.OverlayState));
        Volatile.Write(ref _state, changed);
    }
}
