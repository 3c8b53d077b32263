using System.Net;
using Weir.Http.Fields;
using Weir.Http.Messages;

namespace Weir.Sdk.Policies;

/// <summary>
/// What an exchange shows to policies and expressions. The data plane implements it, and so does Weir.Sdk.Testing; policies see
/// it through the views. Every member is called on the exchange's loop.
/// </summary>
public abstract class ExchangeAccess
{
    /// <summary>Changes when the exchange ends; views of an older one are refused.</summary>
    public uint Generation { get; protected set; }

    /// <summary>The request. Frozen after the request phase.</summary>
    public abstract RequestHead Request { get; }

    /// <summary>The response; meaningful from the upstream-response phase on.</summary>
    public abstract ResponseHead Response { get; }

    /// <summary>The attempt's edits of the request's fields; meaningful in the attempt phase.</summary>
    public abstract FieldOverlay AttemptFields { get; }

    /// <summary>The client's address, after trusted proxies were taken into account.</summary>
    public abstract IPAddress ClientAddress { get; }

    /// <summary>The client's port, or 0 when a proxy in between did not tell.</summary>
    public abstract int ClientPort { get; }

    /// <summary>The address of the connection's other end, a proxy perhaps.</summary>
    public abstract IPAddress PeerAddress { get; }

    /// <summary>"http" or "https" as the client sees it.</summary>
    public abstract ReadOnlySpan<byte> Scheme { get; }

    /// <summary>The version of TLS on the client's connection, <c>1.3</c>; empty without TLS.</summary>
    public virtual string TlsVersion => "";

    /// <summary>The cipher suite on the client's connection, by its name at IANA; empty without TLS.</summary>
    public virtual string TlsCipher => "";

    /// <summary>The name that the client asked for in its handshake (SNI); empty when it asked for none.</summary>
    public virtual ReadOnlySpan<byte> TlsServerName => default;

    /// <summary>The certificate that the client showed, verified; null when it showed none.</summary>
    public virtual ClientCertificate? ClientCertificate => null;

    /// <summary>The id that the logs and X-Request-Id have.</summary>
    public abstract ReadOnlySpan<byte> RequestId { get; }

    /// <summary>The listener's name in the file.</summary>
    public abstract string Listener { get; }

    /// <summary>The route's name in the file.</summary>
    public abstract string Route { get; }

    /// <summary>The cluster's name in the file. Empty until one is chosen.</summary>
    public abstract string Cluster { get; }

    /// <summary>The host that the client asked for, as a trusted proxy says in its header of the PROXY protocol; empty when none does.</summary>
    public virtual ReadOnlySpan<byte> AnnouncedAuthority => default;

    /// <summary>The protocol of the client's TLS, as <see cref="AnnouncedAuthority"/>.</summary>
    public virtual ReadOnlySpan<byte> AnnouncedAlpn => default;

    /// <summary>The connection's id, as <see cref="AnnouncedAuthority"/>; in hexadecimal unless it is visible ASCII.</summary>
    public virtual ReadOnlySpan<byte> AnnouncedId => default;

    /// <summary>The value of a <c>{name}</c> in the route's path or regex; empty when there is none.</summary>
    public abstract ReadOnlySpan<byte> PathParameter(string name);

    /// <summary>The time now, from the loop's clock.</summary>
    public abstract DateTimeOffset Now { get; }

    /// <summary>Suspends this exchange; others go on. Bounded by the exchange's own timeout.</summary>
    public abstract ValueTask DelayAsync(TimeSpan delay);
}
