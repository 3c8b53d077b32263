namespace Weir.Sdk.Configuration;

/// <summary>A record that may be written as one scalar, which is then this member: <c>forward: orders</c> for <c>forward: { cluster: orders }</c>.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class ShorthandAttribute(string member) : Attribute
{
    /// <summary>The member that the scalar is read into.</summary>
    public string Member { get; } = member;
}

/// <summary>Bounds of a number, a size (bytes) or a duration (milliseconds), both included. Outside is an error.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class BoundsAttribute(double min, double max) : Attribute
{
    /// <summary>The least.</summary>
    public double Min { get; } = min;

    /// <summary>The most.</summary>
    public double Max { get; } = max;
}

/// <summary>A scalar is taken for a list of one: <c>host: a.example</c> for <c>host: [a.example]</c>.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class OneOrManyAttribute : Attribute;

/// <summary>A value that is never printed, logged or put into a diff; written as <c>{ file: … }</c> or <c>{ env: … }</c>, or plainly.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SecretAttribute : Attribute;
