using System.Buffers;
using System.Text;
using Weir.Http.Fields;
using Weir.Sdk.Expressions;

namespace Weir.Sdk.Policies;

/// <summary>
/// Which fields configuration may touch, and what may stand in a value: RFC 9110 §5.1, §5.5. Whoever edits a head by configuration or with
/// clients' values asks here; the tables themselves take anything.
/// </summary>
public static class FieldRules
{
    private static readonly SearchValues<char> TokenCharacters
        = SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    // Control bytes but the tab; bytes over 0x7F are obs-text and pass.
    private static readonly SearchValues<byte> Forbidden = SearchValues.Create([.. Enumerable.Range(0, 32).Where(b => b != '\t').Select(b => (byte)b), 0x7F]);

    /// <summary>It can stand in a field: nothing in it would end the field or the head.</summary>
    public static bool IsValue(ReadOnlySpan<byte> value) => !value.ContainsAny(Forbidden);

    /// <summary>It can be the name of a field: a token.</summary>
    public static bool IsName(string name) => name.Length > 0 && !name.AsSpan().ContainsAnyExcept(TokenCharacters);

    /// <summary>It belongs to the connection, to the framing of messages, or is Host: Weir's own, not for configuration to edit.</summary>
    public static bool IsReserved(string name) => IsReserved(KnownFields.Find(Encoding.ASCII.GetBytes(name)));

    /// <summary>As above, of a field in a head.</summary>
    public static bool IsReserved(KnownField id) => id is >= KnownField.Connection and <= KnownField.ProxyAuthorization;

    /// <summary>Reports a name that is none (<c>bad-field-name</c>) or is reserved (<c>reserved-field</c>).</summary>
    public static bool CheckName(PolicySetup setup, string member, string name)
    {
        if (!IsName(name))
        {
            setup.Error(member, "bad-field-name", $"\"{name}\" is no name of a header field");
            return false;
        }

        if (!IsReserved(name)) return true;
        setup.Error(
            member, "reserved-field", $"{name} belongs to the connection or to the framing of messages; policies cannot edit it",
            name.Equals("Host", StringComparison.OrdinalIgnoreCase) ? "rewrite has host:" : null);
        return false;
    }

    /// <summary>Reports literal text that must never get into a value (<c>bad-field-value</c>); what exchanges put in is checked when it comes.</summary>
    public static bool CheckValue(PolicySetup setup, string member, Template value)
    {
        if (value.Literals.All(literal => IsValue(literal.Span))) return true;
        setup.Error(member, "bad-field-value", "a value cannot hold line breaks or other control characters");
        return false;
    }
}
