using System.Collections.Concurrent;

namespace Weir.Reactor.Tls;

/// <summary>
/// Certificates by which an authority is shown, in a handshake for nothing else, that a name is served here (RFC 8737). What another
/// instance put where all of them look is fetched while the handshake waits. SharedState.
/// </summary>
public sealed class TlsChallenges
{
    /// <summary>What a client of this kind offers in ALPN.</summary>
    internal static ReadOnlySpan<byte> Protocol => "acme-tls/1"u8;

    // Whoever asks again within this time is told what was found then.
    private const int Remembered = 1000;

    private readonly ConcurrentDictionary<string, ServerContext> _certificates = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, long> _absent = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _fetching = new(StringComparer.Ordinal);

    /// <summary>Names that there can be a challenge for; others are not looked for.</summary>
    public Func<string, bool> IsExpected { get; set; } = static _ => true;

    /// <summary>Looks where other instances put theirs; called off the loops.</summary>
    public Func<string, Task<TlsIdentity?>>? Fetch { get; set; }

    /// <summary>Something that handshakes wait for has come, or will not.</summary>
    public event Action? Settled;

    /// <exception cref="TlsException">The certificate is refused.</exception>
    public void Put(string name, TlsIdentity certificate)
    {
        var context = new ServerContext("", new TlsServerOptions(), [certificate], null);
        TlsServer.Listen(context);
        _certificates[name] = context;
        Settled?.Invoke();
    }

    public void Remove(string name) => _certificates.TryRemove(name, out _);

    /// <summary>Null and not <paramref name="isAwaited"/>: there is none.</summary>
    internal ServerContext? Find(ReadOnlySpan<byte> asked, out bool isAwaited)
    {
        isAwaited = false;
        var name = new string(AskedName.Normalize(asked, stackalloc char[AskedName.MaxLength]));
        if (name.Length == 0) return null;
        if (_certificates.TryGetValue(name, out var context)) return context;
        if (Fetch is null || !IsExpected(name)) return null;
        if (_absent.TryGetValue(name, out var since) && Environment.TickCount64 - since < Remembered) return null;
        isAwaited = true;
        if (_fetching.TryAdd(name, true)) _ = FetchAsync(name);
        return null;
    }

    // What cannot be read is not there: who keeps them reports that.
    private async Task FetchAsync(string name)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            if (await Fetch!(name) is { } certificate) Put(name, certificate);
            else _absent[name] = Environment.TickCount64;
        }
        catch (Exception failure) when (failure is IOException or TlsException or UnauthorizedAccessException)
        {
            _absent[name] = Environment.TickCount64;
        }
        finally
        {
            _fetching.TryRemove(name, out _);
            Settled?.Invoke();
        }
    }
}
