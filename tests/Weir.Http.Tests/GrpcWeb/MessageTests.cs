using System.Text;
using Weir.Http.Fields;
using Weir.Http.GrpcWeb;

namespace Weir.Http.Tests.GrpcWeb;

public sealed class MessageTests
{
    [Theory]
    [InlineData("", true)]
    [InlineData("00 00000000", true)]
    [InlineData("00 00000001 aa", true)]
    [InlineData("01 00000003 aabbcc 00 00000000 00 00000002 aaaa", true)]
    [InlineData("00", false)]
    [InlineData("00 000000", false)]
    [InlineData("00 00000002 aa", false)]
    [InlineData("00 ffffffff 00", false)]
    [InlineData("00 00000000 00", false)]
    [InlineData("00 00000101 aa", false)]
    public void A_body_may_end_between_messages_wherever_its_pieces_end(string hex, bool isBetween)
    {
        var body = Convert.FromHexString(hex.Replace(" ", ""));
        for (var first = 0; first <= body.Length; first++)
        {
            for (var second = first; second <= body.Length; second++)
            {
                var messages = default(MessageBoundaries);
                messages.Follow(body.AsSpan(0, first));
                messages.Follow(body.AsSpan(first, second - first));
                messages.Follow(body.AsSpan(second));
                messages.IsBetween.ShouldBe(isBetween);
                messages.HasTrailers.ShouldBeFalse();
            }
        }
    }

    [Theory]
    [InlineData("80 00000000", true)]
    [InlineData("00 00000001 80 81 00000000", true)]
    [InlineData("00 00000001 80", false)]
    [InlineData("00 80000000 80", false)]
    public void Trailers_are_seen_by_the_flag_alone(string hex, bool hasTrailers)
    {
        var messages = default(MessageBoundaries);
        foreach (var one in Convert.FromHexString(hex.Replace(" ", ""))) messages.Follow([one]);
        messages.HasTrailers.ShouldBe(hasTrailers);
    }

    [Fact]
    public void Trailers_are_a_frame_of_lines_with_names_in_lower_case()
    {
        using var arena = new TextArena();
        var trailers = new FieldTable(arena);
        trailers.TryAdd("Grpc-Status"u8, "0"u8);
        trailers.TryAdd("x-gone"u8, "1"u8);
        trailers.TryAdd("Content-Length"u8, "5"u8);
        trailers.TryAdd("X-Bin"u8, "AAE="u8);
        trailers.Remove("x-gone"u8);
        Frame(trailers, "").ShouldBe("\u0080\0\0\0\u001dgrpc-status: 0\r\nx-bin: AAE=\r\n");
        Frame(null, "a: b\r\n").ShouldBe("\u0080\0\0\0\u0006a: b\r\n");
        Frame(null, "").ShouldBe("\u0080\0\0\0\0");
    }

    private static string Frame(FieldTable? trailers, string more)
    {
        var line = Encoding.ASCII.GetBytes(more);
        var room = new byte[TrailerFrame.LengthOf(trailers, line)];
        TrailerFrame.Write(room, trailers, line).ShouldBe(room.Length);
        return Encoding.Latin1.GetString(room);
    }
}
