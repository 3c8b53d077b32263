namespace Weir.Proxy;

/// <summary>A client's answer and that of its copy differ: in which route and mirror, for which request, in what, and how often since the last that was told.</summary>
public sealed record MirrorDifference(string Route, string Cluster, string RequestId, string What, long Untold);
