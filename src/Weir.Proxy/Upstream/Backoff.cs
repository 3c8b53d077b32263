using System.Buffers.Text;
using Weir.Http.Fields;
using Weir.Proxy.Model;

namespace Weir.Proxy.Upstream;

/// <summary>How long an exchange waits before another attempt.</summary>
internal static class Backoff
{
    /// <summary>At random between nothing and the bound of this attempt: so those that failed at once do not come back at once.</summary>
    public static long Next(RetryRule rule, int attempts)
    {
        var bound = Math.Min(rule.BackoffMax, (long)rule.BackoffBase << Math.Min(attempts - 1, 20));
        return bound == 0 ? 0 : Random.Shared.NextInt64(bound + 1);
    }

    /// <summary>What the response's Retry-After asks for, in milliseconds; 0 when it asks for nothing that can be understood. RFC 9110 §10.2.3.</summary>
    public static long Asked(Exchange x)
    {
        var text = x.Response.Fields.Get(KnownField.RetryAfter);
        if (text.IsEmpty) return 0;
        if (text.ContainsAnyExceptInRange((byte)'0', (byte)'9')) return HttpDate.TryParse(text, out var date) ? Math.Max(0, (long)(date - x.Now).TotalMilliseconds) : 0;
        // More than fits is as long as can be.
        return Utf8Parser.TryParse(text, out int seconds, out _) ? seconds * 1000L : int.MaxValue * 1000L;
    }
}
