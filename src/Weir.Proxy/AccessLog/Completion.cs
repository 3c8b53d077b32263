using System.Runtime.CompilerServices;
using Weir.Http;
using Weir.Http.Fields;
using Weir.Proxy.Model;
using Weir.Proxy.PolicyChains;
using Weir.Sdk.Policies;

namespace Weir.Proxy.AccessLog;

/// <summary>The last step of every exchange: counters, the record for the log, the policies' log phase. Exactly once.</summary>
internal static class Completion
{
    public static void Record(Exchange x)
    {
        var status = Count(x);
        if (x.Owner.LogsExchanges) Log(x, status);
        if (!x.HasLetGo) LogPolicies(x);
    }

    /// <summary>The same of the copy of a request, whose record waits for what it is compared with; true if there is one, for <see cref="Tell"/>.</summary>
    public static bool Record(Exchange copy, ref LogRecord record)
    {
        var status = Count(copy);
        if (!copy.Owner.LogsExchanges) return false;
        Fill(copy, status, ref record);
        return true;
    }

    /// <summary>A record that has waited.</summary>
    public static void Tell(ProxyLoop owner, in LogRecord waited)
    {
        ref var record = ref owner.Log.Next();
        if (Unsafe.IsNullRef(ref record)) return;
        record = waited;
        owner.Log.Publish();
    }

    private static int Count(Exchange x)
    {
        x.Owner.Mark(TurnSteps.Record);
        var time = x.Owner.Loop.Time;
        x.Times.Ended = x.Snapshot.CountsMetrics || x.Owner.LogsExchanges ? time.GetTimestamp() : x.Owner.Loop.TurnTimestamp;
        var status = StatusOf(x);
        if (x.Refusal != Refusal.None && !x.IsMirror) x.Owner.Refusals[(int)x.Refusal]++;
        var counters = x.RouteModel.State.PerLoop[x.Owner.Index];
        if (x.IsRouted) counters.Active--;
        if (x.FellBackFrom != Refusal.None) counters.CountFallback(x.FellBackFrom);
        if (x.Snapshot.CountsMetrics && !x.IsStream)
        {
            var took = Microseconds(x, x.Times.Started, x.Times.Ended);
            counters.Record(status, took, x.Downstream.BodyBytes, x.ResponseBodyBytes);
            x.RouteModel.ArmState?.PerLoop[x.Owner.Index].Record(status, took, x.Downstream.BodyBytes, x.ResponseBodyBytes);
        }

        return status;
    }

    /// <summary>The policies' log phase.</summary>
    public static void LogPolicies(Exchange x)
    {
        if (x.RouteModel.Chain.Log.Length == 0) return;
        var time = x.Owner.Loop.Time;
        PolicyRunner.Log(x, new ExchangeSummary
        {
            Status = StatusOf(x),
            Refusal = x.Refusal,
            Duration = time.GetElapsedTime(x.Times.Started, time.GetTimestamp()),
            RequestBodyBytes = x.Downstream.BodyBytes,
            ResponseBodyBytes = x.ResponseBodyBytes,
            Attempts = x.Attempts,
        });
    }

    /// <summary>What the client was told, or 499 when it did not stay for it, or 0 when a policy had nothing said; of a copy, what it was answered.</summary>
    private static int StatusOf(Exchange x)
        => x.IsResponseStarted ? x.Response.Status : !x.IsMirror && (x.IsClientGone || x.Refusal == Refusal.ClientGone) ? 499 : 0;

    private static void Log(Exchange x, int status)
    {
        ref var record = ref x.Owner.Log.Next();
        if (Unsafe.IsNullRef(ref record)) return;
        Fill(x, status, ref record);
        x.Owner.Log.Publish();
    }

    private static void Fill(Exchange x, int status, ref LogRecord record)
    {
        record.Time = (x.Owner.Loop.Time.GetUtcNow().Ticks - DateTime.UnixEpoch.Ticks) / 10;
        record.Total = Microseconds(x, x.Times.Started, x.Times.Ended);
        record.Receive = Step(x, x.Times.Started, x.Times.HeadRead);
        record.Policies = Step(x, x.Times.HeadRead, x.Times.PoliciesDone);
        record.Queue = Waited(x);
        record.Connect = Step(x, x.Times.Dequeued == 0 ? x.Times.Connecting : x.Times.Dequeued, x.Times.Sent);
        record.FirstByte = Step(x, x.Times.Sent, x.Times.FirstByte);
        record.RequestBytes = x.Downstream.BodyBytes + x.RelayedBytes;
        record.ResponseBytes = x.ResponseBodyBytes;
        record.SentBytes = x.Downstream.BytesSent;
        record.Listener = x.Listener;
        record.Route = x.RouteModel.Name;
        record.Arm = x.RouteModel.Arm;
        record.Cluster = x.Forward?.Cluster.Name ?? "";
        record.Endpoint = x.LastEndpoint?.Url ?? "";
        record.Client = x.ClientPeer;
        record.Peer = x.Peer;
        record.ConfigVersion = x.Snapshot.Version;
        record.Status = (short)status;
        record.Attempts = (short)x.Attempts;
        record.AttemptFaults = x.AttemptFaults;
        if (x.AttemptLog.Count > 1) record.AttemptLog = x.AttemptLog;
        else record.AttemptLog.Clear();
        record.RetryStop = x.RetryStop;
        record.FellBackFrom = x.FellBackFrom;
        record.Refusal = x.Refusal;
        record.Detail = x.Detail;
        record.Version = x.Request.Version;
        record.IsSecure = x.IsSecure;
        record.IsStream = x.IsStream;
        record.IsMirror = x.IsMirror;
        record.MirrorResult = MirrorResult.None;
        record.SessionEnd = SessionEnd.None;
        record.IsResumed = x.Tls is { Facts.IsResumed: true };
        record.TlsVersion = x.TlsVersion;
        record.TlsCipher = x.TlsCipher;
        record.IsTruncated = false;
        var fields = x.Request.Fields;
        record.Add(LogText.Method, x.Request.MethodSpan, 32);
        record.Add(LogText.Target, x.Request.RawTargetSpan, 256);
        record.Add(LogText.Host, x.Request.AuthoritySpan, 96);
        record.Add(LogText.UserAgent, fields.Get(KnownField.UserAgent), 128);
        record.Add(LogText.Referer, fields.Get(KnownField.Referer), 128);
        record.Add(LogText.RequestId, x.RequestId, 128);
        record.Add(LogText.ParentId, x.Request.Arena[x.ParentId], 128);
        record.Add(LogText.ServerName, x.TlsServerName, 96);
        var certificate = x.ClientCertificate;
        record.Add(LogText.ClientSubject, certificate is null ? default : certificate.Subject, 128);
        record.Add(LogText.ClientNames, certificate is null ? default : certificate.AlternativeNames, 128);
        record.Add(LogText.ClientFingerprint, certificate is null ? default : certificate.Fingerprint, 64);
    }

    // The wait for a place among the cluster's requests, and that of the last attempt for a connection; -1 without either.
    private static int Waited(Exchange x)
    {
        var connection = Microseconds(x, x.Times.Connecting, x.Times.Dequeued);
        if (x.Times.Gated == 0) return (int)Math.Min(connection, int.MaxValue);
        var place = x.Owner.Loop.Time.GetElapsedTime(0, x.Times.Gated).Ticks / TimeSpan.TicksPerMicrosecond;
        return (int)Math.Min(place + Math.Max(0, connection), int.MaxValue);
    }

    private static long Microseconds(Exchange x, long from, long to)
        => from == 0 || to < from ? -1 : x.Owner.Loop.Time.GetElapsedTime(from, to).Ticks / TimeSpan.TicksPerMicrosecond;

    // 32 bits of microseconds are 36 minutes: a step that took longer is told as that.
    private static int Step(Exchange x, long from, long to) => (int)Math.Min(Microseconds(x, from, to), int.MaxValue);
}
