namespace Weir.Http.Http1;

internal enum ParsePhase : byte { Start, StartLine, Fields, Done }

/// <summary>
/// Where a parser stopped. Start with <c>default</c> for each head and pass it back unchanged. All of it are offsets from the
/// first byte of the head, so the buffer may move between calls as long as its content stays.
/// </summary>
public struct Http1ParseState
{
    /// <summary>The first byte of the line that is not finished; everything before is never looked at again.</summary>
    internal int LineStart;

    /// <summary>Bytes of that line before this were seen and were fine.</summary>
    internal int Scanned;

    /// <summary>The colon of that line; 0 until it was seen.</summary>
    internal int NameEnd;

    internal ParsePhase Phase;

    /// <summary>Some unknown name has an underscore: see <see cref="Fields.FieldKinds.IsAliasOfGuarded"/>.</summary>
    internal bool SawUnderscore;

    internal void NextLine(int at)
    {
        LineStart = at;
        Scanned = at;
        NameEnd = 0;
    }
}
