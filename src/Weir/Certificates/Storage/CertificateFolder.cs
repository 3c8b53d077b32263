using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;

namespace Weir.Certificates.Storage;

/// <summary>A certificate and the name of the folder that it is in.</summary>
internal sealed record StoredCertificate(string Generation, IssuedCertificate Certificate);

/// <summary>
/// The certificates below the state folder: <c>certificates/ORDER/GENERATION/</c> with cert.pem, key.pem and order.json. A generation is
/// written under another name and renamed, so its three files are there together or not at all; the newest that can be read is the one.
/// Thread-safe, and several processes may share the folder.
/// </summary>
internal sealed class CertificateFolder(string state, TimeProvider time, Action<string, string> onDamaged)
{
    private const int KeptGenerations = 3;
    private static readonly string[] Parts = ["cert.pem", "key.pem", "order.json"];
    private static readonly TimeSpan Stale = TimeSpan.FromDays(1);

    private readonly string _root = Path.Combine(state, "certificates");
    private readonly ConcurrentDictionary<string, bool> _damaged = [];

    /// <summary>The newest that can be read; null when there is none. What cannot be read is reported once and left where it is.</summary>
    /// <param name="known">Returned as it is when nothing newer is there.</param>
    public StoredCertificate? Load(CertificateOrder order, StoredCertificate? known = null)
    {
        foreach (var generation in Generations(order))
        {
            if (generation == known?.Generation) return known;
            var path = Path.Combine(FolderOf(order), generation);
            if (_damaged.ContainsKey(path)) continue;
            if (Read(path, order, out var reason) is { } certificate) return new StoredCertificate(generation, certificate);
            // Another instance may have removed it in the meantime, as too old.
            if (Directory.Exists(path) && _damaged.TryAdd(path, true)) onDamaged(path, reason);
        }

        return null;
    }

    /// <summary>On the disk when this returns. Throws what the file system throws.</summary>
    public StoredCertificate Store(CertificateOrder order, IssuedCertificate certificate)
    {
        var folder = FolderOf(order);
        var temporary = Path.Combine(folder, PrivateFiles.Temporary + Path.GetRandomFileName());
        PrivateFiles.MakeFolder(temporary);
        try
        {
            PrivateFiles.Write(Path.Combine(temporary, "cert.pem"), certificate.ToCertificatePem());
            PrivateFiles.Write(Path.Combine(temporary, "key.pem"), certificate.ToKeyPem());
            var about = new OrderFile(order.Directory, order.Names, certificate.Obtained, certificate.NotBefore, certificate.NotAfter, certificate.ProvenBy);
            PrivateFiles.Write(Path.Combine(temporary, "order.json"), JsonSerializer.Serialize(about, StateJson.Default.OrderFile) + "\n");
            var generation = certificate.Obtained.UtcDateTime.ToString("yyyyMMdd'T'HHmmssfff'Z'", CultureInfo.InvariantCulture) + "-" + certificate.Digest[..8];
            Directory.Move(temporary, Path.Combine(folder, generation));
            Prune(order);
            return new StoredCertificate(generation, certificate);
        }
        finally
        {
            if (Directory.Exists(temporary)) Directory.Delete(temporary, recursive: true);
        }
    }

    /// <summary>Whoever orders this certificate holds it; null when another does for as long as that. Also proves that the folder can be written.</summary>
    public Task<FolderLock?> LockAsync(CertificateOrder order, TimeSpan most, CancellationToken cancel)
    {
        PrivateFiles.MakeFolder(FolderOf(order));
        return FolderLock.TakeAsync(Path.Combine(FolderOf(order), "lock"), most, time, cancel);
    }

    private string FolderOf(CertificateOrder order) => Path.Combine(_root, order.Id);

    // Newest first: their names begin with the time.
    private IEnumerable<string> Generations(CertificateOrder order)
    {
        var folder = new DirectoryInfo(FolderOf(order));
        return folder.Exists ? folder.EnumerateDirectories().Select(static d => d.Name).Where(static n => n[0] != '.').OrderDescending(StringComparer.Ordinal) : [];
    }

    private static IssuedCertificate? Read(string path, CertificateOrder order, out string reason)
    {
        try
        {
            var parts = Parts.Select(n => (Name: n, Text: PrivateFiles.Read(Path.Combine(path, n)))).ToList();
            reason = string.Join(", ", parts.Where(static p => p.Text is null).Select(static p => p.Name)) is { Length: > 0 } missing ? missing + " is missing" : "";
            if (reason.Length > 0) return null;
            var about = JsonSerializer.Deserialize(parts[2].Text!, StateJson.Default.OrderFile);
            return IssuedCertificate.Read(parts[0].Text!, parts[1].Text!, order.Names, about?.Obtained ?? default, about?.ProvenBy, out reason);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or JsonException)
        {
            reason = failure.Message;
            return null;
        }
    }

    // The one in force, and some of those before it for people to go back to. What is damaged stays for people to look at.
    private void Prune(CertificateOrder order)
    {
        foreach (var old in Generations(order).Skip(KeptGenerations).ToList())
        {
            var path = Path.Combine(FolderOf(order), old);
            if (Read(path, order, out _) is not null) Directory.Delete(path, recursive: true);
        }

        foreach (var left in new DirectoryInfo(FolderOf(order)).EnumerateDirectories(PrivateFiles.Temporary + "*"))
        {
            if (time.GetUtcNow() - left.LastWriteTimeUtc > Stale) left.Delete(recursive: true);
        }
    }
}
