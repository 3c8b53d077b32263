using System.Text;
using Weir.Http.Fields;
using Weir.Http.Messages;

namespace Weir.Http.Targets;

/// <summary>The four forms of a request target, RFC 9112 §3.2. Fills form, path and query, and the host when the target names one.</summary>
public static class TargetParser
{
    /// <summary>From head.RawTarget, with head.Method set. Whether the target agrees with Host is seen when the fields are there.</summary>
    public static Refusal Parse(RequestHead head)
    {
        var target = head.Arena[head.RawTarget];
        if (head.Method == HttpMethod.Connect) return ParseAuthority(head, target);
        if (target[0] == (byte)'/')
        {
            head.Form = TargetForm.Origin;
            return SetPath(head, head.RawTarget);
        }

        if (target.SequenceEqual("*"u8))
        {
            if (head.Method != HttpMethod.Options) return Refusal.BadTarget;
            head.Form = TargetForm.Asterisk;
            return SetRootPath(head);
        }

        return ParseAbsolute(head, target);
    }

    private static Refusal ParseAbsolute(RequestHead head, ReadOnlySpan<byte> target)
    {
        int start;
        if (StartsWithIgnoreCase(target, "http://"u8)) (start, head.TargetPort) = (7, 80);
        else if (StartsWithIgnoreCase(target, "https://"u8)) (start, head.TargetPort) = (8, 443);
        else return Refusal.BadTarget;

        head.Form = TargetForm.Absolute;
        var length = target[start..].IndexOfAny((byte)'/', (byte)'?');
        if (length < 0) length = target.Length - start;
        if (!SetAuthority(head, head.RawTarget.Slice(start, length))) return Refusal.BadTarget;

        var rest = head.RawTarget.Slice(start + length, target.Length - start - length);
        if (rest.IsEmpty)
        {
            // RFC 9112 §3.2.4: the last proxy turns this into the asterisk-form.
            if (head.Method == HttpMethod.Options) head.Form = TargetForm.Asterisk;
            return SetRootPath(head);
        }

        if (target[start + length] == (byte)'/') return SetPath(head, rest);

        // "http://host?query": the path is "/", which is not there to be viewed.
        if (!head.Arena.TryReserve(rest.Length + 1, out var whole)) return Refusal.RequestLineTooLong;
        var to = head.Arena.Writable(whole);
        to[0] = (byte)'/';
        head.Arena[rest].CopyTo(to[1..]);
        return SetPath(head, whole);
    }

    // CONNECT: host and port, both required. RFC 9112 §3.2.3.
    private static Refusal ParseAuthority(RequestHead head, ReadOnlySpan<byte> target)
    {
        head.Form = TargetForm.Authority;
        if (!HostText.TrySplit(target, out var parts) || parts.Port < 0) return Refusal.BadTarget;
        head.TargetPort = parts.Port;
        return SetAuthority(head, head.RawTarget) ? SetRootPath(head) : Refusal.BadTarget;
    }

    private static bool SetAuthority(RequestHead head, TextSlice text)
    {
        if (!HostText.TryNormalise(head.Arena, text, out var host, out var authority)) return false;
        head.Host = host;
        head.Authority = authority;
        return true;
    }

    private static Refusal SetPath(RequestHead head, TextSlice text)
    {
        var refusal = PathText.Normalise(head.Arena, text, out var path, out var query, out var hasQuery);
        head.Path = path;
        head.Query = query;
        head.HasQuery = hasQuery;
        return refusal;
    }

    private static Refusal SetRootPath(RequestHead head)
    {
        if (!head.Arena.TryAppend("/"u8, out var path)) return Refusal.RequestLineTooLong;
        head.Path = path;
        return Refusal.None;
    }

    private static bool StartsWithIgnoreCase(ReadOnlySpan<byte> text, ReadOnlySpan<byte> prefix)
        => text.Length >= prefix.Length && Ascii.EqualsIgnoreCase(text[..prefix.Length], prefix);
}
