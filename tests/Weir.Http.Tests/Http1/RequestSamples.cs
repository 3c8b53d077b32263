using System.Text;
using Weir.Http.Http1;
using Weir.Http.Messages;

namespace Weir.Http.Tests.Http1;

/// <summary>Parses text as a request in every way that it can arrive, and insists on one answer.</summary>
internal static unsafe class RequestSamples
{
    /// <summary>The answer for the text; null while more is needed. Asserts that every split and byte-by-byte agree.</summary>
    public static Parsed Parse(string text, Http1Limits? limits = null)
    {
        var bytes = NativeText.Bytes(text);
        var whole = Feed(bytes, limits ?? Http1Limits.Default, bytes.Length);
        for (var split = 1; split < bytes.Length; split++)
            Feed(bytes, limits ?? Http1Limits.Default, split, bytes.Length).ShouldBe(whole, $"split at {split}: {Show(text)}");
        Feed(bytes, limits ?? Http1Limits.Default, [.. Enumerable.Range(1, bytes.Length)]).ShouldBe(whole, $"byte by byte: {Show(text)}");
        return whole;
    }

    /// <summary>Feeds growing prefixes, each at another address.</summary>
    public static Parsed Feed(byte[] bytes, Http1Limits limits, params int[] lengths)
    {
        using var head = new RequestHead();
        var state = default(Http1ParseState);
        var buffers = new List<NativeText>();
        try
        {
            foreach (var length in lengths)
            {
                var buffer = new NativeText(bytes.AsSpan(0, length));
                buffers.Add(buffer);
                var result = RequestParser.Parse(head, buffer.Start, buffer.Length, limits, ref state);
                if (result.Outcome != ParseOutcome.NeedMore) return Parsed.From(head, result);
            }

            return Parsed.From(head, ParseResult.NeedMore);
        }
        finally
        {
            foreach (var buffer in buffers) buffer.Dispose();
        }
    }

    public static string Show(string text) => text.Replace("\r", "\\r").Replace("\n", "\\n");
}

/// <summary>All that a parsed request says, as text that can be compared.</summary>
internal sealed record Parsed(ParseOutcome Outcome, Refusal Refusal, int Consumed)
{
    public string Method { get; private init; } = "";
    public string Path { get; private init; } = "";
    public string? Query { get; private init; }
    public string Host { get; private init; } = "";
    public string Authority { get; private init; } = "";
    public HttpVersion Version { get; private init; }
    public TargetForm Form { get; private init; }
    public BodyFraming Framing { get; private init; }
    public long ContentLength { get; private init; }
    public bool KeepAlive { get; private init; }
    public bool ExpectContinue { get; private init; }
    public bool WantsUpgrade { get; private init; }
    public string Fields { get; private init; } = "";

    public static Parsed From(RequestHead head, ParseResult result)
    {
        if (result.Outcome != ParseOutcome.Done) return new Parsed(result.Outcome, result.Refusal, result.Consumed);
        var fields = new StringBuilder();
        for (var i = 0; i < head.Fields.Count; i++)
        {
            if (head.Fields.Id(i) == Weir.Http.Fields.KnownField.Removed) continue;
            fields.Append(Text(head.Fields.Name(i))).Append('=').Append(Text(head.Fields.Value(i))).Append('|');
        }

        return new Parsed(result.Outcome, result.Refusal, result.Consumed)
        {
            Method = Text(head.MethodSpan),
            Path = Text(head.PathSpan),
            Query = head.HasQuery ? Text(head.QuerySpan) : null,
            Host = Text(head.HostSpan),
            Authority = Text(head.AuthoritySpan),
            Version = head.Version,
            Form = head.Form,
            Framing = head.Framing,
            ContentLength = head.ContentLength,
            KeepAlive = head.KeepAlive,
            ExpectContinue = head.ExpectContinue,
            WantsUpgrade = head.WantsUpgrade,
            Fields = fields.ToString(),
        };
    }

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);
}
