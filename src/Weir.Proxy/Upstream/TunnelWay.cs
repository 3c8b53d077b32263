using System.Security.Cryptography;
using Weir.Http;
using Weir.Http.WebSockets;
using Weir.Proxy.Model;
using Weir.Proxy.Wire;

namespace Weir.Proxy.Upstream;

/// <summary>What is to be done now for a peer that is written to.</summary>
internal enum PeerCare : byte
{
    /// <summary>Nothing, up to a time.</summary>
    None,

    /// <summary>It said nothing for too long: a ping is due.</summary>
    Ask,

    /// <summary>It did not answer.</summary>
    GiveUp,
}

/// <summary>
/// One direction of a <see cref="PingedTunnel"/>: the frames that pass, when the one who sends them was heard last, and what the one who
/// gets them was asked. LoopState; reused.
/// </summary>
internal sealed class TunnelWay
{
    private const long Never = long.MaxValue;

    // Pieces of them are written while methods wait.
    private readonly byte[] _hold = GC.AllocateArray<byte>(FrameWalker.HoldLength, pinned: true);
    private readonly byte[] _frame = GC.AllocateArray<byte>(ControlFrames.MaxLength, pinned: true);
    private bool _asks;
    private bool _masks;

    public FrameWalker Walker;

    public Span<byte> Hold => _hold;

    /// <summary>When something came last, by the loop's clock.</summary>
    public long HeardAt { get; set; }

    /// <summary>When the last ping was written; 0 before the first.</summary>
    public long AskedAt { get; set; }

    /// <summary>A write is under way.</summary>
    public bool IsWriting { get; set; }

    /// <summary>No more comes.</summary>
    public bool IsEnded { get; set; }

    /// <summary>What it is when the one who is asked does not answer.</summary>
    public Refusal Reason { get; private set; }

    /// <param name="now">By the loop's clock.</param>
    /// <param name="asks">Pings are put in.</param>
    /// <param name="masks">What is put in is masked: it goes to a server.</param>
    /// <param name="reason">See <see cref="Reason"/>.</param>
    public void Start(long now, bool asks, bool masks, Refusal reason)
    {
        Walker = default;
        (_asks, _masks, Reason) = (asks, masks, reason);
        (HeardAt, AskedAt) = (now, 0);
        IsWriting = IsEnded = false;
    }

    /// <summary>What is due for the one that this direction goes to. <paramref name="back"/> is where it is heard.</summary>
    /// <param name="back">The other direction.</param>
    /// <param name="now">By the loop's clock.</param>
    /// <param name="rules">The route's.</param>
    /// <param name="next">When to ask again, if nothing is due.</param>
    public PeerCare CareFor(TunnelWay back, long now, in PingRules rules, out long next)
    {
        next = Never;
        // Who has ended, or is closing, owes no answer.
        if (!_asks || back.IsEnded || Walker.SawClose || back.Walker.SawClose) return PeerCare.None;
        var heard = back.IsWriting ? now : back.HeardAt;
        if (AskedAt > heard)
        {
            if (now >= AskedAt + rules.Patience) return PeerCare.GiveUp;
            // Its answer wakes only who reads it: when that has come is seen here in time for the next ping.
            next = Math.Min(AskedAt + rules.Patience, now + rules.Interval);
            return PeerCare.None;
        }

        next = heard + rules.Interval;
        if (now < next) return PeerCare.None;
        next = Never;
        return Walker.IsBetweenFrames ? PeerCare.Ask : PeerCare.None;
    }

    /// <summary>The first bytes of what is held.</summary>
    public unsafe BodyPiece Held(int length)
    {
        fixed (byte* pinned = _hold) return new BodyPiece(pinned, length);
    }

    public BodyPiece Ping(ReadOnlySpan<byte> token) => Frame(ControlFrames.WritePing(_frame, token, Mask(stackalloc byte[4])));

    public BodyPiece GoingAway() => Frame(ControlFrames.WriteGoingAway(_frame, Mask(stackalloc byte[4])));

    private Span<byte> Mask(Span<byte> mask)
    {
        if (!_masks) return default;
        RandomNumberGenerator.Fill(mask);
        return mask;
    }

    private unsafe BodyPiece Frame(int length)
    {
        fixed (byte* pinned = _frame) return new BodyPiece(pinned, length);
    }
}
