using System.Diagnostics.CodeAnalysis;
using Weir.Sdk.Configuration;
using Weir.Sdk.Expressions;

namespace Weir.Sdk.Policies;

/// <summary>What a factory gets beside its configuration: a way to say what is wrong with it, each thing at its place.</summary>
public sealed class PolicySetup(IDiagnosticSink diagnostics, string path)
{
    /// <summary>
    /// Reports an error at a member of this policy's configuration, such as "set.x-name" or "rules[2].pattern"; empty for the whole.
    /// <paramref name="column"/> counts from 0 inside the member's text, or is -1.
    /// </summary>
    public void Error(string member, string code, string message, string? hint = null, int column = -1)
        => Report(ProblemSeverity.Error, member, code, message, hint, column);

    /// <summary>As <see cref="Error"/>; the configuration stays usable.</summary>
    public void Warning(string member, string code, string message, string? hint = null, int column = -1)
        => Report(ProblemSeverity.Warning, member, code, message, hint, column);

    /// <summary>Compiles a member that is a template, or reports what is wrong with it.</summary>
    public bool TryTemplate(string member, string text, ExpressionPhase phase, [NotNullWhen(true)] out Template? template)
    {
        if (Template.TryCompile(text, phase, out template, out var error)) return true;
        Error(member, "bad-expression", error.Message, error.Hint, error.Column);
        return false;
    }

    /// <summary>Compiles a member that is a condition, or reports what is wrong with it.</summary>
    public bool TryCondition(string member, string text, ExpressionPhase phase, [NotNullWhen(true)] out Condition? condition)
    {
        if (Condition.TryCompile(text, phase, out condition, out var error)) return true;
        Error(member, "bad-expression", error.Message, error.Hint, error.Column);
        return false;
    }

    private void Report(ProblemSeverity severity, string member, string code, string message, string? hint, int column)
        => diagnostics.Report(new ConfigProblem(severity, member.Length == 0 ? path : path + "." + member, code, message, hint, column));
}
