namespace Weir.Proxy.Health;

/// <summary>Whether a connection can be made, TLS and all.</summary>
internal sealed class ConnectQuestion(ProbeWay way) : IQuestion
{
    public async Task<string?> AskAsync(CancellationToken cancel)
    {
        await using var connection = await way.OpenAsync([], cancel);
        return null;
    }

    public void Dispose()
    {
        // Nothing is kept between two probes.
    }
}
