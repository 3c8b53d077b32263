using System.Text;
using Weir.Http.Fields;
using Weir.Http.Http1;
using Weir.Http.Messages;
using Weir.Reference;

namespace Weir.Http.Tests.Reference;

/// <summary>
/// Whatever the codec accepts, an independent strict parser reads in the same way, both as it came and as it is written anew, and
/// as one request only. WEIR_MUTATIONS sets the number of trials.
/// </summary>
public sealed unsafe class MutationTests
{
    private const string Next = "GET /next HTTP/1.1\r\nHost: next\r\n\r\n";

    private static int Trials => int.TryParse(Environment.GetEnvironmentVariable("WEIR_MUTATIONS"), out var trials) ? trials : 40_000;

    [Fact]
    public void What_is_accepted_reads_as_the_same_single_request_elsewhere()
    {
        var mutations = new Mutations(20261123);
        var accepted = 0;
        for (var trial = 0; trial < Trials; trial++)
        {
            var text = mutations.Make();
            var bytes = NativeText.Bytes(text);
            var whole = Http1.RequestSamples.Feed(bytes, Http1Limits.Default, bytes.Length);
            if (bytes.Length > 1)
                Http1.RequestSamples.Feed(bytes, Http1Limits.Default, 1 + mutations.Next(bytes.Length - 1), bytes.Length).ShouldBe(whole, text);
            if (whole.Outcome == ParseOutcome.Done && Relay(bytes, text)) accepted++;
        }

        // Else the damage is too great to say anything.
        accepted.ShouldBeGreaterThan(Trials / 20);
    }

    // False when the body is not whole or not valid: then there is nothing to relay.
    private static bool Relay(byte[] bytes, string text)
    {
        using var head = new RequestHead();
        using var buffer = new NativeText(bytes);
        var state = default(Http1ParseState);
        var result = RequestParser.Parse(head, buffer.Start, buffer.Length, Http1Limits.Default, ref state);

        var body = "";
        using var arena = new TextArena();
        var trailers = new FieldTable(arena);
        var end = result.Consumed;
        if (head.Framing == BodyFraming.Length)
        {
            if (head.ContentLength > bytes.Length - end) return false;
            body = Encoding.Latin1.GetString(bytes, end, (int)head.ContentLength);
            end += (int)head.ContentLength;
        }
        else if (head.Framing == BodyFraming.Chunked)
        {
            var decoder = default(ChunkedDecoder);
            ChunkOutcome outcome;
            do
            {
                outcome = decoder.Decode(bytes.AsSpan(end), out var consumed, out var offset, out var length, trailers);
                body += Encoding.Latin1.GetString(bytes, end + offset, length);
                end += consumed;
            }
            while (outcome == ChunkOutcome.Data);
            if (outcome != ChunkOutcome.Done) return false;
        }

        // As it came: the same ends, under the same grammar.
        var at = 0;
        var raw = ReferenceParser.Parse(text, ref at, out var error);
        error.ShouldBeNull(text);
        at.ShouldBe(end, text);
        raw!.Method.ShouldBe(Encoding.Latin1.GetString(head.MethodSpan));
        raw.Body.ShouldBe(body, text);

        // As it is written anew, with another request behind it.
        var (requests, rest) = ReferenceParser.ParseAll(Write(head, body, trailers) + Next);
        rest.ShouldBeNull(text);
        requests.Count.ShouldBe(2, text);
        requests[1].Target.ShouldBe("/next");
        var read = requests[0];
        read.Method.ShouldBe(raw.Method, text);
        read.Target.ShouldBe(Target(head), text);
        read.Host.ShouldBe(head.Authority.IsEmpty ? "origin" : Encoding.Latin1.GetString(head.AuthoritySpan), text);
        read.Body.ShouldBe(body, text);
        read.Framing.ShouldBe(raw.Framing, text);
        Written(read.Fields).ShouldBe(Kept(head.Fields), text);
        read.Trailers.ShouldBe(Fields(trailers, default), text);
        return true;
    }

    private static string Write(RequestHead head, string body, FieldTable trailers)
    {
        var to = new byte[8192];
        var writer = new HeadWriter(to);
        Http1Writer.WriteRequest(ref writer, head, null, new RequestWriteOptions
        {
            Host = head.Authority.IsEmpty ? "origin"u8 : default,
            Framing = head.Framing,
            ContentLength = head.ContentLength,
        });
        writer.End(out var written).ShouldBe(WriteOutcome.Written);
        var text = new StringBuilder(Encoding.Latin1.GetString(to, 0, written));
        if (head.Framing != BodyFraming.Chunked) return text.Append(body).ToString();
        if (body.Length > 0) text.Append(Encoding.Latin1.GetString(to, 0, ChunkWriter.WriteHeader(to, body.Length))).Append(body).Append("\r\n");
        ChunkWriter.WriteLastChunk(to, trailers, out written).ShouldBe(WriteOutcome.Written);
        return text.Append(Encoding.Latin1.GetString(to, 0, written)).ToString();
    }

    private static string Target(RequestHead head) => head.Form switch
    {
        TargetForm.Asterisk => "*",
        TargetForm.Authority => Encoding.Latin1.GetString(head.AuthoritySpan),
        _ => Encoding.Latin1.GetString(head.PathSpan) + (head.HasQuery ? "?" + Encoding.Latin1.GetString(head.QuerySpan) : ""),
    };

    private static List<(string Name, string Value)> Kept(FieldTable fields) => Fields(fields, FieldKinds.NotCopiedToRequest);

    private static List<(string Name, string Value)> Fields(FieldTable fields, FieldSet without)
    {
        var list = new List<(string, string)>();
        for (var i = 0; i < fields.Count; i++)
            if (fields.Id(i) != KnownField.Removed && !without.Contains(fields.Id(i)))
                list.Add((Encoding.Latin1.GetString(fields.Name(i)), Encoding.Latin1.GetString(fields.Value(i))));
        return list;
    }

    // Without the three that the writer makes itself.
    private static List<(string Name, string Value)> Written(IEnumerable<(string Name, string Value)> fields)
        => [.. fields.Where(f => f.Name is not ("Host" or "Content-Length" or "Transfer-Encoding"))];
}
