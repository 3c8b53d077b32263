using System.Text;
using Weir.Proxy.Actions;
using Weir.Proxy.Balancing;
using Weir.Proxy.Model;

namespace Weir.Proxy.Inspection;

/// <summary>Which arm of a split a request takes, and why. Without <paramref name="Slot"/> it is a tester's, or one is drawn when the request comes.</summary>
internal sealed record ArmChoice(SplitArm Arm, int? Slot, bool IsDrawn, string Why)
{
    /// <summary>By the path's own rules, step by step.</summary>
    public static ArmChoice Of(OfflineExchange x, Split split)
    {
        if (split.HasTesters && Splitter.Tester(x, split) is { } tester) return new ArmChoice(tester, null, false, $"a tester: {tester.When!.Text}");
        if (split.Cookie is not { } cookie) return At(split, Splitter.SlotOf(RequestKey.Of(RequestKey.Find(x.Request, split.Key), x.ClientPeer), split.Seed), KeyText.Of(x, split.Key));
        var name = Encoding.UTF8.GetString(cookie.Name);
        if (SlotCookies.TryRead(x.Request.Fields, cookie, out var kept, out _)) return At(split, kept, $"cookie {name}");
        var largest = split.ArmOfSlot.CountBy(static arm => arm).MaxBy(static arm => arm.Value).Key;
        return new ArmChoice(split.Arms[largest], null, true, $"drawn by lot, since there is no cookie {name} that was made here; what follows is of the largest arm");
    }

    /// <summary>The part of all slots that an arm has.</summary>
    public static double ShareOf(Split split, SplitArm arm) => split.ArmOfSlot.Count(a => split.Arms[a] == arm) / (double)Split.Slots;

    private static ArmChoice At(Split split, int slot, string why) => new(split.Arms[split.ArmOfSlot[slot]], slot, false, why);
}
