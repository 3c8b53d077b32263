using System.Buffers.Binary;
using System.Net;
using System.Text;
using Weir.Reactor.Native;

namespace Weir.Reactor.Sockets;

/// <summary>An address that can be bound or connected to, in the kernel's form. Immutable.</summary>
public sealed class SocketAddress : IEquatable<SocketAddress>
{
    private const int MaxUnixPath = 107;

    private readonly byte[] _bytes;
    private readonly string _text;

    private SocketAddress(byte[] bytes, string text, string? unixPath)
    {
        _bytes = bytes;
        _text = text;
        UnixPath = unixPath;
    }

    internal ReadOnlySpan<byte> Bytes => _bytes;

    internal int Family => _bytes[0] | (_bytes[1] << 8);

    /// <summary>The path of a unix socket; null for TCP.</summary>
    public string? UnixPath { get; }

    public bool IsUnix => UnixPath is not null;

    /// <summary>All addresses of its family.</summary>
    internal bool IsAny => !IsUnix && !_bytes.AsSpan(Family == Constants.FamilyInet ? 4 : 8, Family == Constants.FamilyInet ? 4 : 16).ContainsAnyExcept((byte)0);

    /// <summary>The port; 0 for a unix socket.</summary>
    public int Port => IsUnix ? 0 : BinaryPrimitives.ReadUInt16BigEndian(_bytes.AsSpan(2));

    public static SocketAddress From(IPEndPoint endpoint)
    {
        var v4 = endpoint.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork;
        var bytes = new byte[v4 ? 16 : 28];
        bytes[0] = (byte)(v4 ? Constants.FamilyInet : Constants.FamilyInet6);
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(2), (ushort)endpoint.Port);
        endpoint.Address.TryWriteBytes(bytes.AsSpan(v4 ? 4 : 8), out _);
        if (!v4) BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(24), (uint)endpoint.Address.ScopeId);
        return new SocketAddress(bytes, endpoint.ToString(), null);
    }

    /// <summary>A unix socket's path; at most 107 bytes, which is the kernel's bound.</summary>
    public static SocketAddress Unix(string path)
    {
        var length = Encoding.UTF8.GetByteCount(path);
        if (length is 0 or > MaxUnixPath || path.Contains('\0', StringComparison.Ordinal))
            throw new ArgumentException($"The path of a unix socket has 1 to {MaxUnixPath} bytes, none of them zero: '{path}'.", nameof(path));
        var bytes = new byte[2 + length + 1];
        bytes[0] = Constants.FamilyUnix;
        Encoding.UTF8.GetBytes(path, bytes.AsSpan(2));
        return new SocketAddress(bytes, "unix:" + path, path);
    }

    /// <summary>For the platform's own sockets.</summary>
    public EndPoint ToEndPoint() => UnixPath is { } path ? new System.Net.Sockets.UnixDomainSocketEndPoint(path) : IPEndPoint.Parse(_text);

    /// <summary><c>ip:port</c>, <c>[ip]:port</c>, <c>:port</c> (all addresses of both families) or <c>unix:/path</c>. Names are not resolved here.</summary>
    public static bool TryParse(string text, out SocketAddress address)
    {
        address = null!;
        if (text.StartsWith("unix:", StringComparison.Ordinal))
        {
            var path = text[5..];
            if (path.Length == 0 || path.Contains('\0', StringComparison.Ordinal) || Encoding.UTF8.GetByteCount(path) > MaxUnixPath) return false;
            address = Unix(path);
            return true;
        }

        if (text.StartsWith(':')) text = "[::]" + text;
        if (!IPEndPoint.TryParse(text, out var endpoint) || !IsExact(text, endpoint)) return false;
        address = From(endpoint);
        return true;
    }

    // IPEndPoint takes a bare address for port 0, and for IPv4 the old forms: 127.1, 0x7f.1, and 010.0.0.1, which is 8.0.0.1.
    private static bool IsExact(string text, IPEndPoint endpoint)
    {
        if (text[0] != '[') return text == endpoint.ToString();
        return endpoint.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6
            && text.AsSpan(text.LastIndexOf(']') + 1).SequenceEqual(":" + endpoint.Port.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    public bool Equals(SocketAddress? other) => other is not null && _bytes.AsSpan().SequenceEqual(other._bytes);

    public override bool Equals(object? obj) => Equals(obj as SocketAddress);

    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.AddBytes(_bytes);
        return hash.ToHashCode();
    }

    public override string ToString() => _text;
}
