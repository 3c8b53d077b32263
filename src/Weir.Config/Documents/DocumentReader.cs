using Weir.Config.Diagnostics;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Weir.Config.Documents;

/// <summary>
/// One file's text to nodes. YAML 1.2 core schema without tags, merge keys and complex keys; JSON is YAML. Syntax errors end
/// the file, everything else is collected. Returns null when there is no mapping to go on with.
/// </summary>
internal sealed class DocumentReader
{
    private readonly string _text;
    private readonly SourceFile _file;
    private readonly DiagnosticBag _problems;
    private readonly Func<string, string?> _environment;
    private readonly NodeBudget _budget;
    private readonly Parser _parser;
    private readonly Dictionary<string, ConfigNode> _anchors = new(StringComparer.Ordinal);

    private DocumentReader(string text, SourceFile file, DiagnosticBag problems, Func<string, string?> environment, NodeBudget budget)
    {
        (_text, _file, _problems, _environment, _budget) = (text, file, problems, environment, budget);
        _parser = new Parser(new StringReader(text));
    }

    public static MappingNode? Read(string text, SourceFile file, DiagnosticBag problems, Func<string, string?> environment, NodeBudget budget)
    {
        if (ReadNode(text, file, problems, environment, budget) is not { } root) return null;
        if (root is MappingNode mapping) return mapping;
        if (root is ScalarNode { IsNull: true }) problems.Error(root, "empty-file", "holds no configuration", "the least is 'version: 1'");
        else problems.Error(root, "wrong-type", $"the document must be a mapping, not {root.Description}");
        return null;
    }

    /// <summary>As <see cref="Read"/>, whatever the document is.</summary>
    public static ConfigNode? ReadNode(string text, SourceFile file, DiagnosticBag problems, Func<string, string?> environment, NodeBudget budget)
    {
        var reader = new DocumentReader(text, file, problems, environment, budget);
        try
        {
            return reader.ReadStream();
        }
        catch (RefusedException)
        {
            return null;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // The parser throws more than YamlException on some broken documents.
            SyntaxProblem.Report(e, text, file, reader.LastLine, problems);
            return null;
        }
    }

    private int LastLine => _parser.Current is { } last ? (int)last.End.Line : 1;

    private ConfigNode? ReadStream()
    {
        _parser.MoveNext();
        if (!_parser.MoveNext() || _parser.Current is not DocumentStart)
        {
            _problems.Add(ProblemSeverity.Error, _file, 1, 1, "empty-file", "holds no configuration", "the least is 'version: 1'");
            return null;
        }

        _parser.MoveNext();
        var root = ReadNode(_parser.Current!, 1);
        _parser.MoveNext();
        if (_parser.MoveNext() && _parser.Current is DocumentStart second)
        {
            throw Refuse(second.Start, "many-documents", "a file holds one document", "put the second one into a file of its own, in a folder or under 'include:'");
        }

        return root;
    }

    private ConfigNode ReadNode(ParsingEvent at, int depth)
    {
        if (at is AnchorAlias alias) return ReadAlias(alias);
        if (!_budget.TakeNode()) throw Refuse(at.Start, "too-many-nodes", $"the configuration has more than {NodeBudget.MaxNodes} values");
        if (depth > NodeBudget.MaxDepth) throw Refuse(at.Start, "too-deep", $"is nested deeper than {NodeBudget.MaxDepth}");
        var start = (NodeEvent)at;
        if (!start.Tag.IsEmpty)
        {
            _problems.Add(ProblemSeverity.Error, _file, (int)at.Start.Line, (int)at.Start.Column, "tag", $"tags ({start.Tag.Value}) are not supported", "quote a value to make it a string");
        }

        ConfigNode node = start switch
        {
            Scalar scalar => ReadScalar(scalar),
            SequenceStart => ReadSequence(start, depth),
            _ => ReadMapping(start, depth),
        };
        if (!start.Anchor.IsEmpty) _anchors[start.Anchor.Value] = node;
        return node;
    }

    private ConfigNode ReadAlias(AnchorAlias alias)
    {
        if (!_anchors.TryGetValue(alias.Value.Value, out var target))
        {
            throw Refuse(alias.Start, "unknown-anchor", $"there is no anchor '&{alias.Value.Value}' above", new Suggestion().For(alias.Value.Value, _anchors.Keys) ?? "quote a value that starts with '*'");
        }

        if (!_budget.TakeAlias(target.Size)) throw Refuse(alias.Start, "alias-bomb", $"aliases stand for more than {NodeBudget.MaxAliased} values");
        return target;
    }

    private SequenceNode ReadSequence(NodeEvent start, int depth)
    {
        var items = new List<ConfigNode>();
        var size = 1L;
        while (Next() is var at and not SequenceEnd)
        {
            var item = ReadNode(at, depth + 1);
            size += item.Size;
            items.Add(item);
        }

        var end = _parser.Current!.End;
        return new SequenceNode(_file, (int)start.Start.Line, (int)start.Start.Column, (int)end.Line, (int)end.Column, items) { Size = size };
    }

    private MappingNode ReadMapping(NodeEvent start, int depth)
    {
        var entries = new List<MappingEntry>();
        var places = new KeyPlaces(_problems);
        var size = 1L;
        while (Next() is var at and not MappingEnd)
        {
            var key = ReadKey(at);
            var value = ReadNode(Next(), depth + 1);
            size += value.Size + 1;
            if (key is not null && places.Add(key)) entries.Add(new MappingEntry(key, value));
        }

        var end = _parser.Current!.End;
        return new MappingNode(_file, (int)start.Start.Line, (int)start.Start.Column, (int)end.Line, (int)end.Column, entries) { Size = size };
    }

    // Null after a problem; the value is read all the same, for its own problems.
    private ScalarNode? ReadKey(ParsingEvent at)
    {
        if (at is not Scalar scalar)
        {
            throw Refuse(at.Start, "bad-key", at is AnchorAlias ? "an alias cannot be a key" : "a key must be a string");
        }

        if (!_budget.TakeNode()) throw Refuse(at.Start, "too-many-nodes", $"the configuration has more than {NodeBudget.MaxNodes} values");
        var key = NewScalar(scalar, scalar.Value, false, null, false);
        if (!scalar.Tag.IsEmpty) _problems.Error(key, "tag", $"tags ({scalar.Tag.Value}) are not supported");
        if (key.Form != ScalarForm.Plain) return key;
        if (key.Value == "<<")
        {
            _problems.Error(key, "merge-key", "merge keys are not part of YAML 1.2", "use 'defaults:' or named policies for what routes share");
            return null;
        }

        if (CoreSchema.KindOf(key.Value) == CoreKind.Text) return key;
        _problems.Error(key, "bad-key", $"a key must be a string, not {key.Description}", $"write it as \"{key.Value}\"");
        return null;
    }

    private ScalarNode ReadScalar(Scalar scalar)
    {
        var place = NewScalar(scalar, scalar.Value, false, null, false);
        if (!scalar.Value.Contains("${", StringComparison.Ordinal)) return place;
        var isBroken = false;
        var result = Variables.Substitute(scalar.Value, _environment, p =>
        {
            isBroken = true;
            _problems.Add(ProblemSeverity.Error, _file, place.Line, place.Column + (place.IsExact ? InnerColumn(place, p.Offset) : 0), p.Code, p.Message, p.Hint);
        });
        return result.Changed || isBroken ? NewScalar(scalar, result.Value, result.IsWhole, result.Variable, true, isBroken) : place;
    }

    /// <summary>Columns from the scalar's start to an offset in its value; only for exact ones.</summary>
    public static int InnerColumn(ScalarNode node, int offset) => offset + (node.Form == ScalarForm.Quoted ? 1 : 0);

    private ScalarNode NewScalar(Scalar scalar, string value, bool substituted, string? variable, bool changed, bool isBroken = false)
    {
        var form = scalar.Style switch
        {
            ScalarStyle.Plain => ScalarForm.Plain,
            ScalarStyle.Literal or ScalarStyle.Folded => ScalarForm.Block,
            _ => ScalarForm.Quoted,
        };
        var written = scalar.End.Index - scalar.Start.Index - (form == ScalarForm.Quoted ? 2 : 0);
        return new ScalarNode(_file, (int)scalar.Start.Line, (int)scalar.Start.Column, (int)scalar.End.Line, (int)scalar.End.Column, value, form)
        {
            IsExact = !changed && form != ScalarForm.Block && scalar.Start.Line == scalar.End.Line && written == value.Length,
            IsSubstituted = substituted,
            Variable = variable,
            IsBroken = isBroken,
        };
    }

    private ParsingEvent Next() => _parser.MoveNext() ? _parser.Current! : throw new YamlException("the document ends too early");

    private RefusedException Refuse(Mark at, string code, string message, string? hint = null)
    {
        _problems.Add(ProblemSeverity.Error, _file, (int)at.Line, (int)at.Column, code, message, hint);
        return new RefusedException();
    }

    /// <summary>Ends the reading of one file after its problem was reported; never leaves this class.</summary>
    private sealed class RefusedException : Exception;
}
