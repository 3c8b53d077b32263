using Weir.Http.Http2.Frames;

namespace Weir.Http.Tests.Http2.Frames;

/// <summary>RFC 9113 §4 to §6: what each frame has to be, and what may follow what.</summary>
public sealed class FrameReaderTests
{
    private const FrameFlags End = FrameFlags.EndHeaders;

    internal static byte[] Of(FrameType type, FrameFlags flags, int stream, params byte[] payload)
    {
        var frame = new byte[FrameHeader.Size + payload.Length];
        new FrameHeader(payload.Length, type, flags, stream).Write(frame);
        payload.CopyTo(frame, FrameHeader.Size);
        return frame;
    }

    private static readonly byte[] Settings = Of(FrameType.Settings, FrameFlags.None, 0);

    // Reads all frames; what the first fault is, or the frames by name.
    private static (List<string> Frames, Http2Fault Fault) Read(bool isClient, params byte[][] frames)
    {
        var reader = new FrameReader(isClient);
        if (isClient) reader.Opened(5);
        var seen = new List<string>();
        ReadOnlySpan<byte> rest = [.. Settings, .. frames.SelectMany(f => f)];
        while (true)
        {
            var outcome = reader.Read(rest, out var frame, out var consumed, out var fault);
            rest = rest[consumed..];
            if (outcome == FrameOutcome.NeedMore) return (seen, default);
            if (outcome == FrameOutcome.Fault) return (seen, fault);
            seen.Add(frame.Type.ToString());
        }
    }

    private static Http2Fault Fault(params byte[][] frames) => Read(false, frames).Fault;

    private static Http2Fault Connection(Http2ErrorCode code, Refusal reason = Refusal.BadFrame) => Http2Fault.Connection(code, reason);

    private static byte[] Headers(int stream, FrameFlags flags = End, params byte[] fragment) => Of(FrameType.Headers, flags, stream, fragment);

    [Fact]
    public void Section_4_1_the_header_is_nine_bytes_and_the_reserved_bit_means_nothing()
    {
        var header = new FrameHeader(0x123456, FrameType.Ping, FrameFlags.Ack, 0x7ABCDEF0);
        var bytes = new byte[FrameHeader.Size];
        header.Write(bytes);
        bytes.ShouldBe(Convert.FromHexString("12345606017ABCDEF0"));
        bytes[5] |= 0x80;
        FrameHeader.Read(bytes).ShouldBe(header);
    }

    [Fact]
    public void Section_3_4_the_preface_is_the_24_bytes() => FrameReader.Preface.Length.ShouldBe(24);

    [Theory]
    [InlineData(FrameType.Ping, FrameFlags.None)]
    [InlineData(FrameType.Settings, FrameFlags.Ack)]
    [InlineData((FrameType)0x55, FrameFlags.None)]
    public void Section_3_4_the_first_frame_is_settings(FrameType type, FrameFlags flags)
    {
        var reader = new FrameReader(false);
        reader.Read(Of(type, flags, 0, new byte[8]), out _, out _, out var fault).ShouldBe(FrameOutcome.Fault);
        fault.ShouldBe(Connection(Http2ErrorCode.ProtocolError));
    }

    [Theory]
    [InlineData(FrameType.Data)]
    [InlineData(FrameType.Headers)]
    [InlineData(FrameType.Ping)]
    [InlineData(FrameType.Settings)]
    [InlineData((FrameType)0x77)]
    public void Section_4_2_a_frame_past_the_maximum_is_a_FRAME_SIZE_ERROR(FrameType type)
        => Fault(Headers(1), Of(type, End, type is FrameType.Data or FrameType.Headers ? 1 : 0, new byte[16_385])).ShouldBe(Connection(Http2ErrorCode.FrameSizeError));

    [Fact]
    public void Section_4_2_a_frame_of_the_maximum_is_taken() => Fault(Headers(1), Of(FrameType.Data, FrameFlags.None, 1, new byte[16_384])).IsFault.ShouldBeFalse();

    [Theory]
    [InlineData(FrameType.Data, 5)]
    [InlineData(FrameType.Headers, 5)]
    [InlineData(FrameType.Priority, 5)]
    [InlineData(FrameType.RstStream, 4)]
    public void Section_6_frames_of_a_stream_are_on_one(FrameType type, int length)
        => Fault(Headers(1), Of(type, End, 0, new byte[length])).ShouldBe(Connection(Http2ErrorCode.ProtocolError));

    [Theory]
    [InlineData(FrameType.Settings, 0)]
    [InlineData(FrameType.Ping, 8)]
    [InlineData(FrameType.GoAway, 8)]
    [InlineData(FrameType.PriorityUpdate, 5)]
    public void Section_6_frames_of_the_connection_are_on_none(FrameType type, int length)
        => Fault(Headers(1), Of(type, FrameFlags.None, 1, new byte[length])).ShouldBe(Connection(Http2ErrorCode.ProtocolError));

    [Theory]
    [InlineData(FrameType.RstStream, 1, 3)]
    [InlineData(FrameType.RstStream, 1, 5)]
    [InlineData(FrameType.Settings, 0, 5)]
    [InlineData(FrameType.Ping, 0, 7)]
    [InlineData(FrameType.Ping, 0, 9)]
    [InlineData(FrameType.GoAway, 0, 7)]
    [InlineData(FrameType.WindowUpdate, 1, 3)]
    [InlineData(FrameType.WindowUpdate, 0, 5)]
    [InlineData(FrameType.PriorityUpdate, 0, 3)]
    public void Section_6_a_wrong_size_is_a_FRAME_SIZE_ERROR(FrameType type, int stream, int length)
        => Fault(Headers(1), Of(type, FrameFlags.None, stream, new byte[length])).ShouldBe(Connection(Http2ErrorCode.FrameSizeError));

    [Fact]
    public void Section_6_5_an_acknowledgement_is_empty()
        => Fault(Of(FrameType.Settings, FrameFlags.Ack, 0, new byte[6])).ShouldBe(Connection(Http2ErrorCode.FrameSizeError));

    [Theory]
    [InlineData(new byte[] { 5, 1, 2, 3, 4 })]
    [InlineData(new byte[] { 255 })]
    [InlineData(new byte[] { 1 })]
    public void Section_6_1_padding_does_not_fill_the_frame(byte[] payload)
        => Fault(Headers(1), Of(FrameType.Data, FrameFlags.Padded, 1, payload)).ShouldBe(Connection(Http2ErrorCode.ProtocolError));

    [Fact]
    public void Section_6_1_a_padded_frame_says_how_long_the_padding_is()
    {
        Fault(Headers(1), Of(FrameType.Data, FrameFlags.Padded, 1)).ShouldBe(Connection(Http2ErrorCode.FrameSizeError));
        Fault(Headers(1, End | FrameFlags.Padded)).ShouldBe(Connection(Http2ErrorCode.FrameSizeError));
    }

    [Fact]
    public void Section_6_2_padding_and_priority_fit_into_headers()
    {
        Fault(Headers(1, End | FrameFlags.Padded, 3, 1, 2)).ShouldBe(Connection(Http2ErrorCode.ProtocolError));
        Fault(Headers(1, End | FrameFlags.Priority, 0, 0, 0, 0)).ShouldBe(Connection(Http2ErrorCode.FrameSizeError));
        Fault(Headers(1, End | FrameFlags.Priority | FrameFlags.Padded, 1, 0, 0, 0, 0, 0)).ShouldBe(Connection(Http2ErrorCode.ProtocolError));
    }

    [Fact]
    public void Section_6_2_the_fragment_is_without_padding_and_priority()
    {
        var reader = new FrameReader(false);
        byte[] bytes = [.. Settings, .. Headers(1, End | FrameFlags.Priority | FrameFlags.Padded | FrameFlags.EndStream, 2, 0, 0, 0, 0, 9, 0x82, 0x84, 0, 0)];
        reader.Read(bytes, out _, out var consumed, out _).ShouldBe(FrameOutcome.Frame);
        reader.Read(bytes.AsSpan(consumed), out var frame, out _, out _).ShouldBe(FrameOutcome.Frame);
        frame.Payload.ToArray().ShouldBe([0x82, 0x84]);
        frame.EndsBlock.ShouldBeTrue();
        frame.EndsStream.ShouldBeTrue();
        frame.OpensStream.ShouldBeTrue();
    }

    [Fact]
    public void Section_6_3_priority_of_another_size_or_on_itself_is_a_fault_of_the_stream()
    {
        Fault(Of(FrameType.Priority, FrameFlags.None, 3, 0, 0, 0, 0)).ShouldBe(Http2Fault.Stream(3, Http2ErrorCode.FrameSizeError, Refusal.BadFrame));
        Fault(Of(FrameType.Priority, FrameFlags.None, 3, 0x80, 0, 0, 3, 1)).ShouldBe(Http2Fault.Stream(3, Http2ErrorCode.ProtocolError, Refusal.BadFrame));
        Fault(Of(FrameType.Priority, FrameFlags.None, 3, 0x80, 0, 0, 1, 1)).IsFault.ShouldBeFalse();
    }

    [Fact]
    public void A_stream_that_depends_on_itself_is_reset_after_its_block_was_decoded()
    {
        var reader = new FrameReader(false);
        byte[] bytes = [.. Settings, .. Headers(3, End | FrameFlags.Priority, 0, 0, 0, 3, 9, 0x82)];
        reader.Read(bytes, out _, out var consumed, out _);
        reader.Read(bytes.AsSpan(consumed), out var frame, out _, out var fault).ShouldBe(FrameOutcome.Frame);
        fault.IsFault.ShouldBeFalse();
        frame.Fault.ShouldBe(Http2Fault.Stream(3, Http2ErrorCode.ProtocolError, Refusal.BadFrame));
        frame.Payload.ToArray().ShouldBe([0x82]);
    }

    [Fact]
    public void After_a_fault_of_a_stream_the_next_frame_is_read()
    {
        var reader = new FrameReader(false);
        ReadOnlySpan<byte> bytes = [.. Settings, .. Of(FrameType.Priority, FrameFlags.None, 3, new byte[40]), .. Of(FrameType.Ping, FrameFlags.None, 0, 1, 2, 3, 4, 5, 6, 7, 8)];
        reader.Read(bytes, out _, out var consumed, out _);
        bytes = bytes[consumed..];
        reader.Read(bytes, out _, out consumed, out _).ShouldBe(FrameOutcome.Fault);
        reader.Read(bytes[consumed..], out var frame, out _, out _).ShouldBe(FrameOutcome.Frame);
        frame.PingData.ShouldBe(0x0102030405060708u);
    }

    [Fact]
    public void Section_6_6_nobody_pushes_to_us()
    {
        Fault(Headers(1), Of(FrameType.PushPromise, End, 1, new byte[4])).ShouldBe(Connection(Http2ErrorCode.ProtocolError));
        Read(true, Of(FrameType.PushPromise, End, 1, 0, 0, 0, 2)).Fault.ShouldBe(Connection(Http2ErrorCode.ProtocolError));
    }

    [Fact]
    public void Section_6_9_an_increment_of_zero_is_a_fault_of_its_stream_or_of_the_connection()
    {
        Fault(Headers(1), Of(FrameType.WindowUpdate, FrameFlags.None, 1, 0x80, 0, 0, 0)).ShouldBe(Http2Fault.Stream(1, Http2ErrorCode.ProtocolError, Refusal.BadFlowWindow));
        Fault(Of(FrameType.WindowUpdate, FrameFlags.None, 0, 0, 0, 0, 0)).ShouldBe(Connection(Http2ErrorCode.ProtocolError, Refusal.BadFlowWindow));
    }

    [Theory]
    [InlineData(FrameType.Data)]
    [InlineData(FrameType.Headers)]
    [InlineData(FrameType.Ping)]
    [InlineData(FrameType.Settings)]
    [InlineData((FrameType)0x77)]
    public void Section_6_10_nothing_comes_within_a_field_block(FrameType type)
        => Fault(Headers(1, FrameFlags.None), Of(type, FrameFlags.None, type is FrameType.Data or FrameType.Headers ? 1 : 0, new byte[type == FrameType.Ping ? 8 : 0]))
            .ShouldBe(Connection(Http2ErrorCode.ProtocolError));

    [Fact]
    public void Section_6_10_a_continuation_follows_its_own_block()
    {
        Fault(Headers(1), Of(FrameType.Continuation, End, 1)).ShouldBe(Connection(Http2ErrorCode.ProtocolError));
        Fault(Headers(1), Headers(3, FrameFlags.None), Of(FrameType.Continuation, End, 1)).ShouldBe(Connection(Http2ErrorCode.ProtocolError));
        Fault(Of(FrameType.Continuation, End, 1)).ShouldBe(Connection(Http2ErrorCode.ProtocolError));
        Read(false, Headers(1, FrameFlags.None), Of(FrameType.Continuation, FrameFlags.None, 1), Of(FrameType.Continuation, End, 1), Of(FrameType.Data, FrameFlags.None, 1, 1))
            .Frames.ShouldBe(["Settings", "Headers", "Continuation", "Continuation", "Data"]);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void Section_5_1_1_a_client_opens_odd_streams_only(int stream) => Fault(Headers(stream)).ShouldBe(Connection(Http2ErrorCode.ProtocolError));

    [Fact]
    public void Section_5_1_1_ids_rise_and_what_is_not_higher_opens_nothing()
    {
        var reader = new FrameReader(false);
        ReadOnlySpan<byte> bytes = [.. Settings, .. Headers(5), .. Headers(3), .. Headers(7)];
        var opened = new List<bool>();
        while (reader.Read(bytes, out var frame, out var consumed, out _) == FrameOutcome.Frame)
        {
            if (frame.Type == FrameType.Headers) opened.Add(frame.OpensStream);
            bytes = bytes[consumed..];
        }

        opened.ShouldBe([true, false, true]);
        reader.HighestStream.ShouldBe(7);
    }

    [Theory]
    [InlineData(FrameType.Data, 1)]
    [InlineData(FrameType.RstStream, 4)]
    [InlineData(FrameType.WindowUpdate, 4)]
    public void Section_5_1_an_idle_stream_gets_headers_and_priority_only(FrameType type, int length)
    {
        var payload = new byte[length];
        payload[^1] = 1;
        Fault(Headers(1), Of(type, FrameFlags.None, 3, payload)).ShouldBe(Connection(Http2ErrorCode.ProtocolError));
        Fault(Headers(3), Of(type, FrameFlags.None, 1, payload)).IsFault.ShouldBeFalse();
        Fault(Headers(3), Of(type, FrameFlags.None, 2, payload)).ShouldBe(Connection(Http2ErrorCode.ProtocolError));
    }

    [Fact]
    public void A_client_gets_answers_only_on_streams_that_it_opened()
    {
        Read(true, Headers(5), Of(FrameType.Data, FrameFlags.None, 3, 1)).Fault.IsFault.ShouldBeFalse();
        Read(true, Headers(7)).Fault.ShouldBe(Connection(Http2ErrorCode.ProtocolError));
        Read(true, Headers(2)).Fault.ShouldBe(Connection(Http2ErrorCode.ProtocolError));
        Read(true, Of(FrameType.PriorityUpdate, FrameFlags.None, 0, 0, 0, 0, 1)).Fault.ShouldBe(Connection(Http2ErrorCode.ProtocolError));
    }

    [Fact]
    public void Section_5_5_unknown_types_are_skipped_whatever_they_hold()
        => Read(false, Of((FrameType)0x42, (FrameFlags)0xFF, 0, new byte[1000]), Of((FrameType)0x42, (FrameFlags)0xFF, 8, new byte[10]), Headers(1))
            .Frames.ShouldBe(["Settings", "66", "66", "Headers"]);

    [Fact]
    public void Rfc_9218_a_priority_update_names_its_stream_and_value()
    {
        var reader = new FrameReader(false);
        byte[] bytes = [.. Settings, .. Of(FrameType.PriorityUpdate, FrameFlags.None, 0, 0, 0, 0, 7, (byte)'u', (byte)'=', (byte)'1')];
        reader.Read(bytes, out _, out var consumed, out _);
        reader.Read(bytes.AsSpan(consumed), out var frame, out _, out _).ShouldBe(FrameOutcome.Frame);
        frame.PrioritizedStreamId.ShouldBe(7);
        frame.PriorityValue.ToArray().ShouldBe("u=1"u8.ToArray());
        Fault(Of(FrameType.PriorityUpdate, FrameFlags.None, 0, 0, 0, 0, 0)).ShouldBe(Connection(Http2ErrorCode.ProtocolError));
    }

    [Fact]
    public void Goaway_and_reset_say_what_they_say()
    {
        var to = new byte[64];
        var reader = new FrameReader(true);
        reader.Opened(5);
        reader.Read(Settings, out _, out _, out _);
        var length = FrameWriter.GoAway(to, 5, Http2ErrorCode.EnhanceYourCalm, "calm"u8);
        reader.Read(to.AsSpan(0, length), out var frame, out _, out _).ShouldBe(FrameOutcome.Frame);
        (frame.LastStreamId, frame.ErrorCode).ShouldBe((5, Http2ErrorCode.EnhanceYourCalm));
        frame.DebugData.ToArray().ShouldBe("calm"u8.ToArray());
        length = FrameWriter.RstStream(to, 5, Http2ErrorCode.Cancel);
        reader.Read(to.AsSpan(0, length), out frame, out _, out _).ShouldBe(FrameOutcome.Frame);
        frame.ErrorCode.ShouldBe(Http2ErrorCode.Cancel);
        length = FrameWriter.WindowUpdate(to, 5, int.MaxValue);
        reader.Read(to.AsSpan(0, length), out frame, out _, out _).ShouldBe(FrameOutcome.Frame);
        frame.WindowIncrement.ShouldBe(int.MaxValue);
        length = FrameWriter.Ping(to, 42, ack: true);
        reader.Read(to.AsSpan(0, length), out frame, out _, out _).ShouldBe(FrameOutcome.Frame);
        (frame.PingData, frame.IsAck).ShouldBe((42ul, true));
        length = FrameWriter.SettingsAck(to);
        reader.Read(to.AsSpan(0, length), out frame, out _, out _).ShouldBe(FrameOutcome.Frame);
        (frame.SettingCount, frame.IsAck).ShouldBe((0, true));
    }

    [Fact]
    public void Data_comes_in_pieces_and_is_taken_from_the_windows_once_with_its_padding()
    {
        byte[] bytes = [.. Settings, .. Headers(1), .. Of(FrameType.Data, FrameFlags.Padded | FrameFlags.EndStream, 1, [2, 10, 11, 12, 13, 0, 0]), .. Headers(3)];
        for (var piece = 1; piece < bytes.Length; piece++)
        {
            var reader = new FrameReader(false);
            var (body, flow, ends, heads, at, end) = (new List<byte>(), 0, 0, 0, 0, 0);
            while (end < bytes.Length)
            {
                end = Math.Min(end + piece, bytes.Length);
                while (true)
                {
                    var outcome = reader.Read(bytes.AsSpan(at, end - at), out var frame, out var consumed, out _);
                    at += consumed;
                    if (outcome == FrameOutcome.NeedMore) break;
                    outcome.ShouldBe(FrameOutcome.Frame);
                    if (frame.Type == FrameType.Headers) heads++;
                    if (frame.Type != FrameType.Data) continue;
                    body.AddRange(frame.Payload);
                    flow += frame.FlowControlled;
                    if (frame.EndsStream) ends++;
                }
            }

            body.ShouldBe([10, 11, 12, 13]);
            (flow, ends, heads, at).ShouldBe((7, 1, 2, bytes.Length));
        }
    }

    [Fact]
    public void Any_bytes_are_read_or_refused_and_never_read_past()
    {
        var random = new Random(3);
        for (var round = 0; round < 30_000; round++)
        {
            var bytes = new List<byte>(Settings);
            for (var frames = random.Next(5); frames >= 0; frames--)
            {
                var payload = new byte[random.Next(3) == 0 ? random.Next(4) * 4 : random.Next(20)];
                random.NextBytes(payload);
                bytes.AddRange(Of((FrameType)random.Next(18), (FrameFlags)random.Next(64), random.Next(5), payload));
            }

            if (random.Next(3) == 0) bytes[random.Next(bytes.Count)] = (byte)random.Next(256);
            using var buffer = new NativeText(bytes.ToArray());
            var whole = Walk(buffer, int.MaxValue);
            Walk(buffer, 1 + random.Next(12)).ShouldBe(whole);
        }
    }

    // Stops at the first fault of the connection; says all that was seen.
    private static unsafe string Walk(NativeText buffer, int piece)
    {
        var reader = new FrameReader(false);
        var text = new List<string>();
        var (at, end) = (0, 0);
        while (end < buffer.Length)
        {
            end = (int)Math.Min((long)end + piece, buffer.Length);
            while (true)
            {
                var outcome = reader.Read(new ReadOnlySpan<byte>(buffer.Start + at, end - at), out var frame, out var consumed, out var fault);
                at += consumed;
                at.ShouldBeLessThanOrEqualTo(end);
                if (outcome == FrameOutcome.NeedMore) break;
                if (outcome == FrameOutcome.Fault) text.Add(fault.ToString());
                if (outcome == FrameOutcome.Fault && fault.IsConnection) return string.Join(';', text);
                if (outcome == FrameOutcome.Fault) continue;
                if (frame.Type != FrameType.Data) text.Add(frame.Header + Convert.ToHexString(frame.Payload));
                else text.Add(Convert.ToHexString(frame.Payload) + (frame.IsLastPiece ? "." : ""));
                if (frame.Type == FrameType.Data && !frame.IsLastPiece) text[^1] += "+";
            }
        }

        return string.Join(';', text).Replace("+;", "", StringComparison.Ordinal);
    }
}
