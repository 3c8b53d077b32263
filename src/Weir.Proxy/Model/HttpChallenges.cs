using System.Collections.Concurrent;
using Weir.Sdk.Expressions;
using Weir.Sdk.Policies;

namespace Weir.Proxy.Model;

/// <summary>
/// Answers by which an authority is shown over plain HTTP that a host is served here (RFC 8555 §8.3). What another instance put where
/// all of them look is fetched. SharedState.
/// </summary>
internal sealed class HttpChallenges
{
    // As many as an authority asks from several places at once, with room; whoever asks for tokens of his own must not make us read files.
    private const int MaxFetching = 16;
    private const int MaxToken = 128;

    private readonly ConcurrentDictionary<string, LocalReply> _answers = new(StringComparer.Ordinal);
    private int _fetching;

    public static ReadOnlySpan<byte> Path => "/.well-known/acme-challenge/"u8;

    /// <summary>There may be an answer to something.</summary>
    public bool IsActive => Fetch is not null || !_answers.IsEmpty;

    /// <summary>Looks where other instances put theirs; called off the loops. Null: there is none.</summary>
    public Func<string, Task<string?>>? Fetch { get; set; }

    public void Put(string token, string answer) => _answers[token] = ReplyOf(answer);

    public void Remove(string token) => _answers.TryRemove(token, out _);

    /// <summary>Null when there is no answer: the request is then like any other.</summary>
    public ValueTask<LocalReply?> FindAsync(ReadOnlySpan<byte> token)
    {
        if (token.Length is 0 or > MaxToken) return default;
        foreach (var c in token)
            if (!char.IsAsciiLetterOrDigit((char)c) && c is not ((byte)'-' or (byte)'_')) return default;
        Span<char> text = stackalloc char[token.Length];
        for (var i = 0; i < token.Length; i++) text[i] = (char)token[i];
        var name = new string(text);
        if (_answers.TryGetValue(name, out var answer)) return new ValueTask<LocalReply?>(answer);
        return Fetch is null ? default : new ValueTask<LocalReply?>(FetchAsync(name));
    }

    private async Task<LocalReply?> FetchAsync(string token)
    {
        if (Interlocked.Increment(ref _fetching) > MaxFetching)
        {
            Interlocked.Decrement(ref _fetching);
            return null;
        }

        try
        {
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            return await Fetch!(token).ConfigureAwait(false) is { } answer ? ReplyOf(answer) : null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // It is as good as not there; the keeper of the folder reports that it cannot be read.
            return null;
        }
        finally
        {
            Interlocked.Decrement(ref _fetching);
        }
    }

    // Of letters, digits, '-', '_' and one '.', so nothing in it is an expression.
    private static LocalReply ReplyOf(string answer)
        => new() { Status = 200, Body = Template.TryCompile(answer, out var body, out _) ? body : null, ContentType = "application/octet-stream" };
}
