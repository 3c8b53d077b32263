using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Weir.Config.Records;
using Weir.Proxy.Balancing;
using Weir.Proxy.Model;
using Weir.Sdk.Configuration;
using Weir.Sdk.Expressions;

namespace Weir.Proxy.Snapshots;

/// <summary>Reads a route's split, once for all listeners that serve the route.</summary>
internal sealed class SplitCompiler(ActionCompiler actions, ChainCompiler chains, StateStore store, IDiagnosticSink problems)
{
    // Keys are few, and what is made from one is the same for all routes.
    private readonly Dictionary<string, ulong[]> _marks = new(StringComparer.Ordinal);

    public SplitPlan Read(string name, SplitConfig split, RetryConfig? retry)
    {
        var place = $"routes.{name}.split";
        return new SplitPlan
        {
            Arms = [.. split.Arms.Select(a => new ArmPlan(
                a.Key, ExpressionCompiler.Condition(a.Value.When, $"{place}.arms.{a.Key}.when", problems), actions.Compile(name, a.Value.Forward, retry, $"{place}.arms.{a.Key}.forward"),
                chains.Make(a.Value.Policies, $"{place}.arms.{a.Key}.policies"), store.Arm(name, a.Key)))],
            ArmOfSlot = SlotTable.Lay([.. split.Arms.Values.Select(static a => a.Weight)]),
            Key = KeyCompiler.Hash(split.By, split.Name),
            Seed = KeyHash.OfText(Encoding.UTF8.GetBytes(split.Seed ?? name)),
            Cookie = split.Sticky is { } sticky ? Cookie(sticky) : null,
        };
    }

    private SlotCookie Cookie(SlotCookieConfig sticky) => new(
        Encoding.ASCII.GetBytes(sticky.Cookie), [.. sticky.Keys.Select(static k => k.Value).Select(Marks)],
        KeyCompiler.CookieAttributes(sticky.Path, sticky.MaxAge, sticky.SameSite));

    // A signature gives the marks of four slots.
    private ulong[] Marks(string key)
    {
        if (_marks.TryGetValue(key, out var known)) return known;
        var secret = Encoding.UTF8.GetBytes(key);
        var marks = new ulong[Split.Slots];
        Span<byte> signed = stackalloc byte[15];
        Span<byte> signature = stackalloc byte[HMACSHA256.HashSizeInBytes];
        "weir-slot\0\0"u8.CopyTo(signed);
        for (var slot = 0; slot < marks.Length; slot += 4)
        {
            BinaryPrimitives.WriteInt32BigEndian(signed[11..], slot);
            HMACSHA256.HashData(secret, signed, signature);
            for (var i = 0; i < 4; i++) marks[slot + i] = BinaryPrimitives.ReadUInt64BigEndian(signature[(i * 8)..]);
        }

        return _marks[key] = marks;
    }
}

/// <summary>What a split is made of, but for the routes that its arms become.</summary>
internal sealed class SplitPlan
{
    public required IReadOnlyList<ArmPlan> Arms { get; init; }

    public required byte[] ArmOfSlot { get; init; }

    public required HashPlan Key { get; init; }

    public required ulong Seed { get; init; }

    public SlotCookie? Cookie { get; init; }

    public Split Make(Func<ArmPlan, Route> route) => new()
    {
        Arms = [.. Arms.Select(a => new SplitArm { Name = a.Name, When = a.When, Route = route(a) })],
        ArmOfSlot = ArmOfSlot,
        Key = Key,
        Seed = Seed,
        Cookie = Cookie,
        HasTesters = Arms.Any(static a => a.When is not null),
    };
}

/// <summary>One arm of a plan.</summary>
internal sealed record ArmPlan(string Name, Condition? When, Forward? Forward, List<MadePolicy> Policies, RouteState State);
