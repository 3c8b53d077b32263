using Weir.Proxy.Model;

namespace Weir.Proxy.Listeners;

/// <summary>One loop's side of a listener. Called on its loop, but for the counts.</summary>
internal interface IDoor
{
    ProxyLoop Owner { get; }

    /// <summary>Connections or sessions that ever began.</summary>
    long Accepted { get; }

    /// <summary>Times that accepting was held back.</summary>
    long Pauses { get; }

    void Start();

    /// <summary>A version was published in which the listener of this address has this name.</summary>
    void Publish(Snapshot snapshot, string name);

    /// <summary>Begins nothing new; with <paramref name="drain"/> after what the kernel has already.</summary>
    void Stop(bool drain);

    /// <summary>The sockets are about to be closed.</summary>
    void BeforeClose();

    /// <summary>Ends what nothing is under way on.</summary>
    void CloseIdle();

    /// <summary>Ends what is running.</summary>
    void CutOff();

    /// <summary>Endpoints were removed.</summary>
    void Forget();
}
