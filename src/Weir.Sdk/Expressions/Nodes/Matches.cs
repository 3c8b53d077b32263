using System.Text;
using System.Text.RegularExpressions;

namespace Weir.Sdk.Expressions.Nodes;

/// <summary>
/// <c>x matches "pattern"</c>. .NET matches characters, so every byte becomes the character of the same number. Linear in the
/// value's length; two loops that match one pattern at the same instant may cost an allocation inside Regex.
/// </summary>
internal sealed class Matches(TextNode text, Regex pattern) : BooleanNode
{
    public override bool Get(ref Evaluation e)
    {
        var bytes = text.Get(ref e);
        var characters = e.Scratch.Characters(bytes.Length);
        Encoding.Latin1.GetChars(bytes, characters);
        return pattern.IsMatch(characters);
    }
}
