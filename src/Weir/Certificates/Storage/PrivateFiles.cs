using System.Text;

namespace Weir.Certificates.Storage;

/// <summary>
/// Files that only their owner may read, written so that whoever looks sees the old content or the new, never a half: a temporary file
/// beside it, flushed to the disk, then renamed.
/// </summary>
internal static class PrivateFiles
{
    /// <summary>What the temporary ones begin with; nothing else does.</summary>
    public const string Temporary = ".new-";

    private const UnixFileMode FileMode600 = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode FolderMode700 = FileMode600 | UnixFileMode.UserExecute;
    private const long MostBytes = 1 << 20;

    /// <summary>With the folders above it, as far as they are not there: the runtime would give the mode to the last alone.</summary>
    public static void MakeFolder(string path)
    {
        if (Directory.Exists(path)) return;
        if (Path.GetDirectoryName(path) is { Length: > 0 } above) MakeFolder(above);
        Directory.CreateDirectory(path, FolderMode700);
    }

    public static void Replace(string path, string text)
    {
        var temporary = Path.Combine(Path.GetDirectoryName(path)!, Temporary + Path.GetRandomFileName());
        try
        {
            Write(temporary, text);
            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>A new file, on the disk when this returns.</summary>
    public static void Write(string path, string text)
    {
        using var file = new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = FileMode600 });
        file.Write(Encoding.UTF8.GetBytes(text));
        file.Flush(flushToDisk: true);
    }

    /// <summary>Null when there is none. One that is larger than anything written here is damaged.</summary>
    public static string? Read(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            if (file.Length > MostBytes) throw new IOException($"{path} is larger than {MostBytes >> 10} KiB");
            using var reader = new StreamReader(file);
            return reader.ReadToEnd();
        }
        catch (Exception failure) when (failure is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }
}
