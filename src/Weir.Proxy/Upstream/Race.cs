using System.Runtime.ExceptionServices;
using Weir.Async;
using Weir.Proxy.Model;
using Weir.Reactor.Waiting;

namespace Weir.Proxy.Upstream;

/// <summary>Two attempts of one exchange under way at once, and the place where it waits for them. LoopState; reused.</summary>
internal sealed class Race(ProxyLoop owner)
{
    private readonly Waiter _news = new(owner.Loop);
    private Lane _first;
    private Lane _second;

    public bool IsFirstOver => _first.IsOver;

    public AttemptResult First => _first.Result;

    public AttemptResult Second => _second.Result;

    /// <summary>Of the second, which may not have been begun.</summary>
    public bool IsSecondOver => _second.IsOver;

    /// <summary>Begins an attempt; it goes as far as it can at once.</summary>
    public void Start(Exchange x, Cluster cluster, Endpoint endpoint, bool isSecond) => _ = RunAsync(x, cluster, endpoint, isSecond);

    /// <summary>Until an attempt is over that was not before, or the time has come.</summary>
    public WaitAwaitable News(long deadline)
    {
        _news.Clear();
        return _news.Wait(deadline);
    }

    /// <summary>Both are over: ready for another exchange. An attempt's exception is the exchange's.</summary>
    public void End()
    {
        var fault = _first.Fault ?? _second.Fault;
        _first = _second = default;
        _news.Reset();
        owner.ReturnRace(this);
        if (fault is not null) ExceptionDispatchInfo.Throw(fault);
    }

    private async Detached RunAsync(Exchange x, Cluster cluster, Endpoint endpoint, bool isSecond)
    {
        var lane = new Lane { IsOver = true };
        try
        {
            lane.Result = await Attempt.RunAsync(x, cluster, endpoint);
            Outcomes.Note(x, cluster, lane.Result);
        }
        catch (Exception fault)
        {
            lane.Fault = fault;
        }

        if (isSecond) _second = lane;
        else _first = lane;
        _news.Signal();
    }

    private struct Lane
    {
        public AttemptResult Result;
        public Exception? Fault;
        public bool IsOver;
    }
}
