using Weir.Sdk.Expressions;

namespace Weir.Proxy.Model;

/// <summary>The split of a route: an arm for each slot. Immutable.</summary>
internal sealed class Split
{
    /// <summary>Slots that clients are spread over: a hundredth of a per cent each.</summary>
    public const int Slots = 10_000;

    public required SplitArm[] Arms { get; init; }

    /// <summary>The position of each slot's arm.</summary>
    public required byte[] ArmOfSlot { get; init; }

    /// <summary>What a slot is made from, when no cookie keeps it.</summary>
    public required HashPlan Key { get; init; }

    /// <summary>Mixed into the hash, so that splits are independent of each other.</summary>
    public required ulong Seed { get; init; }

    public SlotCookie? Cookie { get; init; }

    /// <summary>Some arm takes requests by what they are.</summary>
    public required bool HasTesters { get; init; }
}

/// <summary>One way of a split: a route of its own, but for match and counters.</summary>
internal sealed class SplitArm
{
    public required string Name { get; init; }

    public required Route Route { get; init; }

    public Condition? When { get; init; }
}

/// <summary>A cookie that keeps slots: its name, for each key the mark of each slot (a part of its signature), and what follows the value.</summary>
internal sealed record SlotCookie(byte[] Name, ulong[][] Marks, byte[] Attributes);
