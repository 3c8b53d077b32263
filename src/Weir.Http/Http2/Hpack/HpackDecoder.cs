using System.Diagnostics;
using Weir.Http.Fields;

namespace Weir.Http.Http2.Hpack;

/// <summary>What is wrong with a field block. Any of it spoils the table, so it ends the connection (COMPRESSION_ERROR).</summary>
public enum HpackFault : byte
{
    None,

    /// <summary>The block ends within a field.</summary>
    Truncated,

    /// <summary>An integer of more than 28 bits, or with more bytes than that needs. RFC 7541 §5.1.</summary>
    IntegerTooLarge,

    /// <summary>Index 0, or one past both tables. RFC 7541 §2.3.3, §6.1.</summary>
    BadIndex,

    /// <summary>The end of string within a string, or padding of other bits than up to seven ones. RFC 7541 §5.2.</summary>
    BadHuffman,

    /// <summary>A size update past the limit, or behind a field. RFC 7541 §4.2, §6.3.</summary>
    BadSizeUpdate,

    /// <summary>The limit was lowered and the block does not begin with a size update. RFC 7541 §4.2.</summary>
    SizeUpdateMissing,
}

/// <summary>
/// Decodes field blocks, RFC 7541, in fragments that may be split at any byte. Text that is whole in a fragment is handed out
/// from there; the rest is gathered in a buffer that is borrowed while a block is under way. LoopState of a connection.
/// </summary>
public sealed class HpackDecoder : IDisposable
{
    /// <summary>What both sides begin with. RFC 9113 §6.5.2.</summary>
    public const int DefaultTableSize = 4096;

    private const int TimesListSize = 16;

    private readonly DynamicTable _table = new();
    private LiteralText _text = new();
    private HpackInteger _integer;
    private Step _step;
    private Kind _kind;
    private bool _begun;
    private bool _isHuffman;
    private bool _mustResize;
    private bool _sawField;
    private int _nameIndex;
    private int _remaining;
    private int _limit = DefaultTableSize;
    private long _listSize;

    public HpackDecoder() => _table.Resize(DefaultTableSize);

    /// <summary>Name, value and 32 of every field of a block together at most; RFC 9113 §6.5.2. Past it nothing more is handed out.</summary>
    public int MaxListSize { get; set; } = 32 * 1024;

    /// <summary>The block under way, or the last one, passed <see cref="MaxListSize"/>.</summary>
    public bool IsOverLimit => _listSize > MaxListSize;

    /// <summary>
    /// The block under way is many times as large as what is taken: a byte can stand for a whole entry of the table, again and again, and
    /// nobody needs that.
    /// </summary>
    public bool IsBomb => _listSize > (long)MaxListSize * TimesListSize;

    /// <summary>Bytes that the dynamic table takes by its own count.</summary>
    public int TableSize => _table.Size;

    /// <summary>
    /// The peer has acknowledged our SETTINGS_HEADER_TABLE_SIZE. If its table is larger it has to begin the next block by
    /// making it smaller. Not within a block.
    /// </summary>
    public void SetTableLimit(int limit)
    {
        Debug.Assert(!_begun);
        _limit = limit;
        _mustResize |= limit < _table.Capacity;
    }

    /// <summary>
    /// Takes the next piece of a block. After a fault nothing more can be decoded on this connection. After the last piece
    /// <see cref="IsOverLimit"/> tells whether the sink was given all.
    /// </summary>
    public HpackFault Decode<TSink>(ReadOnlySpan<byte> fragment, bool last, ref TSink sink)
        where TSink : struct, IHpackSink
    {
        if (!_begun)
        {
            _begun = true;
            _sawField = false;
            _listSize = 0;
        }

        var fault = HpackFault.None;
        var at = 0;
        while (at < fragment.Length && fault == HpackFault.None)
        {
            if (_step == Step.Field) fault = StartField(fragment[at++], ref sink);
            else if (_step < Step.Name) fault = Continue(fragment[at++], ref sink);
            else fault = TakeText(fragment, ref at, ref sink);
        }

        if (last && fault == HpackFault.None && _step != Step.Field) fault = HpackFault.Truncated;
        if (last || fault != HpackFault.None) EndBlock();
        return fault;
    }

    public void Dispose() => EndBlock();

    private HpackFault StartField<TSink>(byte first, ref TSink sink)
        where TSink : struct, IHpackSink
    {
        int prefix;
        (_kind, prefix) = first switch
        {
            >= 0x80 => (Kind.Indexed, 7),
            >= 0x40 => (Kind.Indexing, 6),
            >= 0x20 => (Kind.Resize, 5),
            >= 0x10 => (Kind.Never, 4),
            _ => (Kind.Plain, 4),
        };
        if (_kind != Kind.Resize)
        {
            if (_mustResize) return HpackFault.SizeUpdateMissing;
            _sawField = true;
        }

        if (_integer.Start(first, prefix)) return TakeIndex(ref sink);
        _step = Step.Index;
        return HpackFault.None;
    }

    private HpackFault Continue<TSink>(byte b, ref TSink sink)
        where TSink : struct, IHpackSink
    {
        switch (_step)
        {
            case Step.NameLength or Step.ValueLength:
                _isHuffman = (b & 0x80) != 0;
                if (_integer.Start(b, 7)) return StartText(ref sink);
                _step++;
                return HpackFault.None;
            default:
                var step = _integer.Next(b);
                if (step == IntegerStep.TooLarge) return HpackFault.IntegerTooLarge;
                if (step == IntegerStep.More) return HpackFault.None;
                return _step == Step.Index ? TakeIndex(ref sink) : StartText(ref sink);
        }
    }

    private HpackFault TakeIndex<TSink>(ref TSink sink)
        where TSink : struct, IHpackSink
    {
        var index = _integer.Value;
        _step = Step.Field;
        if (_kind == Kind.Resize)
        {
            if (_sawField || index > _limit) return HpackFault.BadSizeUpdate;
            _mustResize = false;
            _table.Resize(index);
            return HpackFault.None;
        }

        if (index > StaticTable.Count + _table.Count) return HpackFault.BadIndex;
        if (_kind == Kind.Indexed)
        {
            if (index == 0) return HpackFault.BadIndex;
            HandOut(Resolve(index), ref sink);
            return HpackFault.None;
        }

        _nameIndex = index;
        _text.StartLiteral();
        _step = index == 0 ? Step.NameLength : Step.ValueLength;
        return HpackFault.None;
    }

    private HpackField Resolve(int index) => index <= StaticTable.Count ? StaticTable.Get(index) : _table[index - StaticTable.Count - 1];

    private HpackFault StartText<TSink>(ref TSink sink)
        where TSink : struct, IHpackSink
    {
        _remaining = _integer.Value;
        _text.StartString();
        _step = _step < Step.ValueLength ? Step.Name : Step.Value;
        return _remaining == 0 ? EndText(default, ref sink) : HpackFault.None;
    }

    private HpackFault TakeText<TSink>(ReadOnlySpan<byte> fragment, ref int at, ref TSink sink)
        where TSink : struct, IHpackSink
    {
        var piece = fragment.Slice(at, Math.Min(_remaining, fragment.Length - at));
        at += piece.Length;
        _remaining -= piece.Length;
        // A plain value that is all here need not be copied. A name is, since its value may come later.
        if (_remaining == 0 && !_isHuffman && _step == Step.Value && _text.IsEmpty && !_text.IsDropped && piece.Length <= LongestKept)
            return EndText(piece, ref sink);

        if (!_isHuffman) _text.Add(piece, LongestKept);
        else if (!_text.AddHuffman(piece, LongestKept)) return HpackFault.BadHuffman;
        if (_remaining > 0) return HpackFault.None;
        if (_isHuffman && !_text.EndsWell) return HpackFault.BadHuffman;
        return EndText(_text.Current, ref sink);
    }

    // Longer text can neither be handed out nor be put in the table.
    private int LongestKept => Math.Max(MaxListSize, _limit);

    private HpackFault EndText<TSink>(ReadOnlySpan<byte> text, ref TSink sink)
        where TSink : struct, IHpackSink
    {
        if (_step == Step.Name)
        {
            _step = Step.ValueLength;
            return HpackFault.None;
        }

        _step = Step.Field;
        var marks = HpackField.MarkValue(text) | (_kind == Kind.Never ? FieldMarks.NeverIndexed : FieldMarks.None);
        if (_text.IsDropped)
        {
            _listSize = Math.Max(_listSize, MaxListSize + 1L);
            if (_kind == Kind.Indexing) _table.Clear();
            return HpackFault.None;
        }

        if (_nameIndex > 0)
        {
            var known = Resolve(_nameIndex);
            marks |= known.Marks & ~FieldMarks.BadValue;
            EndLiteral(new HpackField(known.Name, text, known.Id, known.Pseudo, marks), ref sink);
        }
        else
        {
            var name = _text.Name;
            var id = KnownFields.Find(name);
            var pseudo = HpackField.FindPseudo(name);
            EndLiteral(new HpackField(name, text, id, pseudo, HpackField.MarkName(name, id, pseudo) | marks), ref sink);
        }

        return HpackFault.None;
    }

    private void EndLiteral<TSink>(scoped in HpackField field, ref TSink sink)
        where TSink : struct, IHpackSink
    {
        HandOut(field, ref sink);
        if (_kind == Kind.Indexing) _table.Add(field);
    }

    private void HandOut<TSink>(scoped in HpackField field, ref TSink sink)
        where TSink : struct, IHpackSink
    {
        _listSize += field.Name.Length + field.Value.Length + DynamicTable.EntryCost;
        if (_listSize <= MaxListSize) sink.Take(field);
    }

    // A connection that waits for its next request holds no buffer.
    private void EndBlock()
    {
        _begun = false;
        _step = Step.Field;
        _text.Return();
    }

    // In this order: a text's length follows its first byte, and what comes before Name takes single bytes.
    private enum Step : byte { Field, Index, NameLength, NameLengthMore, ValueLength, ValueLengthMore, Name, Value }

    private enum Kind : byte { Indexed, Indexing, Plain, Never, Resize }
}
