namespace Weir.Reactor.Sockets;

/// <summary>Who gets the events of a registered descriptor. Called from the loop's own frame.</summary>
internal interface IEventSource
{
    void OnEvent(uint flags);
}
