namespace Weir.Reactor.Tls;

/// <summary>What a handshake failed by.</summary>
public enum TlsFault : byte
{
    None,

    /// <summary>Something other than the certificate: no version or cipher in common, an alert, an end.</summary>
    Protocol,

    /// <summary>No chain to a trusted authority, or one that is broken.</summary>
    Untrusted,

    /// <summary>A certificate whose time is over, or has not come.</summary>
    Expired,

    /// <summary>A certificate for other names.</summary>
    OtherName,

    /// <summary>A certificate that its authority has taken back.</summary>
    Revoked,

    /// <summary>No certificate, though one is required.</summary>
    Missing,

    /// <summary>None of the pinned keys.</summary>
    Unpinned,
}
