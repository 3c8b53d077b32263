using System.Text;
using Weir.Http;

namespace Weir.Sdk.Policies;

/// <summary>What a policy decided.</summary>
public readonly struct Verdict : IEquatable<Verdict>
{
    private Verdict(VerdictKind kind, LocalReply? reply, Refusal refusal) => (Kind, ReplyWith, Refusal) = (kind, reply, refusal);

    /// <summary>Which of the three.</summary>
    public VerdictKind Kind { get; }

    /// <summary>The reply, when <see cref="Kind"/> is Reply.</summary>
    public LocalReply? ReplyWith { get; }

    /// <summary>The reason that is logged and counted, when <see cref="Kind"/> is not Continue.</summary>
    public Refusal Refusal { get; }

    /// <summary>Go on.</summary>
    public static Verdict Continue => default;

    /// <summary>Answer with this reply instead. <see cref="Refusal.None"/> when the reply is what the operator wanted (a mock, a redirect).</summary>
    public static Verdict Reply(LocalReply reply, Refusal refusal = Refusal.PolicyReply) => new(VerdictKind.Reply, reply, refusal);

    /// <summary>Answer nothing and close the connection (reset the stream in HTTP/2).</summary>
    public static Verdict Abort(Refusal refusal = Refusal.PolicyAbort) => new(VerdictKind.Abort, null, refusal);

    public bool Equals(Verdict other) => Kind == other.Kind && ReplyWith == other.ReplyWith && Refusal == other.Refusal;

    public override bool Equals(object? obj) => obj is Verdict other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(Kind, ReplyWith, Refusal);

    public static bool operator ==(Verdict left, Verdict right) => left.Equals(right);

    public static bool operator !=(Verdict left, Verdict right) => !left.Equals(right);
}

/// <summary>The three ways on from a policy.</summary>
public enum VerdictKind : byte
{
    /// <summary>To the next policy, or to the action.</summary>
    Continue,

    /// <summary>To the client, with a reply of Weir's.</summary>
    Reply,

    /// <summary>Nowhere: the connection is closed, the stream reset.</summary>
    Abort,
}

/// <summary>
/// A reply made by Weir. Immutable and made at load time, so that giving it costs nothing. Fields that depend on the exchange
/// are templates.
/// </summary>
public sealed class LocalReply
{
    /// <summary>200 to 599.</summary>
    public required int Status { get; init; }

    /// <summary>Fields in order, values as templates. Framing fields are Weir's and are refused at load time.</summary>
    public IReadOnlyList<KeyValuePair<string, Expressions.Template>> Fields
    {
        get;
        init
        {
            field = value;
            FieldNames = [.. value.Select(static f => Encoding.ASCII.GetBytes(f.Key))];
        }
    } = [];

    /// <summary>The names of <see cref="Fields"/> as they are sent.</summary>
    public IReadOnlyList<byte[]> FieldNames { get; private init; } = [];

    /// <summary>The body; null for Weir's problem+json when <see cref="Status"/> is an error, and for no body otherwise.</summary>
    public Expressions.Template? Body { get; init; }

    /// <summary>Content-Type of <see cref="Body"/>. Default text/plain; charset=utf-8.</summary>
    public string ContentType
    {
        get;
        init
        {
            field = value;
            ContentTypeText = Encoding.ASCII.GetBytes(value);
        }
    } = "text/plain; charset=utf-8";

    /// <summary><see cref="ContentType"/> as it is sent.</summary>
    public ReadOnlyMemory<byte> ContentTypeText { get; private init; } = "text/plain; charset=utf-8"u8.ToArray();
}
