namespace Weir.Sdk.Expressions;

/// <summary>Text with <c>${…}</c> in it, compiled.</summary>
public sealed class Template
{
    // Filled by the expression compiler.
}
