namespace Weir.Sdk.Text;

/// <summary>One <c>name=value</c> of a query as it is written, still encoded.</summary>
public readonly ref struct QueryParameter(ReadOnlySpan<byte> whole)
{
    /// <summary>Name, '=' and value as written.</summary>
    public ReadOnlySpan<byte> Whole { get; } = whole;

    /// <summary>What is before the first '='; everything when there is none.</summary>
    public ReadOnlySpan<byte> Name => Whole.IndexOf((byte)'=') is var at and >= 0 ? Whole[..at] : Whole;

    /// <summary>What is after the first '='; empty when there is none.</summary>
    public ReadOnlySpan<byte> Value => Whole.IndexOf((byte)'=') is var at and >= 0 ? Whole[(at + 1)..] : default;

    /// <summary>The name, decoded, is this one.</summary>
    public bool IsNamed(ReadOnlySpan<byte> name) => FormText.EqualsDecoded(Name, name);
}

/// <summary>Walks the parameters of a query (without its '?') in order: <c>foreach (var p in new QueryParameters(query))</c>. Empty ones are left out.</summary>
public ref struct QueryParameters(ReadOnlySpan<byte> query)
{
    private ReadOnlySpan<byte> _rest = query;

    /// <summary>The parameter that the walk is at.</summary>
    public QueryParameter Current { get; private set; }

    /// <summary>For <c>foreach</c>.</summary>
    public readonly QueryParameters GetEnumerator() => this;

    /// <summary>Goes to the next parameter.</summary>
    public bool MoveNext()
    {
        while (!_rest.IsEmpty)
        {
            var end = _rest.IndexOf((byte)'&');
            var whole = end < 0 ? _rest : _rest[..end];
            _rest = end < 0 ? default : _rest[(end + 1)..];
            if (whole.IsEmpty) continue;
            Current = new QueryParameter(whole);
            return true;
        }

        return false;
    }
}
