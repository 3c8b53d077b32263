using Weir.Http.Fields;
using Weir.Http.Messages;
using Weir.Proxy.Model;

namespace Weir.Proxy.Mirroring;

/// <summary>What is kept of an answer to compare it with another: digests alone. LoopState; reused.</summary>
internal sealed class AnswerNotes
{
    private BodyDigest _body;
    private ulong[] _fields = [];
    private MirrorCheck? _check;

    /// <summary>Of the endpoint; 0 while there is no answer.</summary>
    public int Status { get; private set; }

    /// <summary>The answer came to its proper end.</summary>
    public bool IsComplete { get; set; }

    public long BodyLength => _body.Length;

    public void Begin(MirrorCheck? check)
    {
        _check = check;
        _body = BodyDigest.Begin();
        Status = 0;
        IsComplete = false;
        if (check is null) return;
        if (_fields.Length < check.Fields.Length) _fields = new ulong[check.Fields.Length];
        Array.Clear(_fields);
    }

    public void NoteHead(ResponseHead head)
    {
        Status = head.Status;
        NoteFields(head.Fields);
    }

    public void NoteBody(ReadOnlySpan<byte> piece)
    {
        if (_check is { Body: true }) _body.Add(piece);
    }

    /// <summary>The answer is whole.</summary>
    public void NoteEnd(FieldTable? trailers)
    {
        if (trailers is not null) NoteFields(trailers);
        IsComplete = true;
    }

    public bool HasSameField(int index, AnswerNotes other) => _fields[index] == other._fields[index];

    public bool HasSameBody(AnswerNotes other) => _body.Length == other._body.Length && _body.Value == other._body.Value;

    // All values of a name in their order; 0 for none.
    private void NoteFields(FieldTable fields)
    {
        if (_check is null) return;
        for (var i = 0; i < _check.Fields.Length; i++)
        {
            var name = _check.Fields[i];
            for (var at = fields.IndexOf(name); at >= 0; at = fields.IndexOf(name, at + 1)) _fields[i] = BodyDigest.Of(fields.Value(at), _fields[i] + 1);
        }
    }
}
