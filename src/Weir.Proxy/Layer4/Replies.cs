using Weir.Http;
using Weir.Reactor.Sockets;

namespace Weir.Proxy.Layer4;

/// <summary>
/// What endpoints sent and clients are to get, of all sessions of a listener on a loop: received into the place that it is sent from, and
/// sent together at the end of the loop's pass, from the listener's own address. LoopState.
/// </summary>
internal sealed class Replies
{
    // Asked of a session at once: most have one, and fewer than asked for means that there are no more.
    private const int PerCall = 8;

    private readonly SessionTable _table;
    private readonly DatagramSocket _listener;
    private readonly DatagramBatch _batch;
    private readonly Action _flush;
    private bool _isToFlush;

    public Replies(SessionTable table, DatagramSocket listener)
    {
        (_table, _listener) = (table, listener);
        _batch = new DatagramBatch(table.Owner.Loop.Buffers);
        _flush = Flush;
    }

    /// <summary>Takes what a session's endpoint sent: how many datagrams, or as <see cref="DatagramSocket.TryReceive"/>.</summary>
    public int Receive(Session session)
    {
        if (_batch.Room == 0) Flush();
        var first = _batch.Count;
        var received = session.Socket.TryReceive(_batch, Math.Min(PerCall, _batch.Room));
        if (!_isToFlush)
        {
            _isToFlush = true;
            _table.Owner.Loop.Ready(_flush);
        }

        if (received <= 0) return received;
        var whole = _batch.Count - first;
        _batch.Address(first, whole, in session.Path);
        session.AnswerBytes += _batch.Bytes(first, whole);
        if (whole < received) _table.Drop(Refusal.DatagramTooLarge, received - whole);
        return received;
    }

    public void Flush()
    {
        _isToFlush = false;
        var counters = _table.Counters;
        for (var at = 0; at < _batch.Count && _listener.IsOpen;)
        {
            var sent = _listener.TrySend(_batch, at, _batch.Count - at, out var stop);
            counters.Sent += sent;
            counters.SentBytes += _batch.Bytes(at, sent);
            at += sent;
            if (stop == SendStop.None) break;
            // One that has no way to its client must not hold up the others.
            var dropped = stop == SendStop.Full ? _batch.Count - at : 1;
            _table.Drop(stop == SendStop.TooLarge ? Refusal.DatagramTooLarge : Refusal.DatagramDropped, dropped);
            at += dropped;
        }

        _batch.Release();
    }
}
