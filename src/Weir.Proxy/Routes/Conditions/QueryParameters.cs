namespace Weir.Proxy.Routes.Conditions;

/// <summary>Walks the parameters of a raw query: split at '&amp;', then at the first '='; empty pieces are passed over. Decodes nothing.</summary>
internal ref struct QueryParameters(ReadOnlySpan<byte> query)
{
    private ReadOnlySpan<byte> _left = query;

    public ReadOnlySpan<byte> Name { get; private set; }

    public ReadOnlySpan<byte> Value { get; private set; }

    public bool Next()
    {
        while (!_left.IsEmpty)
        {
            var end = _left.IndexOf((byte)'&');
            var pair = end < 0 ? _left : _left[..end];
            _left = end < 0 ? default : _left[(end + 1)..];
            if (pair.IsEmpty) continue;
            var equals = pair.IndexOf((byte)'=');
            Name = equals < 0 ? pair : pair[..equals];
            Value = equals < 0 ? default : pair[(equals + 1)..];
            return true;
        }

        return false;
    }
}
