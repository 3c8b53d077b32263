namespace Weir.Config.Documents;

/// <summary>A file that configuration came from.</summary>
/// <param name="Name">As it is shown in problems: the path as it was given.</param>
/// <param name="Folder">What relative paths inside the file are relative to.</param>
/// <param name="Order">The place in the order of reading; problems are sorted by it.</param>
internal sealed record SourceFile(string Name, string Folder, int Order)
{
    public static readonly SourceFile None = new("", "", int.MaxValue);
}
