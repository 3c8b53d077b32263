using System.Text;
using Weir.Sdk.Expressions;
using Weir.Sdk.Policies;

namespace Weir.Sdk.Tests.Expressions;

internal static class ExpressionTesting
{
    public static Condition Compile(string text)
    {
        Condition.TryCompile(text, ExpressionPhase.Response, out var condition, out var error).ShouldBeTrue($"{text}: {error}");
        return condition!;
    }

    public static bool Holds(this ExchangeAccess exchange, string text) => Compile(text).Evaluate(exchange);

    public static string Render(this ExchangeAccess exchange, string text)
    {
        Template.TryCompile(text, ExpressionPhase.Response, out var template, out var error).ShouldBeTrue($"{text}: {error}");
        var sink = new ByteSink(stackalloc byte[16]);
        template!.TryWrite(exchange, ref sink).ShouldBeTrue();
        var result = Encoding.UTF8.GetString(sink.Written);
        sink.Dispose();
        return result;
    }

    public static ExpressionError ErrorOf(string text, ExpressionPhase phase = ExpressionPhase.Request)
    {
        Condition.TryCompile(text, phase, out var condition, out var error).ShouldBeFalse(text);
        condition.ShouldBeNull();
        return error;
    }
}
