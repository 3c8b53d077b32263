using System.Text;
using Weir.Proxy.Tests.Fixture;

namespace Weir.Proxy.Tests.Tunnels;

/// <summary>Frames of every shape both ways at once, in pieces of any size: byte for byte without pings, frame for frame with them.</summary>
public class FuzzTests
{
    // What the gateway's own pings are as long as; those of the peers here never are, so that each is known for whose it is.
    private const int OwnPing = 8;

    private static readonly Frame Last = new(Frame.Text, "the last of all", false);

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(3, true)]
    [InlineData(4, true)]
    public async Task Without_pings_every_byte_is_the_same(int seed, bool http2)
    {
        var random = new Random(seed);
        var up = BytesOf(Make(random, http2, masked: true), random);
        var down = BytesOf(Make(random, http2, masked: false), random);
        var atOrigin = new TaskCompletionSource<string>();
        await using var origin = WebSocketPeer.Start(async peer =>
        {
            var sending = SendAsync(down, new Random(seed + 1), peer.Wire.SendAsync);
            atOrigin.SetResult(await peer.Wire.ReadCountAsync(up.Length));
            await sending;
            await peer.Wire.ReadToEndAsync();
        });
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using var client = await TunnelClient.OpenAsync(gateway, http2);
        var upward = SendAsync(up, new Random(seed + 2), client.SendAsync);
        (await client.ReadCountAsync(down.Length) == down).ShouldBeTrue();
        await upward;
        (await atOrigin.Task == up).ShouldBeTrue();
    }

    [Theory]
    [InlineData(5, false)]
    [InlineData(6, false)]
    [InlineData(7, true)]
    [InlineData(8, true)]
    public async Task With_pings_every_frame_is_the_same(int seed, bool http2)
    {
        var random = new Random(seed);
        var (up, down) = (Make(random, http2, masked: true), Make(random, http2, masked: false));
        var atOrigin = new TaskCompletionSource<List<Frame>>();
        await using var origin = WebSocketPeer.Start(async peer =>
        {
            atOrigin.SetResult(await TalkAsync(down, new Random(seed + 1), peer.Wire.SendAsync, peer.ReadAsync));
            await peer.Wire.ReadToEndAsync();
        });
        await using var gateway = await TestGateway.ForwardingAsync(origin, route: "websocket: { ping: 1ms, pong: 1h, to: both }");
        using var client = await TunnelClient.OpenAsync(gateway, http2);
        (await TalkAsync(up, new Random(seed + 2), client.SendAsync, client.ReadAsync)).ShouldBe(down);
        (await atOrigin.Task.WaitAsync(TimeSpan.FromSeconds(60))).ShouldBe(up);
    }

    // Is silent until it is asked whether it is there; then it says its frames, with answers among them, and hears the other's.
    private static async Task<List<Frame>> TalkAsync(List<Frame> frames, Random random, Func<string, Task> send, Func<Task<Frame>> read)
    {
        var received = new List<Frame>();
        var sending = Task.CompletedTask;
        var isAsked = false;
        while (!isAsked || received.Count == 0 || received[^1].Payload != Last.Payload)
        {
            var frame = await read();
            if (frame.First != Frame.Ping || frame.Payload.Length != OwnPing)
            {
                received.Add(frame);
            }
            else if (!isAsked)
            {
                isAsked = true;
                sending = SendAsync(BytesOf(frames, random, frame.Payload), random, send);
            }
        }

        await sending;
        return received;
    }

    // Messages of one to four fragments, control frames among them; sizes at every border of the header's forms.
    private static List<Frame> Make(Random random, bool isSmall, bool masked)
    {
        var frames = new List<Frame>();
        int[] sizes = isSmall ? [0, 1, 8, 125, 126, 127, 1000] : [0, 1, 8, 125, 126, 127, 1000, 65_535, 65_536, 300_000];
        for (var message = 0; message < 25; message++)
        {
            var fragments = random.Next(1, 5);
            for (var i = 0; i < fragments; i++)
            {
                if (random.Next(3) == 0) frames.Add(Control(random, masked));
                var opcode = i == 0 ? random.Next(1, 3) : 0;
                // RSV1: as permessage-deflate has it.
                var first = (byte)(opcode | (i == fragments - 1 ? 0x80 : 0) | (i == 0 && random.Next(2) == 0 ? 0x40 : 0));
                frames.Add(new Frame(first, Payload(random, sizes[random.Next(sizes.Length)]), masked));
            }
        }

        frames.Add(Last with { IsMasked = masked });
        return frames;
    }

    // With the token of the gateway's pings, answers to them are between the frames.
    private static string BytesOf(List<Frame> frames, Random random, string? token = null)
    {
        var bytes = new StringBuilder();
        foreach (var frame in frames)
        {
            bytes.Append(Frame.Of(frame.First, frame.Payload, frame.IsMasked, (uint)random.Next()));
            if (token is not null && random.Next(4) == 0) bytes.Append(Frame.Of(Frame.Pong, token, frame.IsMasked, (uint)random.Next()));
        }

        return bytes.ToString();
    }

    private static Frame Control(Random random, bool masked)
    {
        if (random.Next(2) == 0) return new Frame(Frame.Pong, Payload(random, random.Next(2) == 0 ? OwnPing : random.Next(126)), masked);
        var length = random.Next(126);
        return new Frame(Frame.Ping, Payload(random, length == OwnPing ? 9 : length), masked);
    }

    private static string Payload(Random random, int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return Encoding.Latin1.GetString(bytes);
    }

    private static async Task SendAsync(string bytes, Random random, Func<string, Task> send)
    {
        for (var at = 0; at < bytes.Length;)
        {
            var length = Math.Min(random.Next(3) switch { 0 => random.Next(1, 20), 1 => random.Next(1, 2000), _ => random.Next(1, 16_000) }, bytes.Length - at);
            await send(bytes.Substring(at, length));
            at += length;
            if (random.Next(8) == 0) await Task.Delay(1);
        }
    }
}
