using System.Net;
using Weir.Http.Fields;
using Weir.Http.Messages;

namespace Weir.Proxy.Routes;

/// <summary>What a request shows to the matcher. Views of the request's own text: nothing is copied or decoded beforehand.</summary>
internal readonly ref struct MatchInput
{
    public MatchInput()
    {
    }

    public MatchInput(RequestHead head, IPAddress? client)
    {
        Host = head.HostSpan;
        Path = head.PathSpan;
        Method = head.Method;
        MethodText = head.MethodSpan;
        Query = head.QuerySpan;
        Fields = head.Fields;
        Client = client;
    }

    /// <summary>Lower case, without port and trailing dot; empty when the request names none.</summary>
    public ReadOnlySpan<byte> Host { get; init; }

    /// <summary>The normalised path. One that does not start with '/' (<c>OPTIONS *</c>) is taken by routes for any path only.</summary>
    public ReadOnlySpan<byte> Path { get; init; }

    public HttpMethod Method { get; init; }

    /// <summary>The method's token; looked at only when <see cref="Method"/> is <see cref="HttpMethod.Other"/>.</summary>
    public ReadOnlySpan<byte> MethodText { get; init; }

    /// <summary>Undecoded, without '?'. Parsed only when a route that is tried has a query condition.</summary>
    public ReadOnlySpan<byte> Query { get; init; }

    public FieldTable? Fields { get; init; }

    /// <summary>The client after trusted proxies; without one no client condition holds.</summary>
    public IPAddress? Client { get; init; }
}
