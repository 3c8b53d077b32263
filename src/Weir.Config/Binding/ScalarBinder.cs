using System.Globalization;
using Weir.Config.Diagnostics;
using Weir.Config.Records;
using Weir.Config.Shapes;

namespace Weir.Config.Binding;

/// <summary>Scalars to values. Returns null after a problem was reported.</summary>
internal static class ScalarBinder
{
    public static object? Bind(BindScope scope, ConfigNode node, Shape shape, BoundsAttribute? bounds)
    {
        if (node is not ScalarNode scalar || scalar.IsNull)
        {
            scope.Problems.Error(node, "wrong-type", $"must be {shape.Description}, not {node.Description}");
            return null;
        }

        return shape.Kind switch
        {
            // A string takes whatever is written; whether it would be a number elsewhere does not matter.
            ShapeKind.Text => Text(scope, scalar),
            ShapeKind.Boolean => CoreSchema.TryBoolean(scalar.Value, out var truth) && scalar.IsTyped ? truth : WrongType(scope, scalar, shape, BooleanHint(scalar.Value)),
            ShapeKind.Integer => Integer(scope, scalar, shape, bounds),
            ShapeKind.Number => scalar.IsTyped && CoreSchema.TryReal(scalar.Value, out var real) ? Bounded(scope, scalar, real, real, bounds, v => v.ToString(CultureInfo.InvariantCulture)) : WrongType(scope, scalar, shape),
            ShapeKind.Choice => Choice(scope, scalar, shape),
            ShapeKind.Duration => Units.TryDuration(scalar.Value, out var time) is { } why
                ? WrongType(scope, scalar, shape, why)
                : Bounded(scope, scalar, time, time.TotalMilliseconds, bounds, v => Units.Write(TimeSpan.FromMilliseconds(v))),
            ShapeKind.Size => Units.TrySize(scalar.Value, out var size) is { } why
                ? WrongType(scope, scalar, shape, why)
                : Bounded(scope, scalar, size, size.Bytes, bounds, v => new ByteSize((long)v).ToString()),
            ShapeKind.Rate => Units.TryRate(scalar.Value, out var rate) is { } why
                ? WrongType(scope, scalar, shape, why)
                : Bounded(scope, scalar, rate, rate.Count, bounds, v => v.ToString(CultureInfo.InvariantCulture)),
            ShapeKind.Percent => Units.TryPercent(scalar.Value, out var percent) is { } why
                ? WrongType(scope, scalar, shape, why)
                : Bounded(scope, scalar, percent, percent.Value, bounds, v => new Percent(v).ToString()),
            ShapeKind.Workers => Workers(scope, scalar, shape),
            _ => WrongType(scope, scalar, shape),
        };
    }

    private static string Text(BindScope scope, ScalarNode scalar)
    {
        if (OtherVariables.Find(scalar.Value) is var (variable, hint)) scope.Problems.Warning(scalar, "literal-variable", $"'{variable}' is no variable here: it stays as it is", hint);
        return scalar.Value;
    }

    private static object? WrongType(BindScope scope, ScalarNode scalar, Shape shape, string? hint = null)
    {
        if (hint is null && scalar is { IsTyped: false, Form: ScalarForm.Quoted } && CoreSchema.KindOf(scalar.Value) is not CoreKind.Text) hint = "without quotes it would be";
        scope.Problems.Error(scalar, "wrong-type", $"{Quote(scalar.Value)} is not {shape.Description}", hint);
        return null;
    }

    private static string? BooleanHint(string text) => text.ToLowerInvariant() switch
    {
        "yes" or "on" or "y" => "write true",
        "no" or "off" or "n" => "write false",
        _ => null,
    };

    private static object? Integer(BindScope scope, ScalarNode scalar, Shape shape, BoundsAttribute? bounds)
    {
        var isInt = shape.Type == typeof(int);
        var ok = CoreSchema.TryInteger(scalar.Value, out var value, out var overflow);
        if (!scalar.IsTyped || (!ok && !overflow)) return WrongType(scope, scalar, shape, CoreSchema.IsInteger(scalar.Value.TrimEnd('%')) && scalar.Value.EndsWith('%') ? "a number without a sign: " + scalar.Value.TrimEnd('%') : null);
        if (overflow || (isInt && value is < int.MinValue or > int.MaxValue))
        {
            scope.Problems.Error(scalar, "out-of-bounds", $"{Quote(scalar.Value)} is too large a number");
            return null;
        }

        return Bounded(scope, scalar, isInt ? (object)(int)value : value, value, bounds, v => v.ToString(CultureInfo.InvariantCulture));
    }

    private static object? Choice(BindScope scope, ScalarNode scalar, Shape shape)
    {
        foreach (var choice in shape.Choices)
        {
            if (choice.Key == scalar.Value) return choice.Value;
        }

        scope.Problems.Error(scalar, "bad-choice", $"{Quote(scalar.Value)} is not {shape.Description}", OtherNames.OfChoice(scalar.Value, shape.Choices.Select(c => c.Key)) ?? scope.Suggestion.For(scalar.Value, shape.Choices.Select(c => c.Key)));
        return null;
    }

    private static object? Workers(BindScope scope, ScalarNode scalar, Shape shape)
    {
        if (scalar.Value == "auto") return WorkerCount.Auto;
        if (!scalar.IsTyped || !CoreSchema.TryInteger(scalar.Value, out var number, out _)) return WrongType(scope, scalar, shape);
        if (number is >= 1 and <= 256) return new WorkerCount((int)number);
        scope.Problems.Error(scalar, "out-of-bounds", $"{number} is not from 1 to 256");
        return null;
    }

    private static object? Bounded(BindScope scope, ScalarNode scalar, object value, double measure, BoundsAttribute? bounds, Func<double, string> write)
    {
        if (bounds is null || (measure >= bounds.Min && measure <= bounds.Max)) return value;
        scope.Problems.Error(scalar, "out-of-bounds", $"{Quote(scalar.Value)} is not {(bounds.Min == bounds.Max ? write(bounds.Min) : $"from {write(bounds.Min)} to {write(bounds.Max)}")}");
        return null;
    }

    public static string Quote(string text) => "'" + (text.Length > 60 ? text[..60] + "…" : text).ReplaceLineEndings(" ") + "'";
}
