namespace Weir.Proxy.Routes.Patterns;

/// <summary>What is wrong with a pattern as written; whoever knows its place in the document makes a problem of it.</summary>
internal sealed record PatternFault(string Message, string? Hint = null, int Column = -1);
