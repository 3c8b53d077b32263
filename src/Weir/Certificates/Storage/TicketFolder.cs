using System.Text.Json;
using Weir.Reactor.Tls;

namespace Weir.Certificates.Storage;

/// <summary>One key for tickets, and from when on it seals.</summary>
internal sealed record StoredTicketKey(DateTimeOffset From, byte[] Key);

/// <summary>tickets/keys.json: newest first.</summary>
internal sealed record TicketFile(List<StoredTicketKey> Keys);

/// <summary>
/// Keys for session tickets below the state folder, the same for all instances that share it. A new one is there a while before it seals,
/// so that everyone can open what the first one seals with it.
/// </summary>
internal sealed class TicketFolder(string state, TimeProvider time)
{
    private static readonly TimeSpan Rotation = TimeSpan.FromHours(24);
    private static readonly TimeSpan Notice = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan LockTime = TimeSpan.FromSeconds(10);

    private readonly string _folder = Path.Combine(state, "tickets");

    /// <summary>The key that seals now first, then all others that open. Makes a new one when it is time. Throws what the file system throws.</summary>
    public async Task<IReadOnlyList<byte[]>> LoadAsync(CancellationToken cancel)
    {
        var keys = Read();
        if (IsDue(keys))
        {
            PrivateFiles.MakeFolder(_folder);
            using var held = await FolderLock.TakeAsync(Path.Combine(_folder, "lock"), LockTime, time, cancel) ?? throw new IOException($"{_folder} is locked by another instance");
            keys = Read();
            if (IsDue(keys)) keys = Add(keys);
        }

        var now = time.GetUtcNow();
        var sealing = keys.FirstOrDefault(k => k.From <= now) ?? keys[^1];
        return [sealing.Key, .. keys.Where(k => k != sealing).Select(static k => k.Key)];
    }

    private bool IsDue(List<StoredTicketKey> keys) => keys.Count == 0 || time.GetUtcNow() - keys[0].From >= Rotation - Notice;

    // The first of all seals at once; two are kept that sealed before, so that a ticket is good for its day.
    private List<StoredTicketKey> Add(List<StoredTicketKey> keys)
    {
        var now = time.GetUtcNow();
        List<StoredTicketKey> more = [new StoredTicketKey(keys.Count == 0 ? now : now + Notice, TicketKeys.NewKey()), .. keys.Take(2)];
        PrivateFiles.Replace(Path.Combine(_folder, "keys.json"), JsonSerializer.Serialize(new TicketFile(more), StateJson.Default.TicketFile) + "\n");
        return more;
    }

    private List<StoredTicketKey> Read()
    {
        if (PrivateFiles.Read(Path.Combine(_folder, "keys.json")) is not { } text) return [];
        try
        {
            var keys = JsonSerializer.Deserialize(text, StateJson.Default.TicketFile)?.Keys ?? [];
            return [.. keys.Where(static k => k is { Key.Length: TicketKeys.KeyLength }).OrderByDescending(static k => k.From)];
        }
        catch (JsonException damaged)
        {
            throw new IOException($"{Path.Combine(_folder, "keys.json")} is damaged: {damaged.Message}", damaged);
        }
    }
}
