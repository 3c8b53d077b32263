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

    private readonly TimeProvider _time;
    private OverlayState _state;

    private Overlay(string path, TimeProvider time, OverlayState state) => (Path, _time, _state) = (path, time, state);

    public string Path { get; }

    /// <summary>What holds now.</summary>
    public OverlayState State => Volatile.Read(ref _state).At(_time.GetUtcNow());

    /// <summary>A file that cannot be read says why in <paramref name="problem"/>, and stands for no change.</summary>
    public static Overlay Open(string folder, TimeProvider time, out string? problem)
    {
        var path = System.IO.Path.Combine(folder, FileName);
        problem = null;
        try
        {
            var state = PrivateFiles.Read(path) is { } text ? JsonSerializer.Deserialize(text, OverlayJson.Default.OverlayState) : null;
            var sound = (state ?? OverlayState.Empty).Sound();
            if (state is not null && sound.Count != state.Count) problem = $"{path}: some of its entries make no sense, and are left out";
            return new Overlay(path, time, sound);
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

    /// <summary>Writes what holds from now on. Null when it is written, else why not; then nothing has changed.</summary>
    public string? Keep(OverlayState state)
    {
        try
        {
            PrivateFiles.MakeFolder(System.IO.Path.GetDirectoryName(Path)!);
            PrivateFiles.Replace(Path, JsonSerializer.Serialize(state, OverlayJson.Default.OverlayState));
            Volatile.Write(ref _state, state);
            return null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return $"it cannot be kept in the state folder (key 'state'), which Weir must be allowed to write: {failure.Message}";
        }
    }
}
