using Weir.Config.Watching;

namespace Weir.Config.Tests.Watching;

public sealed class WatcherTests : IAsyncDisposable
{
    private static readonly WatchTimes Quick = new() { Quiet = TimeSpan.FromMilliseconds(40), Poll = TimeSpan.FromMilliseconds(100) };

    private readonly TemporaryFolder _folder = new();
    private readonly SemaphoreSlim _calls = new(0);
    private ConfigWatcher? _watcher;

    public async ValueTask DisposeAsync()
    {
        if (_watcher is not null) await _watcher.DisposeAsync();
        _folder.Dispose();
        _calls.Dispose();
    }

    private void Watch(string path, TimeProvider? time = null, WatchTimes? times = null)
        => _watcher = new ConfigWatcher(ConfigReader.Load(path, []).Sources, Called, time, times ?? Quick);

    private Task Called(CancellationToken stop)
    {
        _calls.Release();
        return Task.CompletedTask;
    }

    private async Task Expect(bool called = true)
        => (await _calls.WaitAsync(called ? TimeSpan.FromSeconds(10) : TimeSpan.FromMilliseconds(500))).ShouldBe(called);

    [Fact]
    public async Task WriteInPlaceIsNoticed()
    {
        var file = _folder.Write("weir.yaml", "version: 1\n");
        Watch(file);
        File.WriteAllText(file, "version: 2\n");
        await Expect();
        await Expect(false);
    }

    [Fact]
    public async Task EditorsBackupAndRenameIsNoticed()
    {
        var file = _folder.Write("weir.yaml", "version: 1\n");
        Watch(file);
        File.Move(file, file + "~");
        File.WriteAllText(_folder["4913"], "version: 2\n");
        File.Move(_folder["4913"], file);
        File.Delete(file + "~");
        await Expect();
    }

    [Fact]
    public async Task SwappedLinkOfAConfigMapIsNoticed()
    {
        _folder.Write("..2026_1/weir.yaml", "version: 1\n");
        _folder.Write("..2026_2/weir.yaml", "version: 2\n");
        Directory.CreateSymbolicLink(_folder["..data"], "..2026_1");
        File.CreateSymbolicLink(_folder["weir.yaml"], "..data/weir.yaml");
        Watch(_folder["weir.yaml"]);
        Directory.CreateSymbolicLink(_folder["..data_tmp"], "..2026_2");
        Swap(_folder["..data_tmp"], _folder["..data"]);
        await Expect();
    }

    [Fact]
    public async Task NewFileOfAPatternIsNoticed()
    {
        var file = _folder.Write("weir.yaml", "include: \"conf/*.yaml\"\n");
        _folder.Write("conf/a.yaml", "routes: {}\n");
        Watch(file);
        _folder.Write("conf/b.yaml", "clusters: {}\n");
        await Expect();
        File.Delete(_folder["conf/a.yaml"]);
        await Expect();
        _folder.Write("conf/not-yaml.txt", "x");
        await Expect(false);
    }

    [Fact]
    public async Task ChangedSecretIsNoticed()
    {
        _folder.Write("token", "a");
        var file = _folder.Write("weir.yaml", Read.Head + "admin: { token: { file: token } }\n");
        Watch(file);
        File.WriteAllText(_folder["token"], "b");
        await Expect();
    }

    [Fact]
    public async Task TouchWithoutAChangeIsNot()
    {
        var file = _folder.Write("weir.yaml", "version: 1\n");
        Watch(file);
        File.SetLastWriteTimeUtc(file, new DateTime(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        await Expect(false);
    }

    [Fact]
    public async Task MissedEventsAreFoundByLooking()
    {
        // The folder comes into being later, so that there is nothing that events could come from.
        var file = _folder["later/weir.yaml"];
        _watcher = new ConfigWatcher(new ConfigSources([file], []), Called, null, Quick);
        _folder.Write("later/weir.yaml", "version: 1\n");
        await Expect();
    }

    [Fact]
    public async Task FollowedSourcesAreWatchedFromThenOn()
    {
        var file = _folder.Write("weir.yaml", "version: 1\n");
        Watch(file);
        var other = _folder.Write("other/more.yaml", "routes: {}\n");
        _watcher!.Follow(new ConfigSources([file, other], []));
        await Expect(false);
        File.WriteAllText(other, "clusters: {}\n");
        await Expect();
    }

    [Fact]
    public async Task BusyFolderIsWaitedForButNotLongerThanTheLongest()
    {
        var time = new ManualTime();
        var file = _folder.Write("weir.yaml", "version: 1\n");
        // Signals of the folder's own events may come too; by this clock they are no later than the test's.
        _watcher = new ConfigWatcher(new ConfigSources([file], []), Called, time, new WatchTimes { Poll = TimeSpan.FromDays(1) });
        File.WriteAllText(file, "version: 2\n");
        for (var elapsed = 0; elapsed < 1900; elapsed += 100)
        {
            _watcher.Signal();
            time.Advance(100);
        }

        _calls.CurrentCount.ShouldBe(0);
        _watcher.Signal();
        time.Advance(100);
        await Expect();
    }

    [Fact]
    public async Task FailingCallbackDoesNotEndTheWatch()
    {
        var file = _folder.Write("weir.yaml", "version: 1\n");
        var calls = 0;
        _watcher = new ConfigWatcher(
            new ConfigSources([file], []),
            _ =>
            {
                _calls.Release();
                return ++calls == 1 ? throw new InvalidOperationException("no") : Task.CompletedTask;
            },
            null,
            Quick);
        File.WriteAllText(file, "version: 2\n");
        await Expect();
        File.WriteAllText(file, "version: 3\n");
        await Expect();
    }

    [Fact]
    public async Task ChangeDuringAReloadIsNotLost()
    {
        var file = _folder.Write("weir.yaml", "version: 1\n");
        var calls = 0;
        _watcher = new ConfigWatcher(
            new ConfigSources([file], []),
            _ =>
            {
                if (++calls == 1) File.WriteAllText(file, "version: 3\n");
                _watcher!.Follow(new ConfigSources([file], []));
                _calls.Release();
                return Task.CompletedTask;
            },
            null,
            Quick);
        File.WriteAllText(file, "version: 2\n");
        await Expect();
        await Expect();
        await Expect(false);
    }

    // rename(2) over a link, as the kubelet does it.
    private static void Swap(string from, string to)
    {
        using var mv = System.Diagnostics.Process.Start("mv", ["-T", from, to]);
        mv.WaitForExit();
        mv.ExitCode.ShouldBe(0);
    }
}
