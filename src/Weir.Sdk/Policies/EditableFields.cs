using System.Text;
using Weir.Http.Fields;
using Weir.Sdk.Expressions;

namespace Weir.Sdk.Policies;

/// <summary>
/// Which fields configuration may set, add and remove. Whoever edits a head by configuration asks here when the file is read, and
/// <see cref="FieldRules.IsValidValue"/> when an exchange's values come in; the tables themselves take anything.
/// </summary>
public static class EditableFields
{
    private static readonly FieldSet Reserved = FieldKinds.MadeForRequest.With(FieldSet.Of(KnownField.Expect, KnownField.Trailer));

    /// <summary>It belongs to the connection, to the framing of messages, or is Host: Weir's own, not for configuration to edit.</summary>
    public static bool IsReserved(KnownField id) => id != KnownField.Other && Reserved.Contains(id);

    /// <summary>As above, by name in any case.</summary>
    public static bool IsReserved(string name) => IsReserved(KnownFields.Find(Encoding.UTF8.GetBytes(name)));

    /// <summary>Reports a name that is none (<c>bad-field-name</c>) or is reserved (<c>reserved-field</c>).</summary>
    public static bool CheckName(PolicySetup setup, string member, string name)
    {
        if (!FieldRules.IsValidName(Encoding.UTF8.GetBytes(name)))
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
        if (value.Literals.All(literal => FieldRules.IsValidValue(literal.Span))) return true;
        setup.Error(member, "bad-field-value", "a value cannot hold line breaks or other control characters");
        return false;
    }
}
