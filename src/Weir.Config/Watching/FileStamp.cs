using System.Security.Cryptography;

namespace Weir.Config.Watching;

/// <summary>
/// What tells one version of a file from another without reading it. The birth time stands for the inode: an editor that
/// renames a new file into place, keeping time and size, changes it. The link target tells a swapped ConfigMap.
/// </summary>
internal readonly record struct FileStamp(bool Exists, long Modified, long Born, long Length, string? Target)
{
    public static FileStamp Of(string path)
    {
        try
        {
            var file = new FileInfo(path);
            if (!file.Exists) return default;
            var target = RealPath(path);
            if (target != path) file = new FileInfo(target);
            return new FileStamp(true, file.LastWriteTimeUtc.Ticks, file.CreationTimeUtc.Ticks, file.Length, target);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return default;
        }
    }

    /// <summary>The content's hash; empty when it cannot be read just now.</summary>
    public static string ContentOf(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return Convert.ToHexStringLower(SHA256.HashData(file));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    // Links in the folders on the way count too: app.yaml → ..data/app.yaml, ..data → ..2026_01_01.
    private static string RealPath(string path)
    {
        for (var hops = 0; hops < 16; hops++)
        {
            var parent = Path.GetDirectoryName(path);
            var next = new FileInfo(path).LinkTarget ?? (parent is null ? null : LinkedFolder(parent, Path.GetFileName(path)));
            if (next is null) return path;
            path = Path.GetFullPath(next, parent ?? "/");
        }

        return path;
    }

    private static string? LinkedFolder(string folder, string rest)
    {
        for (string? at = folder; at is not null && at != "/"; at = Path.GetDirectoryName(at))
        {
            if (new DirectoryInfo(at).LinkTarget is { } target) return Path.Combine(Path.GetFullPath(target, Path.GetDirectoryName(at)!), Path.GetRelativePath(at, folder), rest);
        }

        return null;
    }
}
