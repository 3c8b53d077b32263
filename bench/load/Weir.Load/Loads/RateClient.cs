using System.Diagnostics;
using System.Net.Sockets;

namespace Weir.Load.Loads;

/// <summary>The thread of a <see cref="RateLoad"/>: connections, one queue of requests that are due, and their latencies.</summary>
internal sealed class RateClient(int perSecond, int connections, int port, string path, int seconds)
{
    private const long AnswerLimit = 5_000_000_000;

    private readonly byte[] _request = RawHttp.Request(port, path);
    private readonly byte[] _buffer = new byte[64 * 1024];
    private readonly Lane[] _lanes = new Lane[connections];
    private readonly Stack<int> _idle = new(connections);
    private readonly List<float> _latencies = new((perSecond * seconds) + 1);
    private readonly Dictionary<string, long> _failures = new(StringComparer.Ordinal);
    private volatile bool _stop;
    private int _waiting;

    public void Stop() => _stop = true;

    public LoadResult Run()
    {
        Native.WakePrecisely();
        try
        {
            for (int i = connections - 1; i >= 0; i--)
            {
                _lanes[i].Socket = Open();
                _idle.Push(i);
            }

            Drive();
            return Result();
        }
        finally
        {
            foreach (Lane lane in _lanes)
                lane.Socket?.Dispose();
        }
    }

    private static long Now() => (long)(Stopwatch.GetTimestamp() * (1e9 / Stopwatch.Frequency));

    private void Drive()
    {
        long interval = 1_000_000_000L / perSecond;
        long end = Now() + (seconds * 1_000_000_000L);
        long due = Now();
        while (!_stop)
        {
            long now = Now();
            while (due <= now && due < end && _idle.TryPop(out int lane))
            {
                Send(lane, due);
                due += interval;
            }

            if (now >= end && _waiting == 0)
                return;
            if (now >= end + AnswerLimit)
            {
                Fail("no answer within 5 s", _waiting);
                return;
            }

            long wake = now < end && _idle.Count > 0 ? due : now + 100_000_000;
            Receive(Math.Max(0, wake - Now()));
        }
    }

    private void Send(int index, long due)
    {
        ref Lane lane = ref _lanes[index];
        lane.Due = due;
        lane.Busy = true;
        lane.Scan.Reset();
        _waiting++;
        try
        {
            lane.Socket!.Send(_request);
        }
        catch (SocketException e)
        {
            Drop(index, e.SocketErrorCode.ToString());
        }
    }

    private unsafe void Receive(long nanoseconds)
    {
        Native.PollEntry* entries = stackalloc Native.PollEntry[_lanes.Length];
        for (int i = 0; i < _lanes.Length; i++)
            entries[i] = new Native.PollEntry { Descriptor = (int)_lanes[i].Socket!.Handle, Wanted = Native.PollIn };
        if (Native.Poll(entries, (nuint)_lanes.Length, Native.TimeSpec.FromNanoseconds(nanoseconds), 0) <= 0)
            return;
        for (int i = 0; i < _lanes.Length; i++)
        {
            if (entries[i].Seen != 0)
                Read(i);
        }
    }

    private void Read(int index)
    {
        ref Lane lane = ref _lanes[index];
        int length = lane.Socket!.Receive(_buffer, SocketFlags.None, out SocketError error);
        if (error != SocketError.Success || (length == 0 && !lane.Busy))
        {
            Drop(index, error == SocketError.Success ? null : error.ToString());
            return;
        }

        if (length == 0)
        {
            Drop(index, "closed before the end of the response");
            return;
        }

        lane.Scan.Feed(_buffer.AsSpan(0, length));
        if (!lane.Scan.Done)
            return;
        if (lane.Scan.Status is < 200 or > 299)
            Fail($"status {lane.Scan.Status}", 1);
        else
            _latencies.Add((Now() - lane.Due) / 1000f);
        lane.Busy = false;
        _waiting--;
        _idle.Push(index);
    }

    /// <summary>A proxy may close an idle connection at any time; that is no failure. It is opened anew either way.</summary>
    private void Drop(int index, string? reason)
    {
        ref Lane lane = ref _lanes[index];
        lane.Socket!.Dispose();
        lane.Socket = Open();
        if (!lane.Busy)
            return;
        Fail(reason ?? "closed", 1);
        lane.Busy = false;
        _waiting--;
        _idle.Push(index);
    }

    private Socket Open() => RawHttp.Connect(port);

    private void Fail(string reason, long count) => _failures[reason] = _failures.GetValueOrDefault(reason) + count;

    private LoadResult Result()
    {
        _latencies.Sort();
        double At(double share) => _latencies.Count == 0 ? double.NaN : _latencies[(int)Math.Min(_latencies.Count - 1, share * _latencies.Count)];
        long failures = _failures.Values.Sum();
        string? problem = failures > 0 ? string.Join("; ", _failures.Select(f => $"{f.Key}: {f.Value}")) : null;
        return new LoadResult(_latencies.Count, failures, problem, At(0.5), At(0.99), At(1));
    }

    private struct Lane
    {
        public Socket? Socket;
        public ResponseScan Scan;
        public long Due;
        public bool Busy;
    }
}
