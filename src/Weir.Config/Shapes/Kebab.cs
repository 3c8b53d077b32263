using System.Text;

namespace Weir.Config.Shapes;

/// <summary>PascalCase to kebab-case: <c>TrustedProxies</c> is written <c>trusted-proxies</c>, <c>Http2Window</c> <c>http2-window</c>, <c>Http_01</c> <c>http-01</c>.</summary>
internal static class Kebab
{
    public static string Of(Enum value) => From(value.ToString());

    public static string From(string name)
    {
        var result = new StringBuilder(name.Length + 4);
        for (var i = 0; i < name.Length; i++)
        {
            var startsWord = i > 0 && char.IsAsciiLetterUpper(name[i])
                && (!char.IsAsciiLetterUpper(name[i - 1]) || (i + 1 < name.Length && char.IsAsciiLetterLower(name[i + 1])));
            if (startsWord) result.Append('-');
            result.Append(name[i] == '_' ? '-' : char.ToLowerInvariant(name[i]));
        }

        return result.ToString();
    }
}
