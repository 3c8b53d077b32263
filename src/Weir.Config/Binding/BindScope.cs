using System.Globalization;
using Weir.Config.Diagnostics;
using Weir.Sdk.Policies;

namespace Weir.Config.Binding;

/// <summary>What one binding of a document shares: where problems go, what policies there are, and the path of the place in hand.</summary>
internal sealed class BindScope(DiagnosticBag problems, IEnumerable<PolicyFactory> factories, Func<string, string?> environment)
{
    private readonly List<string> _path = [];

    public DiagnosticBag Problems { get; } = problems;

    public Suggestion Suggestion { get; } = new();

    public IReadOnlyDictionary<string, PolicyFactory> Factories { get; } = ByKind(factories);

    public Func<string, string?> Environment { get; } = environment;

    /// <summary>The names under <c>policies:</c>; a string that is none of them may still be a kind that needs no settings.</summary>
    public IReadOnlySet<string> NamedPolicies { get; set; } = new HashSet<string>();

    /// <summary>Paths of settings that are written by another name: reported as unknown, so that nothing else is said to be missing for it.</summary>
    public HashSet<string> Meant { get; } = new(StringComparer.Ordinal);

    /// <summary>Files that values were read from, for the watcher.</summary>
    public List<string> ValueFiles { get; } = [];

    /// <summary>The document path of the place in hand.</summary>
    public string Path => string.Concat(_path);

    /// <summary>The path of a key of the mapping in hand.</summary>
    public string PathOf(string key) => _path.Count == 0 ? key : Path + "." + key;

    /// <summary>A key of the mapping in hand is written by another name.</summary>
    public bool IsMeant(string key) => Meant.Count > 0 && Meant.Contains(PathOf(key));

    public void Enter(string key) => _path.Add(_path.Count == 0 ? key : "." + key);

    public void Enter(int index) => _path.Add(string.Create(CultureInfo.InvariantCulture, $"[{index}]"));

    public void Leave() => _path.RemoveAt(_path.Count - 1);

    private static Dictionary<string, PolicyFactory> ByKind(IEnumerable<PolicyFactory> factories)
    {
        var result = new Dictionary<string, PolicyFactory>(StringComparer.Ordinal);
        foreach (var factory in factories)
        {
            if (!result.TryAdd(factory.Kind, factory)) throw new ArgumentException($"Two policy factories are of kind '{factory.Kind}'.", nameof(factories));
        }

        return result;
    }
}
