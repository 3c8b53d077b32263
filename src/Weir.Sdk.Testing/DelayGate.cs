using System.Threading.Tasks.Sources;

namespace Weir.Sdk.Testing;

/// <summary>
/// A delay that is over when the test says so. The waiter goes on inside of <see cref="Open"/>, on the same thread, as it would
/// on a loop; whatever scheduling context the test framework has does not matter.
/// </summary>
internal sealed class DelayGate : IValueTaskSource
{
    private Action<object?>? _continuation;
    private object? _state;
    private short _version;
    private bool _open;

    /// <summary>Somebody waits.</summary>
    public bool IsPending { get; private set; }

    public TimeSpan Delay { get; private set; }

    public ValueTask Start(TimeSpan delay)
    {
        if (IsPending) throw new InvalidOperationException("An exchange waits for one delay at a time.");
        (Delay, IsPending, _open) = (delay, true, false);
        return new ValueTask(this, _version);
    }

    public void Open()
    {
        _open = true;
        var (continuation, state) = (_continuation, _state);
        (_continuation, _state) = (null, null);
        continuation?.Invoke(state);
    }

    public ValueTaskSourceStatus GetStatus(short token) => _open ? ValueTaskSourceStatus.Succeeded : ValueTaskSourceStatus.Pending;

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
        => (_continuation, _state) = (continuation, state);

    public void GetResult(short token)
    {
        if (token != _version) throw new InvalidOperationException("A delay was awaited twice.");
        _version++;
        IsPending = false;
    }
}
