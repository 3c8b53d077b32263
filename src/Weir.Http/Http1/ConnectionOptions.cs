using System.Text;
using Weir.Http.Fields;

namespace Weir.Http.Http1;

/// <summary>
/// What Connection says, RFC 9110 §7.6.1. Fields that it nominates are taken out of the table, so that what is added
/// later under the same name is safe; nominating one that guards, routing or origins rely on is refused.
/// </summary>
internal struct ConnectionOptions
{
    // Each option costs a walk over the fields.
    private const int MostOptions = 32;

    public bool Close;
    public bool KeepAlive;
    public bool Upgrade;

    /// <summary>False: not a list of tokens, or a field is nominated that must not be.</summary>
    public static bool TryRead(FieldTable fields, out ConnectionOptions options)
    {
        options = default;
        var count = 0;
        for (var at = fields.IndexOf(KnownField.Connection); at >= 0; at = fields.IndexOf(KnownField.Connection, at + 1))
        {
            var value = fields.Value(at);
            if (Ascii.EqualsIgnoreCase(value, "keep-alive"u8))
            {
                options.KeepAlive = true;
                continue;
            }

            while (!value.IsEmpty)
            {
                var comma = value.IndexOf((byte)',');
                var token = FieldRules.Trim(comma < 0 ? value : value[..comma]);
                value = comma < 0 ? default : value[(comma + 1)..];
                if (token.IsEmpty) continue;
                if (++count > MostOptions || !FieldRules.IsToken(token) || !options.Take(fields, token)) return false;
            }
        }

        return true;
    }

    private bool Take(FieldTable fields, ReadOnlySpan<byte> token)
    {
        var id = KnownFields.Find(token);
        switch (id)
        {
            case KnownField.KeepAlive:
                KeepAlive = true;
                return true;
            case KnownField.Upgrade:
                Upgrade = true;
                return true;
            case KnownField.Other when Ascii.EqualsIgnoreCase(token, "close"u8):
                Close = true;
                return true;
        }

        if (FieldKinds.IsGuarded(token, id) || FieldKinds.IsAliasOfGuarded(token)) return false;
        // Hop-by-hop fields are never copied by a writer, and stay to be seen; Connection itself is being walked.
        if (id != KnownField.Other && FieldKinds.HopByHop.Contains(id)) return true;
        fields.Remove(token);
        return true;
    }
}
