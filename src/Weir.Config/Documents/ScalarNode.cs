namespace Weir.Config.Documents;

/// <summary>How a scalar was written. Only a plain one can be anything but a string.</summary>
internal enum ScalarForm : byte { Plain, Quoted, Block }

/// <summary>A scalar; <paramref name="value"/> is what it says after quotes, escapes and environment variables are resolved.</summary>
internal sealed class ScalarNode(SourceFile file, int line, int column, int endLine, int endColumn, string value, ScalarForm form)
    : ConfigNode(file, line, column, endLine, endColumn)
{
    public string Value { get; } = value;

    public ScalarForm Form { get; } = form;

    /// <summary>One character of the value is one of the source, in one line, so that columns inside the scalar can be told.</summary>
    public bool IsExact { get; init; }

    /// <summary>The whole scalar was one <c>${NAME…}</c>: it is typed by what came of it, quoted or not.</summary>
    public bool IsSubstituted { get; init; }

    /// <summary>NAME, when the whole scalar was <c>${NAME}</c> without a default.</summary>
    public string? Variable { get; init; }

    /// <summary>It may be a number, a bool or null, if it reads like one.</summary>
    public bool IsTyped => Form == ScalarForm.Plain || IsSubstituted;

    /// <summary>A quoted empty string is text, even when it came from an empty variable.</summary>
    public bool IsNull => Form == ScalarForm.Plain && CoreSchema.IsNull(Value);

    /// <summary>A variable in it has no value. That was reported, and what the rest would mean is not known.</summary>
    public bool IsBroken { get; init; }

    public override string Description
    {
        get
        {
            if (IsNull) return "nothing";
            if (!IsTyped) return "a string";
            return CoreSchema.KindOf(Value) switch
            {
                CoreKind.Boolean => "a bool",
                CoreKind.Integer or CoreKind.Real => "a number",
                _ => "a string",
            };
        }
    }
}
