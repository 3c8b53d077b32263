namespace Weir.Certificates.Storage;

/// <summary>
/// A lock that holds between processes that share a folder: flock on a file in it. One whose holder died is free. The file stays: to remove
/// it would let two hold what each takes for the same lock.
/// </summary>
internal sealed class FolderLock : IDisposable
{
    private const int Busy = 11; // EWOULDBLOCK, on x64 and arm64 alike.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly FileStream _file;

    private FolderLock(FileStream file) => _file = file;

    /// <summary>Null when another has it for as long as that.</summary>
    public static async Task<FolderLock?> TakeAsync(string path, TimeSpan most, TimeProvider time, CancellationToken cancel)
    {
        var began = time.GetTimestamp();
        while (true)
        {
            if (TryTake(path) is { } taken) return taken;
            if (time.GetElapsedTime(began) >= most) return null;
            await Task.Delay(Pause, time, cancel);
        }
    }

    public void Dispose() => _file.Dispose();

    private static FolderLock? TryTake(string path)
    {
        try
        {
            return new FolderLock(new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = FileShare.None,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            }));
        }
        catch (IOException failure) when (failure.HResult == Busy)
        {
            return null;
        }
    }
}
