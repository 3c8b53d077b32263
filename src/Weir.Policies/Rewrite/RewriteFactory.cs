using System.Text;
using System.Text.RegularExpressions;
using Weir.Http;
using Weir.Http.Fields;
using Weir.Http.Targets;
using Weir.Sdk.Expressions;
using Weir.Sdk.Policies;

namespace Weir.Policies.Rewrite;

internal sealed class RewriteFactory : PolicyFactory<RewriteConfig>
{
    /// <summary>Bytes of the beginning of a parameter's name.</summary>
    public const int LongestBeginning = 128;

    public override string Kind => "rewrite";

    public override Policy? Create(RewriteConfig config, PolicySetup setup)
    {
        var errors = new Checked(setup);
        var path = CompilePath(config, errors);
        var host = CompileHost(config.Host, errors);
        var query = CompileQuery(config.Query, errors);
        if (errors.Any) return null;
        if (path is null && host is null && query.IsEmpty) setup.Warning("", "no-effect", "nothing is rewritten");
        return new RewritePolicy(path, host, query);
    }

    private static PathEdit? CompilePath(RewriteConfig config, Checked errors)
    {
        var prefixes = config.StripPrefix is not null || config.AddPrefix is not null;
        if ((config.Path is null ? 0 : 1) + (config.Regex is null ? 0 : 1) + (prefixes ? 1 : 0) > 1)
            errors.Add("", "conflict", "path, regex and the prefixes exclude one another", "use two rewrite policies one after the other");
        if (config.Path is not null) return CompileTemplate(config.Path, errors);
        if (config.Regex is not null) return CompileRegex(config.Regex, errors);
        return prefixes ? new PrefixEdit(Prefix("strip-prefix", config.StripPrefix, errors), Prefix("add-prefix", config.AddPrefix, errors)) : null;
    }

    private static byte[] Prefix(string member, string? text, Checked errors)
    {
        var trimmed = (text ?? "").TrimEnd('/');
        if (trimmed.Length == 0) return [];
        return Normalise(member, trimmed, errors);
    }

    private static TemplateEdit? CompileTemplate(string text, Checked errors)
    {
        if (!errors.Setup.TryTemplate("path", text, ExpressionPhase.Request, out var template)) return errors.Failed<TemplateEdit>();
        if (template.IsConstant) return new TemplateEdit(Template.Literal(Encoding.ASCII.GetString(Normalise("path", Encoding.UTF8.GetString(template.Constant), errors))));
        if (!text.StartsWith('/')) errors.Add("path", "bad-path", "a path begins with '/'", $"write /{text}");
        foreach (var literal in template.Literals)
            if (RewrittenPath.Problem(literal.Span) is { } problem) errors.Add("path", "bad-path", problem);
        return new TemplateEdit(template);
    }

    private static byte[] Normalise(string member, string text, Checked errors)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        using var arena = new TextArena();
        TextSlice path = default;
        var problem = RewrittenPath.Problem(bytes) ?? RewrittenPath.Finish(bytes, arena, out path) switch
        {
            Refusal.None => null,
            Refusal.BadTarget => "a path begins with '/', and no segment with \"..;\"",
            Refusal.PathEscapesRoot => "\".\" and \"..\" cannot be segments of a path",
            _ => "a '%' is followed by two hexadecimal digits, and %00 is refused",
        };
        if (problem is null) return arena[path].ToArray();
        errors.Add(member, "bad-path", problem);
        return [];
    }

    private static RegexEdit? CompileRegex(RewriteRegexConfig config, Checked errors)
    {
        if (config.Pattern.Length == 0 || !Ascii.IsValid(config.Pattern))
        {
            errors.Add("regex.pattern", "bad-pattern", config.Pattern.Length == 0 ? "a pattern is needed" : "a pattern is ASCII: paths are encoded, write %C3%A9 for é");
            return null;
        }

        try
        {
            var pattern = new Regex(config.Pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
            var parts = RegexEdit.Parse(config.Replace, pattern, out var reason, out var column);
            if (parts is null) errors.Add("regex.replace", "bad-replacement", reason, column: column);
            foreach (var part in parts ?? [])
                if (part.Literal is { } literal && RewrittenPath.Problem(literal) is { } problem) errors.Add("regex.replace", "bad-path", problem);
            return parts is null ? null : new RegexEdit(pattern, parts);
        }
        catch (RegexParseException error)
        {
            errors.Add("regex.pattern", "bad-pattern", error.Message, column: error.Offset);
        }
        catch (NotSupportedException)
        {
            errors.Add("regex.pattern", "bad-pattern", "this pattern needs backtracking", "lookarounds, back references and atomic groups are not available");
        }

        return null;
    }

    private static Template? CompileHost(string? text, Checked errors)
    {
        if (text is null) return null;
        if (!errors.Setup.TryTemplate("host", text, ExpressionPhase.Request, out var template)) return errors.Failed<Template>();
        if (template.IsConstant && !HostText.TrySplit(template.Constant, out _)) errors.Add("host", "bad-host", $"\"{text}\" is no host", "write name or name:port, without http://");
        return template;
    }

    private static QueryEdit CompileQuery(RewriteQueryConfig config, Checked errors)
    {
        List<QueryValueEdit> values = [];
        foreach (var (name, value) in config.Set) Add("query.set." + name, name, value, replaces: true);
        foreach (var (name, value) in config.Add) Add("query.add." + name, name, value, replaces: false);
        CheckNames("query.keep", config.Keep, errors);
        CheckNames("query.remove", config.Remove, errors);
        return new QueryEdit(config.Keep.Count == 0 ? null : new QueryNames(config.Keep), new QueryNames(config.Remove), [.. values]);

        void Add(string member, string name, string text, bool replaces)
        {
            if (!errors.Setup.TryTemplate(member, text, ExpressionPhase.Request, out var template))
            {
                errors.Failed<Template>();
                return;
            }

            var bytes = Encoding.UTF8.GetBytes(name);
            var encoded = new ByteSink(stackalloc byte[256]);
            if (!QueryEdit.TryEncode(bytes, ref encoded) || !encoded.TryWrite((byte)'=')) errors.Add(member, "bad-parameter", "this name is too long");
            values.Add(new QueryValueEdit(bytes, encoded.Written.ToArray(), template, replaces));
            encoded.Dispose();
        }
    }

    private static void CheckNames(string member, IReadOnlyList<string> names, Checked errors)
    {
        for (var i = 0; i < names.Count; i++)
            if (names[i].EndsWith('*') && Encoding.UTF8.GetByteCount(names[i]) > LongestBeginning) errors.Add($"{member}[{i}]", "bad-parameter", $"the beginning of a name has {LongestBeginning} bytes at most");
    }

    /// <summary>Reports, and remembers that there was something.</summary>
    private sealed class Checked(PolicySetup setup)
    {
        public PolicySetup Setup => setup;

        public bool Any { get; private set; }

        public void Add(string member, string code, string message, string? hint = null, int column = -1)
        {
            Any = true;
            setup.Error(member, code, message, hint, column);
        }

        public T? Failed<T>() where T : class
        {
            Any = true;
            return null;
        }
    }
}
