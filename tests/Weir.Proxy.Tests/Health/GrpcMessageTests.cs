using Weir.Proxy.Health;

namespace Weir.Proxy.Tests.Health;

/// <summary>The two messages of gRPC's health check.</summary>
public sealed class GrpcMessageTests
{
    [Fact]
    public void A_request_names_its_service()
    {
        Convert.ToHexString(GrpcQuestion.Message("")).ShouldBe("0000000000");
        Convert.ToHexString(GrpcQuestion.Message("shop")).ShouldBe("00000000060A0473686F70");
        var long_ = GrpcQuestion.Message(new string('s', 200));
        Convert.ToHexString(long_[..8]).ShouldBe("00000000CB0AC801");
        long_.Length.ShouldBe(5 + 203);
    }

    [Theory]
    [InlineData("00000000020801", 1)]
    [InlineData("00000000020802", 2)]
    [InlineData("0000000000", 0)]
    // Unknown fields of every kind are passed over, and the last of several counts.
    [InlineData("000000000E08021001 1A0161 250000000008 01", 1)]
    [InlineData("000000000B2100000000000000000801", 1)]
    public void A_status_is_read(string frame, int status) => GrpcQuestion.ReadStatus(Convert.FromHexString(frame.Replace(" ", "", StringComparison.Ordinal))).ShouldBe((ulong)status);

    [Theory]
    [InlineData("")]
    [InlineData("00000000")]
    [InlineData("01000000020801")]
    [InlineData("00000000030801")]
    [InlineData("0000000002080100")]
    [InlineData("000000000108")]
    [InlineData("00000000020880")]
    [InlineData("00000000021AFF")]
    [InlineData("00000000021A05")]
    [InlineData("000000000108FF")]
    [InlineData("00000000020B01")]
    [InlineData("000000000C08FFFFFFFFFFFFFFFFFFFFFF")]
    public void What_is_malformed_has_none(string frame) => GrpcQuestion.ReadStatus(Convert.FromHexString(frame)).ShouldBeNull();
}
