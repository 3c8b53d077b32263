namespace Weir.Reactor.Tls;

/// <summary>What an authority says of a certificate (RFC 6960), shown to clients that ask. SharedState: written off the loops.</summary>
public sealed class OcspStaple
{
    private byte[]? _response;

    /// <summary>In DER; null while there is none that is current.</summary>
    public byte[]? Response
    {
        get => Volatile.Read(ref _response);
        set => Volatile.Write(ref _response, value);
    }
}
