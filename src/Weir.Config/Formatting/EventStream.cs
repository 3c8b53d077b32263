using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Weir.Config.Formatting;

/// <summary>What a text says, without where it says it: the proof that formatting lost nothing.</summary>
internal static class EventStream
{
    /// <summary>Events with values, styles, anchors and tags, then comments. Throws for what is not YAML.</summary>
    public static List<string> Of(string text)
    {
        var result = new List<string>();
        var parser = new Parser(new StringReader(text));
        while (parser.MoveNext())
        {
            result.Add(parser.Current switch
            {
                Scalar s => string.Create(CultureInfo.InvariantCulture, $"scalar {s.Anchor} {s.Tag} {s.Style} {s.IsKey} {s.Value}"),
                MappingStart m => $"mapping {m.Anchor} {m.Tag} {m.Style}",
                SequenceStart s => $"sequence {s.Anchor} {s.Tag} {s.Style}",
                AnchorAlias a => $"alias {a.Value}",
                DocumentStart d => $"document {d.IsImplicit} {d.Version?.Version}",
                DocumentEnd d => $"end {d.IsImplicit}",
                var other => other!.GetType().Name,
            });
        }

        var scanner = new Scanner(new StringReader(text), skipComments: false);
        while (scanner.MoveNext())
        {
            if (scanner.Current is YamlDotNet.Core.Tokens.Error error) throw new YamlException(error.Start, error.End, error.Value);
            if (scanner.Current is YamlDotNet.Core.Tokens.Comment comment) result.Add("# " + comment.Value.TrimEnd());
        }

        return result;
    }
}
