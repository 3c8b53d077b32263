using System.Buffers;
using System.Text;
using Weir.Http.Fields;
using Weir.Sdk.Expressions;
using Weir.Sdk.Policies;

namespace Weir.Policies.Fields;

/// <summary>Which fields configuration may touch, and what may stand in a value. RFC 9110 §5.1, §5.5.</summary>
internal static class FieldRules
{
    private static readonly SearchValues<char> TokenCharacters
        = SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    // Control bytes but the tab; bytes over 0x7F are obs-text and pass.
    private static readonly SearchValues<byte> Forbidden = SearchValues.Create([.. Enumerable.Range(0, 32).Where(b => b != '\t').Select(b => (byte)b), 0x7F]);

    /// <summary>Nothing that would end the field or the head.</summary>
    public static bool IsValue(ReadOnlySpan<byte> value) => !value.ContainsAny(Forbidden);

    /// <summary>Reports a name that is no token, or that is framing's, the connection's or Host.</summary>
    public static bool CheckName(PolicySetup setup, string member, string name)
    {
        if (name.Length == 0 || name.AsSpan().ContainsAnyExcept(TokenCharacters))
        {
            setup.Error(member, "bad-field-name", $"\"{name}\" is no name of a header field");
            return false;
        }

        var id = KnownFields.Find(Encoding.ASCII.GetBytes(name));
        if (id is < KnownField.Connection or > KnownField.ProxyAuthorization) return true;
        setup.Error(member, "reserved-field", $"{name} belongs to the connection or to the framing of messages; policies cannot edit it", id == KnownField.Host ? "rewrite has host:" : null);
        return false;
    }

    /// <summary>Reports literal text that must never get into a value; what exchanges put in is checked when it comes.</summary>
    public static bool CheckValue(PolicySetup setup, string member, Template value)
    {
        if (value.Literals.All(literal => IsValue(literal.Span))) return true;
        setup.Error(member, "bad-field-value", "a value cannot hold line breaks or other control characters");
        return false;
    }
}
