using Weir.Reactor.Tls;

namespace Weir.Reactor.Sockets;

/// <summary>A connection between two loops: taken off the one, not yet adopted by the other. Belongs to whoever holds it.</summary>
/// <param name="Fd">The descriptor; -1 for none.</param>
public readonly record struct MovedSocket(int Fd)
{
    public static readonly MovedSocket None = new(-1);

    public bool IsNone => Fd < 0;

    /// <summary>Its TLS, if it has any.</summary>
    internal TlsSession? Tls { get; init; }
}
