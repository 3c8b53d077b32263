using System.Text;
using Weir.Http.Fields;

namespace Weir.Http.Tests.Fields;

/// <summary>Which bytes may stand where, and which names are known.</summary>
public sealed class FieldRuleTests
{
    [Fact]
    public void Every_byte_is_allowed_in_names_and_values_by_the_grammar()
    {
        for (var b = 0; b < 256; b++)
        {
            var inName = char.IsAsciiLetterOrDigit((char)b) || "!#$%&'*+-.^_`|~".Contains((char)b);
            FieldRules.IsValidName([(byte)'a', (byte)b]).ShouldBe(inName, $"{b:x2}");
            var inValue = b is >= 0x20 and not 0x7F or '\t';
            for (var length = 1; length < 100; length += 7)
            {
                var value = new byte[length];
                value.AsSpan().Fill((byte)'a');
                value[^1] = (byte)b;
                FieldRules.IsValidValue(value).ShouldBe(inValue, $"{b:x2}");
                FieldRules.IndexOfControl(value).ShouldBe(inValue ? -1 : length - 1, $"{b:x2}");
            }
        }
    }

    [Fact]
    public void Known_names_are_found_in_any_case_and_no_other_name_is()
    {
        foreach (var id in Enum.GetValues<KnownField>())
        {
            if (id is KnownField.Other or KnownField.Removed) continue;
            var name = KnownFields.Name(id).ToArray();
            KnownFields.Find(name).ShouldBe(id);
            KnownFields.Find(Encoding.ASCII.GetBytes(Encoding.ASCII.GetString(name).ToUpperInvariant())).ShouldBe(id);
            // Any other byte at any place makes it another name.
            for (var at = 0; at < name.Length; at++)
            {
                for (var b = 0; b < 256; b++)
                {
                    var other = name.ToArray();
                    other[at] = (byte)b;
                    var same = Encoding.Latin1.GetString(other).Equals(Encoding.Latin1.GetString(name), StringComparison.OrdinalIgnoreCase);
                    var found = KnownFields.Find(other);
                    if (same) found.ShouldBe(id);
                    else found.ShouldNotBe(id, $"{Encoding.Latin1.GetString(other)}");
                }
            }

            KnownFields.Find(name.AsSpan(1)).ShouldNotBe(id);
            KnownFields.Find([.. name, (byte)'x']).ShouldNotBe(id);
        }

        KnownFields.Find(default).ShouldBe(KnownField.Other);
    }

    [Fact]
    public void A_set_holds_what_was_put_in_and_what_was_removed()
    {
        var set = FieldSet.Of(KnownField.Host, KnownField.AltSvc);
        foreach (var id in Enum.GetValues<KnownField>())
            set.Contains(id).ShouldBe(id is KnownField.Host or KnownField.AltSvc or KnownField.Removed, id.ToString());
        set.Without(KnownField.Host).Contains(KnownField.Host).ShouldBeFalse();
        set.With(FieldSet.Of(KnownField.Via)).Contains(KnownField.Via).ShouldBeTrue();
    }

    [Fact]
    public void All_known_fields_fit_the_sets() => Enum.GetValues<KnownField>().Max(id => (int)id).ShouldBeLessThan(128);
}
