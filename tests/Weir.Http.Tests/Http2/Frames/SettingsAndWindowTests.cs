using System.Buffers.Binary;
using Weir.Http.Http2.Frames;

namespace Weir.Http.Tests.Http2.Frames;

/// <summary>RFC 9113 §6.5.2 and §6.9.</summary>
public sealed class SettingsAndWindowTests
{
    private static Http2Fault Bad(Http2ErrorCode code) => Http2Fault.Connection(code, Refusal.BadSetting);

    [Theory]
    [InlineData(SettingId.EnablePush, 2u, Http2ErrorCode.ProtocolError)]
    [InlineData(SettingId.InitialWindowSize, 0x80000000u, Http2ErrorCode.FlowControlError)]
    [InlineData(SettingId.MaxFrameSize, 16_383u, Http2ErrorCode.ProtocolError)]
    [InlineData(SettingId.MaxFrameSize, 16_777_216u, Http2ErrorCode.ProtocolError)]
    [InlineData(SettingId.EnableConnectProtocol, 2u, Http2ErrorCode.ProtocolError)]
    [InlineData(SettingId.NoRfc7540Priorities, 2u, Http2ErrorCode.ProtocolError)]
    public void A_value_that_a_setting_cannot_have_is_refused_with_its_code(SettingId id, uint value, Http2ErrorCode code)
        => new Http2Settings().Apply(id, value, false).ShouldBe(Bad(code));

    [Theory]
    [InlineData(SettingId.HeaderTableSize, uint.MaxValue)]
    [InlineData(SettingId.EnablePush, 1u)]
    [InlineData(SettingId.MaxConcurrentStreams, 0u)]
    [InlineData(SettingId.InitialWindowSize, 0x7FFFFFFFu)]
    [InlineData(SettingId.MaxFrameSize, 16_777_215u)]
    [InlineData(SettingId.MaxHeaderListSize, 0u)]
    [InlineData((SettingId)0x7777, 5u)]
    public void Any_other_is_taken_or_ignored(SettingId id, uint value) => new Http2Settings().Apply(id, value, false).IsFault.ShouldBeFalse();

    [Fact]
    public void A_server_does_not_say_that_it_takes_pushes()
    {
        new Http2Settings().Apply(SettingId.EnablePush, 1, fromServer: true).ShouldBe(Bad(Http2ErrorCode.ProtocolError));
        new Http2Settings().Apply(SettingId.EnablePush, 0, fromServer: true).IsFault.ShouldBeFalse();
    }

    [Fact]
    public void Rfc_8441_connect_with_protocol_is_not_taken_back()
    {
        var settings = new Http2Settings();
        settings.Apply(SettingId.EnableConnectProtocol, 1, true).IsFault.ShouldBeFalse();
        settings.Apply(SettingId.EnableConnectProtocol, 0, true).ShouldBe(Bad(Http2ErrorCode.ProtocolError));
    }

    [Fact]
    public void What_is_written_is_what_is_read_and_defaults_are_not_said()
    {
        var to = new byte[Http2Settings.MaxWritten];
        new Http2Settings().Write(to).ShouldBe(FrameHeader.Size);
        var ours = new Http2Settings
        {
            HeaderTableSize = 0,
            EnablePush = false,
            MaxConcurrentStreams = 100,
            InitialWindowSize = 1 << 20,
            MaxFrameSize = 32_768,
            MaxHeaderListSize = 32_768,
            EnableConnectProtocol = true,
            NoRfc7540Priorities = true,
        };
        var length = ours.Write(to);
        length.ShouldBe(Http2Settings.MaxWritten);
        var reader = new FrameReader(false);
        reader.Read(to, out var frame, out var consumed, out _).ShouldBe(FrameOutcome.Frame);
        consumed.ShouldBe(length);
        var theirs = new Http2Settings();
        theirs.Apply(frame, false).IsFault.ShouldBeFalse();
        theirs.IsSaid.ShouldBeTrue();
        theirs.HeaderTableSize.ShouldBe(0u);
        theirs.EnablePush.ShouldBeFalse();
        theirs.MaxConcurrentStreams.ShouldBe(100u);
        theirs.InitialWindowSize.ShouldBe(1 << 20);
        theirs.MaxFrameSize.ShouldBe(32_768);
        theirs.MaxHeaderListSize.ShouldBe(32_768u);
        theirs.EnableConnectProtocol.ShouldBeTrue();
        theirs.NoRfc7540Priorities.ShouldBeTrue();
        // RFC 9218 §2.1: said at first or not at all.
        theirs.Apply(SettingId.NoRfc7540Priorities, 0, false).ShouldBe(Bad(Http2ErrorCode.ProtocolError));
    }

    [Fact]
    public void Settings_are_applied_in_order_up_to_the_first_fault()
    {
        var payload = new byte[18];
        foreach (var (at, value) in new[] { (0, 20_000u), (6, 1u), (12, 30_000u) })
        {
            BinaryPrimitives.WriteUInt16BigEndian(payload.AsSpan(at), (ushort)SettingId.MaxFrameSize);
            BinaryPrimitives.WriteUInt32BigEndian(payload.AsSpan(at + 2), value);
        }

        var reader = new FrameReader(false);
        reader.Read(FrameReaderTests.Of(FrameType.Settings, FrameFlags.None, 0, payload), out var frame, out _, out _).ShouldBe(FrameOutcome.Frame);
        var settings = new Http2Settings();
        settings.Apply(frame, false).ShouldBe(Bad(Http2ErrorCode.ProtocolError));
        settings.MaxFrameSize.ShouldBe(20_000);
    }

    [Fact]
    public void Section_6_9_1_a_window_does_not_pass_its_largest()
    {
        var window = new FlowWindow(65_535);
        window.TryAdd(int.MaxValue - 65_535).ShouldBeTrue();
        window.TryAdd(1).ShouldBeFalse();
        window.Take(int.MaxValue);
        window.Available.ShouldBe(0);
        window.TryAdd(5).ShouldBeTrue();
        window.Available.ShouldBe(5);
    }

    [Fact]
    public void Section_6_9_2_a_smaller_initial_size_can_make_a_window_negative()
    {
        var window = new FlowWindow(65_535);
        window.Take(60_000);
        window.TryAdjust(65_535, 16_384).ShouldBeTrue();
        window.Size.ShouldBe(16_384 - 60_000);
        window.Available.ShouldBe(0);
        window.TryAdd(60_000).ShouldBeTrue();
        window.Available.ShouldBe(16_384);
        window.TryAdjust(0, int.MaxValue).ShouldBeFalse();
    }

    [Fact]
    public void Section_6_9_a_peer_sends_no_more_than_it_was_allowed()
    {
        var window = new ReceiveWindow(100);
        window.TryTake(60).ShouldBeTrue();
        window.TryTake(41).ShouldBeFalse();
        window.TryTake(40).ShouldBeTrue();
        window.Free(49).ShouldBe(0);
        window.Left.ShouldBe(0);
        window.Free(1).ShouldBe(50);
        window.Left.ShouldBe(50);
        window.TryTake(50).ShouldBeTrue();
        window.Free(100).ShouldBe(100);
        window.Left.ShouldBe(100);
    }
}
