namespace Weir.Proxy.Routes.Text;

/// <summary>All literal text of a table in one array: thousands of routes are a handful of objects for the GC. Append-only while it is built.</summary>
internal sealed class TextPool(int capacity)
{
    private byte[] _bytes = new byte[Math.Max(256, capacity)];
    private int _length;

    public ReadOnlySpan<byte> this[int offset, int length] => _bytes.AsSpan(offset, length);

    public int Add(ReadOnlySpan<byte> text)
    {
        if (_length + text.Length > _bytes.Length) Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + text.Length));
        text.CopyTo(_bytes.AsSpan(_length));
        var offset = _length;
        _length += text.Length;
        return offset;
    }

    /// <summary>Gives back what the last doubling left over. Built tables live as long as their configuration.</summary>
    public void Trim()
    {
        if (_length < _bytes.Length * 3 / 4) Array.Resize(ref _bytes, _length);
    }
}
