namespace Weir.Load;

/// <summary>Something the person at the terminal can put right; shown as one line, without a stack.</summary>
internal sealed class BenchException(string message) : Exception(message);
