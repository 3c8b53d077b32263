using Weir.Http.Fields;

namespace Weir.Http.Tests.Fields;

/// <summary>Text may be copied within an arena although appending can move it.</summary>
public sealed class OwnTextTests
{
    [Fact]
    public void AFieldMayBeAddedAsAViewOfAnother()
    {
        // Long enough to make the arena grow many times, which frees what the view was taken of.
        using var arena = new TextArena();
        var fields = new FieldTable(arena);
        fields.TryAdd("x-0"u8, new byte[700]).ShouldBeTrue();
        var longText = new byte[700];
        Array.Fill(longText, (byte)'v');
        fields.TrySet("x-0"u8, longText).ShouldBeTrue();
        for (var i = 0; i < 100; i++)
        {
            fields.TryAdd(fields.Name(fields.Count - 1), fields.Value(fields.Count - 1)).ShouldBeTrue();
            fields.Name(fields.Count - 1).SequenceEqual("x-0"u8).ShouldBeTrue();
            fields.Value(fields.Count - 1).SequenceEqual(longText).ShouldBeTrue();
        }

        fields.TrySet(fields.Name(fields.Count - 1), fields.Value(fields.Count - 1)).ShouldBeTrue();
        fields.IndexOf("x-0"u8).ShouldBe(fields.Count - 1);
    }

    [Fact]
    public void AFieldWithoutRoomLeavesNothingBehind()
    {
        using var arena = new TextArena { MaxAppended = 10 };
        var fields = new FieldTable(arena);
        fields.TryAdd("name"u8, "1234567"u8).ShouldBeFalse();
        arena.Appended.ShouldBe(0);
        fields.TryAdd("name"u8, "123456"u8).ShouldBeTrue();
    }

    [Fact]
    public void AnExtendedTextStaysWhereItIsWhenItIsTheLastAndIsCopiedOtherwise()
    {
        using var arena = new TextArena { MaxAppended = 40 };
        arena.TryAppend("one"u8, out var one).ShouldBeTrue();
        arena.TryExtend(one, "+two"u8, out var longer).ShouldBeTrue();
        longer.Offset.ShouldBe(one.Offset);
        arena[longer].SequenceEqual("one+two"u8).ShouldBeTrue();
        arena.TryAppend("x"u8, out _).ShouldBeTrue();
        arena.TryExtend(longer, arena[one], out var copied).ShouldBeTrue();
        copied.Offset.ShouldNotBe(one.Offset);
        arena[copied].SequenceEqual("one+twoone"u8).ShouldBeTrue();
        arena[longer].SequenceEqual("one+two"u8).ShouldBeTrue();
        arena.TryExtend(longer, new byte[20], out _).ShouldBeFalse();
        arena.Appended.ShouldBe(18);
    }
}
