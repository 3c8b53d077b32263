namespace Weir.Scenarios.Faults.Fixture;

/// <summary>Ends origins with the test, whatever became of it.</summary>
internal sealed class Stopping(OriginProcess[] origins) : IAsyncDisposable
{
    public async ValueTask DisposeAsync()
    {
        foreach (var origin in origins) await origin.DisposeAsync();
    }
}
