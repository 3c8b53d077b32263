using System.Text;
using Weir.Http.Fields;
using Weir.Http.Http2.Hpack;

namespace Weir.Http.Http2.Messages;

/// <summary>What every ordinary field of HTTP/2 has to be, in heads and trailers of both directions. RFC 9113 §8.2.</summary>
internal static class FieldGuards
{
    public static Refusal Check(scoped in HpackField field)
    {
        if ((field.Marks & (FieldMarks.BadName | FieldMarks.BadValue)) != 0)
            return (field.Marks & FieldMarks.BadName) != 0 ? Refusal.BadFieldName : Refusal.BadFieldValue;
        return field.Id switch
        {
            // §8.2.2: fields of one connection, which HTTP/2 has no use for.
            KnownField.Connection or KnownField.KeepAlive or KnownField.ProxyConnection or KnownField.Upgrade => Refusal.BadConnectionField,
            KnownField.TransferEncoding => Refusal.BadTransferEncoding,
            KnownField.TE when !Ascii.EqualsIgnoreCase(field.Value, "trailers"u8) => Refusal.BadConnectionField,
            _ => Refusal.None,
        };
    }

    /// <summary>Adds a field to a table as a copy. False: a bound is passed.</summary>
    public static bool TryAdd(FieldTable fields, scoped in HpackField field)
    {
        if (!fields.Arena.TryAppend(field.Name, field.Value, out var name, out var value) || !fields.TryAdd(name, value, field.Id)) return false;
        if ((field.Marks & FieldMarks.NeverIndexed) != 0) fields.MarkSensitive(fields.Count - 1);
        return true;
    }
}
