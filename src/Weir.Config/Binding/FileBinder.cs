namespace Weir.Config.Binding;

/// <summary>Files whose content belongs to the configuration: certificates, keys. Read at load, and watched.</summary>
internal static class FileBinder
{
    private const long MaxBytes = 16 << 20;

    public static FileContent? Bind(BindScope scope, ConfigNode node)
    {
        if (node is not ScalarNode { IsNull: false, Value.Length: > 0 } name)
        {
            scope.Problems.Error(node, "wrong-type", "must be the path of a file");
            return null;
        }

        return Read(scope, name, MaxBytes);
    }

    /// <summary>Null after a problem was reported.</summary>
    public static FileContent? Read(BindScope scope, ScalarNode name, long most)
    {
        var path = Path.GetFullPath(name.Value, name.File.Folder.Length == 0 ? Directory.GetCurrentDirectory() : Path.GetFullPath(name.File.Folder));
        scope.ValueFiles.Add(path);
        try
        {
            var length = new FileInfo(path).Length;
            if (length <= most) return new FileContent(path, File.ReadAllBytes(path));
            scope.Problems.Error(name, "file-too-large", $"this file may have {new ByteSize(most)}");
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            scope.Problems.Error(name, "cannot-read", e is FileNotFoundException or DirectoryNotFoundException ? $"there is no file {path}" : e.Message);
            return null;
        }
    }
}
