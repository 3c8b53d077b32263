using System.Text;
using Weir.Http.Fields;
using Weir.Http.Http1;
using Weir.Http.Messages;

namespace Weir.Http.Tests.Http1;

/// <summary>Damaged responses: the answer does not depend on the split, and what is accepted reads the same after it is written anew.</summary>
public sealed unsafe class ResponseMutationTests
{
    private static readonly string[] Seeds =
    [
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\nServer: x\r\n\r\nhello",
        "HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\nConnection: x-a, close\r\nX-A: 1\r\n\r\n0\r\n\r\n",
        "HTTP/1.0 302 Found There\r\nLocation: /\r\nConnection: keep-alive\r\n\r\n",
        "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n",
        "HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\nContent-Length: 7\r\n\r\n",
    ];

    private static readonly string[] Pieces =
    [
        "\r\n", "\r", "\n", " ", "\t", ":", "\0", ",", "\u000b", "\u00e9", "\u007f", "\r\n ", " :", "HTTP/1.0 ", "HTTP/2 ", "999", "100", "204", "20",
        "Content-Length: 5\r\n", "Content-Length: 5,6\r\n", "Transfer-Encoding: chunked\r\n", "Transfer-Encoding: gzip\r\n", "Connection: close\r\n",
    ];

    [Fact]
    public void What_is_accepted_reads_the_same_when_it_is_written_anew()
    {
        var random = new Random(42);
        var accepted = 0;
        for (var trial = 0; trial < 20_000; trial++)
        {
            var text = Seeds[random.Next(Seeds.Length)];
            for (var rounds = random.Next(3); rounds >= 0; rounds--)
            {
                var at = random.Next(text.Length);
                text = random.Next(3) switch
                {
                    0 => text.Remove(at, 1),
                    1 => text.Insert(at, Pieces[random.Next(Pieces.Length)]),
                    _ => text[..at] + (char)random.Next(256) + text[(at + 1)..],
                };
            }

            var bytes = NativeText.Bytes(text);
            var (outcome, detail, summary, written) = Read(bytes, bytes.Length);
            var split = Read(bytes, 1 + random.Next(bytes.Length), bytes.Length);
            (split.Outcome, split.Detail, split.Summary).ShouldBe((outcome, detail, summary), text);
            if (outcome != ParseOutcome.Done) continue;
            accepted++;
            var again = Read(written, written.Length);
            again.Outcome.ShouldBe(ParseOutcome.Done, text);
            again.Summary.ShouldBe(summary, text);
        }

        accepted.ShouldBeGreaterThan(2000);
    }

    private static (ParseOutcome Outcome, Refusal Detail, string Summary, byte[] Written) Read(byte[] bytes, params int[] lengths)
    {
        using var head = new ResponseHead();
        using var buffer = new NativeText(bytes);
        var state = default(Http1ParseState);
        foreach (var length in lengths)
        {
            var result = ResponseParser.Parse(head, buffer.Start, length, HttpMethod.Get, Http1Limits.Default, ref state, out var detail);
            if (result.Outcome == ParseOutcome.Refused) return (result.Outcome, detail, "", []);
            if (result.Outcome == ParseOutcome.NeedMore) continue;

            // Version and keep-alive are the connection's own, an empty reason is replaced, and so is a coding by its kind.
            var summary = new StringBuilder($"{head.Status} {head.Framing} {(head.Framing == BodyFraming.None ? -1 : head.ContentLength)}");
            for (var i = 0; i < head.Fields.Count; i++)
            {
                if (FieldKinds.NotCopiedToResponse.Contains(head.Fields.Id(i))) continue;
                summary.Append('|').Append(Encoding.Latin1.GetString(head.Fields.Name(i))).Append('=').Append(Encoding.Latin1.GetString(head.Fields.Value(i)));
            }

            var to = new byte[4096];
            var writer = new HeadWriter(to);
            Http1Writer.WriteResponse(ref writer, head, null, new ResponseWriteOptions
            {
                Framing = head.Framing,
                ContentLength = head.ContentLength,
                Close = head.Framing == BodyFraming.UntilClose,
            });
            writer.End(out var written).ShouldBe(WriteOutcome.Written);
            return (result.Outcome, detail, summary.ToString(), to[..written]);
        }

        return (ParseOutcome.NeedMore, Refusal.None, "", []);
    }
}
