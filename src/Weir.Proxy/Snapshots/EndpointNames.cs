using System.Net;
using Weir.Config.Records;
using Weir.Proxy.Model;
using SocketAddress = Weir.Reactor.Sockets.SocketAddress;

namespace Weir.Proxy.Snapshots;

/// <summary>
/// Turns endpoints' names into addresses, off the loops. A literal is known at once; a name is asked for again every while, and its last
/// good answer stays when the question fails. Control plane.
/// </summary>
internal sealed class EndpointNames(TimeProvider time, Action<string, string> onFailure) : IAsyncDisposable
{
    private static readonly TimeSpan Refresh = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan FirstAnswer = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _stop = new();
    private IReadOnlyList<EndpointState> _names = [];
    private Task? _work;

    /// <summary>Gives every endpoint its addresses; waits a moment for names that were never asked for.</summary>
    public async Task PrepareAsync(IEnumerable<EndpointState> endpoints)
    {
        _names = [];
        await FollowAsync(endpoints, new HashSet<EndpointState>());
    }

    /// <summary>As <see cref="PrepareAsync"/>, for some that join those of before; and others leave.</summary>
    public async Task FollowAsync(IEnumerable<EndpointState> joined, IReadOnlySet<EndpointState> left)
    {
        var names = _names.Where(n => !left.Contains(n)).ToList();
        foreach (var endpoint in joined)
            if (!TrySetLiteral(endpoint)) names.Add(endpoint);
        _names = names;
        var unresolved = names.Where(static e => e.Addresses.Length == 0).ToList();
        foreach (var endpoint in unresolved) Note(endpoint, "its name is not resolved yet");
        var unknown = unresolved.Select(ResolveAsync).ToList();
        if (unknown.Count > 0) await Task.WhenAny(Task.WhenAll(unknown), Task.Delay(FirstAnswer, time));
        if (names.Count > 0) _work ??= Task.Run(RefreshAsync);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        if (_work is not null) await _work;
        _stop.Dispose();
    }

    private async Task RefreshAsync()
    {
        try
        {
            while (true)
            {
                await Task.Delay(Refresh, time, _stop.Token);
                await Task.WhenAll(_names.Select(ResolveAsync));
            }
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }
    }

    private static bool TrySetLiteral(EndpointState endpoint)
    {
        if (endpoint.Addresses.Length > 0 && IsLiteral(endpoint, out _)) return true;
        if (!IsLiteral(endpoint, out var address)) return false;
        endpoint.Addresses = [address!];
        return true;
    }

    private static bool IsLiteral(EndpointState endpoint, out SocketAddress? address)
    {
        address = null;
        if (!EndpointAddress.TryParse(endpoint.Url, out var parsed, out _)) return false;
        if (parsed.IsUnix) address = SocketAddress.Unix(parsed.UnixPath!);
        else if (IPAddress.TryParse(parsed.Host, out var ip)) address = SocketAddress.From(new IPEndPoint(ip, parsed.Port));
        return address is not null;
    }

    private async Task ResolveAsync(EndpointState endpoint)
    {
        if (!EndpointAddress.TryParse(endpoint.Url, out var parsed, out _)) return;
        try
        {
            var found = await Dns.GetHostAddressesAsync(parsed.Host, _stop.Token);
            if (found.Length == 0) return;
            endpoint.Addresses = [.. found.Select(ip => SocketAddress.From(new IPEndPoint(ip, parsed.Port)))];
            if (endpoint.Health.NameFailure is not null) Note(endpoint, null);
        }
        catch (Exception failure) when (failure is System.Net.Sockets.SocketException or OperationCanceledException or ArgumentException)
        {
            if (failure is OperationCanceledException) return;
            Note(endpoint, $"its name is not resolved: {failure.Message}");
            onFailure(endpoint.Url, failure.Message);
        }
    }

    private static void Note(EndpointState endpoint, string? failure) => endpoint.NoteHealth(h => h with { NameFailure = failure });
}
