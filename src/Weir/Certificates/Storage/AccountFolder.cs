using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Weir.Certificates.Acme;

namespace Weir.Certificates.Storage;

/// <summary>
/// What belongs to an authority below the state folder: <c>acme/HOST-DIGEST/</c> with the account's key, its URL, and when the authority
/// looked for a proof in vain. Several processes may share it: whoever changes something holds the lock.
/// </summary>
internal sealed class AccountFolder
{
    /// <summary>Let's Encrypt refuses after five a name, account and hour; the fifth is left to people.</summary>
    public const int MostFailures = 4;

    private static readonly TimeSpan FailuresCount = TimeSpan.FromHours(1);
    private static readonly TimeSpan LockPatience = TimeSpan.FromMinutes(2);

    private readonly string _folder;
    private readonly string _directory;
    private readonly TimeProvider _time;
    private readonly Action<string, string> _onDamaged;

    public AccountFolder(string state, string directory, TimeProvider time, Action<string, string> onDamaged)
    {
        (_directory, _time, _onDamaged) = (directory, time, onDamaged);
        // Authorities may have several directories on one host.
        var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(directory)).AsSpan(0, 4));
        _folder = Path.Combine(state, "acme", $"{new Uri(directory).IdnHost.Trim('[', ']').Replace(':', '_')}-{digest}");
    }

    private string KeyPath => Path.Combine(_folder, "account.key");

    private string AccountPath => Path.Combine(_folder, "account.json");

    private string FailuresPath => Path.Combine(_folder, "failures.json");

    /// <summary>Throws when another holds it for very long: it is held for some requests only.</summary>
    public async Task<FolderLock> LockAsync(CancellationToken cancel)
    {
        PrivateFiles.MakeFolder(_folder);
        return await FolderLock.TakeAsync(Path.Combine(_folder, "lock"), LockPatience, _time, cancel)
            ?? throw new AcmeException(AcmeFault.TimedOut, $"another instance has held {_folder}/lock for {LockPatience.TotalMinutes:0} minutes");
    }

    /// <summary>The key; null when there is none, or what is there is none. What the file system throws is thrown: a disk that is slow today must not cost an account.</summary>
    public AccountKey? LoadKey()
    {
        try
        {
            return PrivateFiles.Read(KeyPath) is { } pem ? AccountKey.FromPem(pem) : null;
        }
        catch (Exception failure) when (failure is CryptographicException or ArgumentException)
        {
            // Kept for people to look at: the next key takes its name.
            File.Move(KeyPath, KeyPath + ".damaged", overwrite: true);
            _onDamaged(KeyPath + ".damaged", failure.Message);
            return null;
        }
    }

    public void SaveKey(AccountKey key) => PrivateFiles.Replace(KeyPath, key.ToPem() + "\n");

    /// <summary>Null when there is none that can be used: the authority is asked for it again then.</summary>
    public AccountFile? LoadAccount()
    {
        var file = LoadJson(AccountPath, static text => JsonSerializer.Deserialize(text, StateJson.Default.AccountFile));
        return file is { Url: not null, Contact: not null } && file.Directory == _directory ? file : null;
    }

    public void SaveAccount(string url, IReadOnlyList<string> contact, string? bindingKid)
        => PrivateFiles.Replace(AccountPath, JsonSerializer.Serialize(new AccountFile(_directory, url, contact, bindingKid), StateJson.Default.AccountFile) + "\n");

    /// <summary>How long to wait until all of these names may be looked for again; null when now.</summary>
    public (string Name, TimeSpan Wait)? MustWait(IEnumerable<string> names)
    {
        var now = _time.GetUtcNow();
        var failures = Failures(now);
        var waits = names.Where(n => failures.TryGetValue(n, out var times) && times.Count >= MostFailures)
            .Select(n => (Name: n, Wait: failures[n][^MostFailures] + FailuresCount - now)).ToList();
        return waits.Count == 0 ? null : waits.MaxBy(static w => w.Wait);
    }

    public async Task RememberFailuresAsync(IReadOnlyList<string> names, CancellationToken cancel)
    {
        using var held = await LockAsync(cancel);
        var now = _time.GetUtcNow();
        var failures = Failures(now);
        foreach (var name in names)
        {
            if (!failures.TryGetValue(name, out var times)) failures.Add(name, times = []);
            times.Add(now);
        }

        PrivateFiles.Replace(FailuresPath, JsonSerializer.Serialize(new FailuresFile(failures), StateJson.Default.FailuresFile) + "\n");
    }

    // Those that still count, each name's oldest first.
    private Dictionary<string, List<DateTimeOffset>> Failures(DateTimeOffset now)
    {
        var all = LoadJson(FailuresPath, static text => JsonSerializer.Deserialize(text, StateJson.Default.FailuresFile))?.Names ?? [];
        return all.Where(static f => f.Value is not null).Select(f => (f.Key, Times: f.Value.Where(t => t > now - FailuresCount && t <= now).Order().ToList()))
            .Where(static f => f.Times.Count > 0).ToDictionary(static f => f.Key, static f => f.Times);
    }

    private T? LoadJson<T>(string path, Func<string, T?> parse) where T : class
    {
        try
        {
            return PrivateFiles.Read(path) is { } text ? parse(text) : null;
        }
        catch (Exception failure) when (failure is JsonException or IOException)
        {
            _onDamaged(path, failure.Message);
            return null;
        }
    }
}
