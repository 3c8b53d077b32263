using System.Text;
using Weir.Http.Fields;
using Weir.Http.Messages;

namespace Weir.Http.Tests.Fields;

/// <summary>A head with text of its own, so that it outlives what it was copied from.</summary>
public sealed class HeadCopyTests
{
    [Fact]
    public void A_copy_says_the_same_when_the_other_is_gone()
    {
        using var copy = new RequestHead();
        using (var head = new RequestHead { Version = HttpVersion.Http2, Method = HttpMethod.Other, Framing = BodyFraming.Length, ContentLength = 7, HasQuery = true, KeepAlive = true })
        {
            head.MethodText = Text(head, "PURGE");
            head.RawTarget = Text(head, "/a/../b?c");
            head.Path = Text(head, "/b");
            head.Query = Text(head, "c");
            head.Authority = Text(head, "host:80");
            head.Host = head.Authority.Slice(0, 4);
            head.Fields.TryAdd("X-One"u8, "1"u8).ShouldBeTrue();
            head.Fields.TryAdd("Accept"u8, "gone"u8).ShouldBeTrue();
            head.Fields.TryAdd("Cookie"u8, ""u8).ShouldBeTrue();
            head.Fields.Remove(KnownField.Accept);
            copy.TryCopyFrom(head).ShouldBeTrue();
            head.Reset();
            head.Arena.TryAppend(new byte[512], out _);
        }

        (copy.Version, copy.Method, copy.Framing, copy.ContentLength, copy.HasQuery, copy.KeepAlive).ShouldBe((HttpVersion.Http2, HttpMethod.Other, BodyFraming.Length, 7, true, true));
        string[] texts = [Of(copy.MethodSpan), Of(copy.RawTargetSpan), Of(copy.PathSpan), Of(copy.QuerySpan), Of(copy.HostSpan), Of(copy.AuthoritySpan)];
        texts.ShouldBe(["PURGE", "/a/../b?c", "/b", "c", "host", "host:80"]);
        copy.Fields.Count.ShouldBe(2);
        Of(copy.Fields.Get("x-one"u8)).ShouldBe("1");
        copy.Fields.Has(KnownField.Cookie).ShouldBeTrue();
        copy.Fields.Has(KnownField.Accept).ShouldBeFalse();
    }

    [Fact]
    public void What_has_no_room_is_not_copied()
    {
        using var head = new RequestHead();
        for (var i = 0; i < 3; i++) head.Fields.TryAdd("a"u8, new byte[40_000]).ShouldBeTrue();
        using var small = new TextArena { MaxAppended = 100_000 };
        new FieldTable(small).TryCopyFrom(head.Fields).ShouldBeFalse();
        using var wide = new TextArena();
        new FieldTable(wide) { MaxCount = 2 }.TryCopyFrom(head.Fields).ShouldBeFalse();
        using var enough = new TextArena();
        new FieldTable(enough).TryCopyFrom(head.Fields).ShouldBeTrue();
    }

    private static TextSlice Text(RequestHead head, string text)
    {
        head.Arena.TryAppend(Encoding.ASCII.GetBytes(text), out var slice).ShouldBeTrue();
        return slice;
    }

    private static string Of(ReadOnlySpan<byte> text) => Encoding.ASCII.GetString(text);
}
