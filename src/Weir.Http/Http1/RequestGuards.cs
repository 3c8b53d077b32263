using System.Diagnostics;
using System.Text;
using Weir.Http.Fields;
using Weir.Http.Messages;
using Weir.Http.Targets;

namespace Weir.Http.Http1;

/// <summary>
/// What must hold between the parts of a request head once all of it is there: one host, one framing, a Connection that takes
/// out nothing it must not. RFC 9112 §3.2, §6, §9.3; RFC 9110 §7.6.1, §10.1.1.
/// </summary>
internal static class RequestGuards
{
    public static Refusal Apply(RequestHead head, bool sawUnderscore)
    {
        var fields = head.Fields;
        if (sawUnderscore) DropAliases(fields);
        var refusal = ApplyHost(head);
        if (refusal != Refusal.None) return refusal;

        var http10 = head.Version == HttpVersion.Http10;
        refusal = BodyLength.Read(fields, http10, out var chunked, out var length);
        if (refusal != Refusal.None) return refusal;
        head.Framing = chunked ? BodyFraming.Chunked : length >= 0 ? BodyFraming.Length : BodyFraming.None;
        head.ContentLength = Math.Max(length, 0);

        if (!ConnectionOptions.TryRead(fields, out var options)) return Refusal.BadConnectionField;
        // After CONNECT come bytes that are no request, whatever it is answered.
        head.KeepAlive = !options.Close && (!http10 || options.KeepAlive) && head.Method != HttpMethod.Connect;
        head.WantsUpgrade = options.Upgrade && !http10 && head.Method == HttpMethod.Get && !head.HasBody && HasOneUpgrade(fields);
        return ApplyExpect(head, http10);
    }

    private static Refusal ApplyHost(RequestHead head)
    {
        var fields = head.Fields;
        var at = fields.IndexOf(KnownField.Host);
        if (at < 0) return head.Version == HttpVersion.Http10 ? Refusal.None : Refusal.MissingHost;
        if (fields.IndexOf(KnownField.Host, at + 1) >= 0) return Refusal.SeveralHosts;

        var text = fields[at].Value;
        if (head.TargetPort == 0)
        {
            if (!HostText.TryNormalise(head.Arena, text, out var host, out var authority)) return Refusal.BadHost;
            head.Host = host;
            head.Authority = authority;
            return Refusal.None;
        }

        // The target names a host too. RFC 9112 §3.2.2 lets it win; a client that says two things is not served at all.
        var given = head.Arena[text];
        if (!HostText.TrySplit(given, out var givenParts)) return Refusal.BadHost;
        var valid = HostText.TrySplit(head.AuthoritySpan, out var targetParts);
        Debug.Assert(valid, "It was normalised by the target's parser.");
        return HostText.AreSame(given, givenParts, head.AuthoritySpan, targetParts, head.TargetPort) ? Refusal.None : Refusal.HostDisagrees;
    }

    private static Refusal ApplyExpect(RequestHead head, bool http10)
    {
        var fields = head.Fields;
        var at = fields.IndexOf(KnownField.Expect);
        if (at < 0 || http10) return Refusal.None;
        if (fields.IndexOf(KnownField.Expect, at + 1) >= 0 || !Ascii.EqualsIgnoreCase(fields.Value(at), "100-continue"u8))
            return Refusal.ExpectationFailed;
        head.ExpectContinue = head.HasBody;
        return Refusal.None;
    }

    // A list of several protocols is the client's choice to offer; two fields are not joined for it.
    private static bool HasOneUpgrade(FieldTable fields)
    {
        var at = fields.IndexOf(KnownField.Upgrade);
        return at >= 0 && !fields.Value(at).IsEmpty && fields.IndexOf(KnownField.Upgrade, at + 1) < 0;
    }

    private static void DropAliases(FieldTable fields)
    {
        for (var i = 0; i < fields.Count; i++)
            if (fields.Id(i) == KnownField.Other && FieldKinds.IsAliasOfGuarded(fields.Name(i))) fields.RemoveAt(i);
    }
}
