using System.Globalization;
using System.Text;
using Weir.Config.Records;
using Weir.Http.Messages;
using Weir.Proxy.Model;

namespace Weir.Proxy.Snapshots;

/// <summary>Makes what a cluster or a route says of retries a rule. What it cannot read was reported by the reader.</summary>
internal static class RetryCompiler
{
    public static RetryRule Compile(RetryConfig retry)
    {
        var statuses = new ulong[4];
        var faults = 0;
        foreach (var condition in retry.On) faults |= Add(condition, statuses);
        var methods = 0;
        var others = new List<byte[]>();
        foreach (var method in retry.Methods)
        {
            var token = Encoding.ASCII.GetBytes(method);
            var known = Weir.Http.Messages.Methods.Find(token);
            if (known == HttpMethod.Other) others.Add(token);
            else methods |= 1 << (int)known;
        }

        return new RetryRule
        {
            Attempts = retry.Attempts,
            Faults = faults,
            Statuses = statuses,
            Methods = methods,
            OtherMethods = [.. others],
            PerTryTimeout = Milliseconds(retry.PerTryTimeout),
            BackoffBase = Milliseconds(retry.Backoff.Base),
            BackoffMax = Milliseconds(retry.Backoff.Max),
            BudgetPercent = retry.Budget.Percent.Value,
            BudgetFloor = retry.Budget.Floor,
            Buffer = (int)retry.Buffer.Bytes,
            HedgeDelay = Milliseconds(retry.Hedge?.After ?? default),
            HedgePercentile = retry.Hedge?.Percentile ?? 0,
            MaxRetryAfter = Milliseconds(retry.MaxRetryAfter),
        };
    }

    // The bits of the faults that a condition stands for.
    private static int Add(string condition, ulong[] statuses)
    {
        switch (condition)
        {
            case "connect-failure": return 1 << (int)AttemptFault.ConnectFailure;
            case "refused-stream": return 1 << (int)AttemptFault.RefusedStream;
            case "reset": return 1 << (int)AttemptFault.Reset;
            case "timeout": return 1 << (int)AttemptFault.Timeout;
            case "gateway-error":
                for (var status = 502; status <= 504; status++) Set(statuses, status);
                return 1 << (int)AttemptFault.Status;
            case "5xx":
                for (var status = 500; status <= 599; status++) Set(statuses, status);
                return 1 << (int)AttemptFault.Status;
            default:
                if (!int.TryParse(condition, NumberStyles.None, CultureInfo.InvariantCulture, out var one) || one is < 400 or > 599) return 0;
                Set(statuses, one);
                return 1 << (int)AttemptFault.Status;
        }
    }

    private static void Set(ulong[] statuses, int status) => statuses[(status - 400) >> 6] |= 1UL << ((status - 400) & 63);

    private static int Milliseconds(TimeSpan time) => (int)Math.Ceiling(time.TotalMilliseconds);
}
