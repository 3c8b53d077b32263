using System.Collections.Concurrent;
using System.Globalization;
using Weir.Proxy.Tests.Fixture;
using Weir.Proxy.Tests.Http2;

namespace Weir.Proxy.Tests.Retries;

/// <summary>A request as an origin saw it.</summary>
internal sealed record Seen(string Method, string Path, string Body);

/// <summary>
/// An origin of either protocol that does to each request what a test says: a status with its fields (<c>503 retry-after: 1</c>),
/// <c>reset</c>, <c>close</c>, <c>silence</c>, or with HTTP/2 <c>refuse</c>. It records what it saw.
/// </summary>
internal sealed class FaultyOrigin : IAsyncDisposable
{
    private readonly ConcurrentQueue<Seen> _seen = new();
    private readonly Func<int, Seen, Task<string>> _act;
    private readonly IAsyncDisposable _origin;
    private int _count;

    private FaultyOrigin(bool isHttp2, Func<int, Seen, Task<string>> act)
    {
        _act = act;
        if (isHttp2)
        {
            var origin = new Http2Origin((wire, _) => ServeAsync(wire), (4, 1 << 20));
            (_origin, Url) = (origin, origin.Url);
        }
        else
        {
            var origin = Origin.Start((wire, _) => ServeAsync(wire), records: false);
            (_origin, Url) = (origin, origin.Url);
        }
    }

    public string Url { get; }

    public IReadOnlyList<Seen> Requests => [.. _seen];

    public static FaultyOrigin Start(bool isHttp2, Func<int, string> act) => new(isHttp2, (number, _) => Task.FromResult(act(number)));

    public static FaultyOrigin Start(Func<int, Seen, Task<string>> act) => new(false, act);

    public ValueTask DisposeAsync() => _origin.DisposeAsync();

    private Task<string> SeeAsync(Seen request)
    {
        _seen.Enqueue(request);
        return _act(Interlocked.Increment(ref _count) - 1, request);
    }

    private async Task ServeAsync(RawConnection wire)
    {
        while (true)
        {
            var request = await wire.ReadRequestAsync();
            var act = await SeeAsync(new Seen(request.Method, request.Target, request.Body));
            if (act == "close") return;
            if (act == "reset")
            {
                wire.Reset();
                return;
            }

            if (act == "silence") continue;
            var (status, field) = Split(act);
            await wire.SendAsync($"HTTP/1.1 {status} Said\r\nContent-Length: 3\r\n{(field.Length == 0 ? "" : field + "\r\n")}\r\n{status}");
        }
    }

    private async Task ServeAsync(Http2Wire wire)
    {
        await wire.WindowUpdateAsync(0, 1 << 24);
        for (var id = 1; ; id += 2)
        {
            var request = await wire.ReadAnswerAsync(id);
            var act = await SeeAsync(new Seen(request[":method"], request[":path"], request.Body));
            if (act == "close") return;
            if (act == "reset") await wire.ResetAsync(id, code: 2);
            else if (act == "refuse") await wire.ResetAsync(id, code: 7);
            else if (act != "silence") await AnswerAsync(wire, id, act);
        }
    }

    private static async Task AnswerAsync(Http2Wire wire, int id, string act)
    {
        var (status, field) = Split(act);
        (string, string)[] more = field.Length == 0 ? [] : [(field.Split(": ")[0], field.Split(": ")[1])];
        await wire.HeadersAsync(id, endStream: false, [(":status", status.ToString(CultureInfo.InvariantCulture)), .. more]);
        await wire.DataAsync(id, status.ToString(CultureInfo.InvariantCulture), endStream: true);
    }

    private static (int Status, string Field) Split(string act) => (int.Parse(act[..3], CultureInfo.InvariantCulture), act.Length > 4 ? act[4..] : "");
}
