using Weir.Http.Fields;

namespace Weir.Http.Messages;

/// <summary>The version on a message; what it means for framing is decided by the codec.</summary>
public enum HttpVersion : byte { Http10, Http11, Http2, Http3 }

/// <summary>Methods with a meaning to Weir; any other valid token is <see cref="Other"/>. RFC 9110 §9.</summary>
public enum HttpMethod : byte { Other, Get, Head, Post, Put, Delete, Connect, Options, Trace, Patch }

/// <summary>RFC 9112 §3.2.</summary>
public enum TargetForm : byte { Origin, Absolute, Authority, Asterisk }

/// <summary>How a message's body ends.</summary>
public enum BodyFraming : byte
{
    /// <summary>There is none.</summary>
    None,

    /// <summary>After a number of bytes.</summary>
    Length,

    /// <summary>By the last chunk; in HTTP/2, with the stream.</summary>
    Chunked,

    /// <summary>With the connection (responses only).</summary>
    UntilClose,
}

/// <summary>
/// A request's head as understood: parsed, checked, normalised. Text stays bytes in <see cref="Arena"/>.
/// Filled by a codec, edited by request policies, frozen afterwards; what is forwarded is written anew from here.
/// Pooled with its exchange, loop-confined.
/// </summary>
public sealed class RequestHead : IDisposable
{
    public RequestHead()
    {
        Arena = new TextArena();
        Fields = new FieldTable(Arena);
    }

    public TextArena Arena { get; }

    public FieldTable Fields { get; }

    public HttpVersion Version { get; set; }

    public HttpMethod Method { get; set; }

    /// <summary>The method's token as written; methods are case-sensitive.</summary>
    public TextSlice MethodText { get; set; }

    public TargetForm Form { get; set; }

    /// <summary>The request target as it came, for the log.</summary>
    public TextSlice RawTarget { get; set; }

    /// <summary>The normalised path, always starting with '/'; see docs/paths.md. The same for matching and forwarding.</summary>
    public TextSlice Path { get; set; }

    /// <summary>The query without its '?'; <see cref="HasQuery"/> tells an empty one from none.</summary>
    public TextSlice Query { get; set; }

    public bool HasQuery { get; set; }

    /// <summary>The host in lower case, without port, without a trailing dot; brackets of an IPv6 literal are kept. Empty only in HTTP/1.0.</summary>
    public TextSlice Host { get; set; }

    /// <summary>The host with its port, as it is forwarded in Host.</summary>
    public TextSlice Authority { get; set; }

    /// <summary>The port that a target with an authority means when it gives none.</summary>
    internal int TargetPort { get; set; }

    /// <summary>How the body ends. A Content-Length of 0 is <see cref="BodyFraming.Length"/>, so that it is forwarded as such.</summary>
    public BodyFraming Framing { get; set; }

    /// <summary>There is at least one byte of body, or chunks that may hold one.</summary>
    public bool HasBody => Framing == BodyFraming.Chunked || ContentLength > 0;

    /// <summary>Bytes of body when <see cref="Framing"/> is Length.</summary>
    public long ContentLength { get; set; }

    /// <summary>The client is willing to send another request on this connection.</summary>
    public bool KeepAlive { get; set; }

    /// <summary>The client waits for 100 (Continue). RFC 9110 §10.1.1.</summary>
    public bool ExpectContinue { get; set; }

    /// <summary>The client asks to switch protocols: a GET of HTTP/1.1 without body whose Connection lists upgrade and that has Upgrade.</summary>
    public bool WantsUpgrade { get; set; }

    public ReadOnlySpan<byte> MethodSpan => Arena[MethodText];

    public ReadOnlySpan<byte> PathSpan => Arena[Path];

    public ReadOnlySpan<byte> QuerySpan => Arena[Query];

    public ReadOnlySpan<byte> HostSpan => Arena[Host];

    public ReadOnlySpan<byte> AuthoritySpan => Arena[Authority];

    public ReadOnlySpan<byte> RawTargetSpan => Arena[RawTarget];

    /// <summary>Becomes the same as another head, with text of its own. This one is empty before. False: there is no room, and it is good for nothing but <see cref="Reset"/>.</summary>
    public bool TryCopyFrom(RequestHead other)
    {
        (Version, Method, Form, Framing, ContentLength, TargetPort) = (other.Version, other.Method, other.Form, other.Framing, other.ContentLength, other.TargetPort);
        (HasQuery, KeepAlive, ExpectContinue, WantsUpgrade) = (other.HasQuery, other.KeepAlive, other.ExpectContinue, other.WantsUpgrade);
        if (!TryTake(other, other.MethodText, out var method) || !TryTake(other, other.RawTarget, out var target) || !TryTake(other, other.Path, out var path)
            || !TryTake(other, other.Query, out var query) || !TryTake(other, other.Host, out var host) || !TryTake(other, other.Authority, out var authority)) return false;
        (MethodText, RawTarget, Path, Query, Host, Authority) = (method, target, path, query, host, authority);
        return Fields.TryCopyFrom(other.Fields);
    }

    public void Reset()
    {
        Fields.Reset();
        Arena.Reset();
        Version = default;
        Method = default;
        MethodText = RawTarget = Path = Query = Host = Authority = default;
        HasQuery = KeepAlive = ExpectContinue = WantsUpgrade = false;
        Form = default;
        Framing = default;
        ContentLength = 0;
        TargetPort = 0;
    }

    public void Dispose() => Arena.Dispose();

    private bool TryTake(RequestHead other, TextSlice text, out TextSlice own) => Arena.TryAppend(other.Arena[text], out own);
}
