namespace Weir.Proxy.Listeners;

/// <summary>What is going on on a client's connection, as far as whoever ends it needs to know. On its loop.</summary>
internal interface IServing
{
    /// <summary>Ends a connection on which nothing is under way.</summary>
    void CloseIfIdle();

    /// <summary>What is under way is the last, and the client is told if that is still possible.</summary>
    void CloseSoon();

    /// <summary>What is under way ends now.</summary>
    void CutOff();
}
