using System.Runtime.CompilerServices;
using Weir.Http;
using Weir.Http.Messages;
using Weir.Proxy.AccessLog;
using Weir.Proxy.Model;
using Weir.Proxy.Requests;

namespace Weir.Proxy.Layer4;

/// <summary>A session's record for the log.</summary>
internal static class SessionLog
{
    [SkipLocalsInit]
    public static void Write(Session session, SessionEnd end)
    {
        var owner = session.Table.Owner;
        owner.Mark(TurnSteps.Record);
        ref var record = ref owner.Log.Next();
        if (Unsafe.IsNullRef(ref record)) return;
        var now = owner.Loop.Time.GetUtcNow();
        record.Time = (now.Ticks - DateTime.UnixEpoch.Ticks) / 10;
        record.Total = owner.Loop.Time.GetElapsedTime(session.StartedAt, owner.Loop.TurnTimestamp).Ticks / TimeSpan.TicksPerMicrosecond;
        record.Receive = record.Policies = record.Queue = record.Connect = record.FirstByte = -1;
        record.RequestBytes = session.RequestBytes;
        record.ResponseBytes = record.SentBytes = session.AnswerBytes;
        record.Listener = session.Table.Listener;
        record.Route = record.Arm = "";
        record.Cluster = session.Cluster;
        record.Endpoint = session.LastEndpoint?.Url ?? "";
        record.TlsVersion = record.TlsCipher = "";
        record.Client = record.Peer = session.Key.Client;
        record.ConfigVersion = session.ConfigVersion;
        record.Status = 0;
        record.Attempts = (short)Math.Min(session.Attempts, short.MaxValue);
        record.AttemptFaults = default;
        record.AttemptLog.Clear();
        record.RetryStop = RetryStop.None;
        record.Refusal = session.Refusal;
        record.FellBackFrom = record.Detail = Refusal.None;
        record.MirrorResult = MirrorResult.None;
        record.Version = HttpVersion.Http11;
        record.IsStream = true;
        record.SessionEnd = end;
        record.DatagramsReceived = session.Requests;
        record.DatagramsSent = session.Answers;
        record.IsSecure = record.IsResumed = record.IsTruncated = record.IsMirror = false;
        Span<byte> id = stackalloc byte[RequestIdSource.Length];
        owner.RequestIds.Write(id, now.ToUnixTimeMilliseconds());
        for (var text = LogText.Method; text < LogText.Count; text++) record.Add(text, text == LogText.RequestId ? id : default, 128);
        owner.Log.Publish();
    }
}
