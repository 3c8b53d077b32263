using System.Text;

namespace Weir.Http;

/// <summary>The names of refusals that users see: kebab-case.</summary>
public static class RefusalNames
{
    private static readonly byte[][] Names = [.. Enumerable.Range(0, 256).Select(static i => Encoding.ASCII.GetBytes(Enum.IsDefined((Refusal)i) ? Kebab(((Refusal)i).ToString()) : ""))];

    /// <summary>As bytes, for the wire.</summary>
    public static ReadOnlySpan<byte> Text(this Refusal refusal) => Names[(int)refusal];

    private static string Kebab(string name)
    {
        var text = new StringBuilder();
        for (var i = 0; i < name.Length; i++)
        {
            if (i > 0 && char.IsAsciiLetterUpper(name[i])) text.Append('-');
            text.Append(char.ToLowerInvariant(name[i]));
        }

        return text.ToString();
    }
}
