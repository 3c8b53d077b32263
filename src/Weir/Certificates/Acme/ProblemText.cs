using System.Text;

namespace Weir.Certificates.Acme;

/// <summary>Problem documents in words: <c>rejectedIdentifier: the detail (a.example: …)</c>. Bounded, since the authority wrote it.</summary>
internal static class ProblemText
{
    private const string Prefix = "urn:ietf:params:acme:error:";
    private const int MostSubproblems = 10;
    private const int MostText = 400;

    public static string TypeOf(ProblemView problem)
        => problem.Type is { } type && type.StartsWith(Prefix, StringComparison.Ordinal) ? Plain(type[Prefix.Length..]) : Plain(problem.Type ?? "");

    public static string Of(ProblemView problem)
    {
        var text = new StringBuilder(One(problem));
        foreach (var sub in (problem.Subproblems ?? []).Take(MostSubproblems))
        {
            if (sub is null) continue;
            text.Append("; ");
            if (sub.Identifier?.Value is { } name) text.Append(Plain(name)).Append(": ");
            text.Append(One(sub));
        }

        return text.ToString();
    }

    /// <summary>Without control characters, and short.</summary>
    public static string Plain(string text)
    {
        var shown = text.Length > MostText ? text[..MostText] + "…" : text;
        return shown.Any(char.IsControl) ? string.Concat(shown.Select(static c => char.IsControl(c) ? ' ' : c)) : shown;
    }

    private static string One(ProblemView problem)
        => problem.Detail is { Length: > 0 } detail ? $"{TypeOf(problem)}: {Plain(detail)}" : TypeOf(problem);
}
