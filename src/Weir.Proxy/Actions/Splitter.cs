using Weir.Proxy.Balancing;
using Weir.Proxy.Model;
using Weir.Sdk.Policies;

namespace Weir.Proxy.Actions;

/// <summary>Which arm of its route's split an exchange takes. From here on the arm is its route: policies, forward and all.</summary>
internal static class Splitter
{
    public static void Choose(Exchange x)
    {
        if (x.RouteModel.Split is not { } split) return;
        var arm = (split.HasTesters ? Tester(x, split) : null) ?? split.Arms[split.ArmOfSlot[SlotOf(x, split)]];
        x.RouteModel = arm.Route;
    }

    /// <summary>The slot that a hash falls into.</summary>
    public static int SlotOf(ulong hash, ulong seed) => (int)Math.BigMul(KeyHash.Nth(hash ^ seed, 1), Split.Slots, out _);

    /// <summary>The first arm that wants this request; null when none does.</summary>
    public static SplitArm? Tester(ExchangeAccess x, Split split)
    {
        foreach (var arm in split.Arms)
            if (arm.When is { } when && when.Evaluate(x)) return arm;
        return null;
    }

    /// <summary>An origin answered: a client whose slot was drawn is told. Testers have none.</summary>
    public static void Remember(Exchange x)
    {
        if (x.NewSlot is { } slot && x.SlotCookie is { } cookie) SlotCookies.Set(x, cookie, slot);
    }

    private static int SlotOf(Exchange x, Split split)
    {
        if (split.Cookie is not { } cookie) return SlotOf(RequestKey.Of(x, split.Key), split.Seed);
        if (SlotCookies.TryRead(x.Request.Fields, cookie, out var slot, out var isNewest))
        {
            if (isNewest) return slot;
        }
        else
        {
            slot = Random.Shared.Next(Split.Slots);
        }

        (x.NewSlot, x.SlotCookie) = (slot, cookie);
        return slot;
    }
}
