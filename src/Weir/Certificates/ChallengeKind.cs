namespace Weir.Certificates;

/// <summary>How a name is proven to be ours, as it is in use: <c>auto</c> has become one of them.</summary>
internal enum ChallengeKind : byte { Http, TlsAlpn }

internal static class ChallengeKinds
{
    /// <summary>As the authority writes it.</summary>
    public static string Text(this ChallengeKind kind) => kind == ChallengeKind.Http ? "http-01" : "tls-alpn-01";

    public static ChallengeKind Other(this ChallengeKind kind) => kind == ChallengeKind.Http ? ChallengeKind.TlsAlpn : ChallengeKind.Http;
}
