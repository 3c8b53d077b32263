using System.Buffers.Binary;
using System.Text;
using Weir.Load.Peers;

namespace Weir.Load.Scenarios;

/// <summary>A kind of hostile frames of HTTP/2: what opens the connection, and each that follows.</summary>
internal sealed record Flood(string Name, int FramesEach, byte[] First, Func<int, byte[]> Each)
{
    /// <summary>So many to a connection, which is less than it takes to be cut.</summary>
    public int Frames { get; init; } = 50;

    /// <summary>After it the connection can be asked whether it has looked at all.</summary>
    public bool Ends { get; init; } = true;
}

/// <summary>Frames that cost a client next to nothing, RFC 9113 §10.5.</summary>
internal static class Floods
{
    private const byte Data = 0, Headers = 1, Priority = 2, RstStream = 3, Settings = 4, Ping = 6, WindowUpdate = 8, Continuation = 9;

    public static readonly byte[] Preface = [.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, .. Frame(Settings, 0, 0)];

    /// <summary>A last frame whose answer tells that what came before was looked at.</summary>
    public static readonly byte[] LastPing = Frame(Ping, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8), LastPong = Frame(Ping, 1, 0, 1, 2, 3, 4, 5, 6, 7, 8);

    private static readonly byte[] Get = Block(0x82), Post = Block(0x83);

    public static readonly IReadOnlyList<Flood> All =
    [
        new("rapid reset", 2, [], static i => [.. Frame(Headers, 5, (2 * i) + 1, Get), .. Frame(RstStream, 0, (2 * i) + 1, 0, 0, 0, 8)]),
        new("requests without a path", 1, [], static i => Frame(Headers, 5, (2 * i) + 1, 0x82)),
        new("CONTINUATION", 1, Frame(Headers, 1, 1, 0x82), static _ => Frame(Continuation, 0, 1, 0x82)) { Ends = false },
        new("empty DATA", 1, Frame(Headers, 4, 1, Post), static _ => Frame(Data, 0, 1)),
        new("DATA of padding", 1, Frame(Headers, 4, 1, Post), static _ => Frame(Data, 8, 1, 3, 0, 0, 0)),
        new("PING", 1, [], static _ => Frame(Ping, 0, 0, new byte[8])),
        new("SETTINGS", 1, [], static i => Frame(Settings, 0, 0, 0, 4, 0, 0, 0, (byte)i)) { Frames = 20 },
        new("PRIORITY", 1, [], static i => Frame(Priority, 0, (2 * i) + 3, 0, 0, 0, 1, 1)),
        new("WINDOW_UPDATE of 1", 1, [], static _ => Frame(WindowUpdate, 0, 0, 0, 0, 0, 1)),
        new("unknown types", 1, [], static i => Frame((byte)(0x20 + (i % 100)), 0xFF, 0, new byte[i])),
    ];

    private static byte[] Frame(byte type, byte flags, int stream, params byte[] payload)
    {
        byte[] frame = new byte[9 + payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, (payload.Length << 8) | type);
        frame[4] = flags;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), stream);
        payload.CopyTo(frame, 9);
        return frame;
    }

    // RFC 7541 §6: :method and :scheme by their index, :path and :authority as literals that are not kept.
    private static byte[] Block(byte method) => [method, 0x86, 0x04, .. Text(Origin.SmallPath), 0x01, .. Text("bench.test")];

    private static byte[] Text(string text) => [(byte)text.Length, .. Encoding.ASCII.GetBytes(text)];
}
