namespace Weir.Reactor.Tls;

/// <summary>What a name is served with. No context: its certificate is on its way.</summary>
internal sealed record ServedName(ServerContext? Context, TlsClientRule? Rule)
{
    /// <summary>No certificate is for this name, only a rule.</summary>
    public bool IsUnknown { get; init; }
}

/// <summary>By name: which certificates, and what is asked of clients. Immutable; replaced as a whole when a certificate is renewed.</summary>
internal sealed class TlsNames
{
    private readonly Dictionary<string, ServedName> _exact = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ServedName> _wildcard = new(StringComparer.Ordinal);
    // A star of a certificate is one label, one of a rule any number, as a route's: what the rule protects must not be had under a longer name.
    private readonly Dictionary<string, ServedName> _deeper = new(StringComparer.Ordinal);

    /// <summary>The first identity serves clients that ask for no name. <see cref="TlsException"/>: a setting or a certificate is refused.</summary>
    public TlsNames(string listener, TlsServerOptions options, IReadOnlyList<TlsIdentity> identities, IReadOnlySet<string> awaited)
    {
        // Names that have the same certificates and the same rule share a context.
        var contexts = new Dictionary<(string, string?), ServerContext>();
        int[] first = identities.Count == 0 ? [] : [.. SetOf(identities[0].Names is [var asked, ..] ? asked : "").DefaultIfEmpty(0)];
        Default = new ServedName(Context(first, RuleOf(options, "")), RuleOf(options, ""));
        foreach (var name in identities.SelectMany(static i => i.Names).Concat(awaited).Concat(options.ClientRules.SelectMany(static r => r.Names)).Distinct(StringComparer.Ordinal))
        {
            var rule = RuleOf(options, name);
            var set = SetOf(name);
            var isUnknown = set.Length == 0 && !awaited.Contains(name);
            var served = new ServedName(Context(isUnknown ? first : set, rule), rule) { IsUnknown = isUnknown };
            if (name.StartsWith("*.", StringComparison.Ordinal)) _wildcard[name[1..]] = served;
            else _exact[name] = served;
        }

        foreach (var rule in options.ClientRules)
            foreach (var name in rule.Names.Where(static n => n.StartsWith("*.", StringComparison.Ordinal))) _deeper[name[1..]] = new ServedName(Context(first, rule), rule) { IsUnknown = true };

        HasSeveral = Named.Any(s => s.Context != Default.Context || s.Rule != Default.Rule);

        ServerContext? Context(int[] set, TlsClientRule? rule)
        {
            if (set.Length == 0) return null;
            var key = (string.Join(',', set), rule?.Id);
            return contexts.TryGetValue(key, out var context) ? context : contexts[key] = new ServerContext(listener, options, [.. set.Select(i => identities[i])], rule);
        }

        int[] SetOf(string name)
        {
            int[] own = [.. Enumerable.Range(0, identities.Count).Where(i => identities[i].Names.Contains(name))];
            return own.Length > 0 || WildcardOf(name) is not { } wildcard ? own : [.. Enumerable.Range(0, identities.Count).Where(i => identities[i].Names.Contains(wildcard))];
        }
    }

    public IEnumerable<ServerContext> Contexts => Named.Append(Default).Select(static s => s.Context).OfType<ServerContext>().Distinct();

    /// <summary>For those who ask for no name.</summary>
    public ServedName Default { get; }

    /// <summary>Names differ in their certificates or rules.</summary>
    public bool HasSeveral { get; }

    private IEnumerable<ServedName> Named => _exact.Values.Concat(_wildcard.Values).Concat(_deeper.Values);

    /// <summary>By the name as it is, then by its first label replaced, then by the longest end that a rule is for.</summary>
    public ServedName? Find(ReadOnlySpan<byte> name)
    {
        var text = AskedName.Normalize(name, stackalloc char[AskedName.MaxLength]);
        if (text.IsEmpty) return null;
        if (_exact.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(text, out var served)) return served;
        var dot = text.IndexOf('.');
        if (dot <= 0) return null;
        text = text[dot..];
        if (_wildcard.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(text, out served)) return served;
        var deeper = _deeper.GetAlternateLookup<ReadOnlySpan<char>>();
        while ((dot = text[1..].IndexOf('.')) >= 0)
        {
            text = text[(dot + 1)..];
            if (deeper.TryGetValue(text, out served)) return served;
        }

        return null;
    }

    private static TlsClientRule? RuleOf(TlsServerOptions options, string name)
    {
        for (var asked = name; asked is not null; asked = WiderOf(asked))
            if (options.ClientRules.FirstOrDefault(r => r.Names.Contains(asked)) is { } rule) return rule;
        return options.ClientRules.FirstOrDefault(static r => r.Names.Count == 0);
    }

    private static string? WildcardOf(string name) => name.StartsWith("*.", StringComparison.Ordinal) ? null : WiderOf(name);

    // The wildcard above a name or a wildcard.
    private static string? WiderOf(string name)
    {
        var start = name.StartsWith("*.", StringComparison.Ordinal) ? 2 : 0;
        var dot = name.IndexOf('.', start);
        return dot > start ? "*" + name[dot..] : null;
    }
}
