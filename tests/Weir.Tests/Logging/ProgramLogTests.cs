using System.Reflection;
using Microsoft.Extensions.Logging;
using Weir.Config.Records;
using Weir.Logging;

namespace Weir.Tests.Logging;

public class ProgramLogTests
{
    [Fact]
    public void IdsAreUnique()
        => typeof(Log).GetMethods(BindingFlags.Public | BindingFlags.Static).Select(static m => m.GetCustomAttribute<LoggerMessageAttribute>()).OfType<LoggerMessageAttribute>()
            .Select(static a => a.EventId).ShouldBeUnique();

    [Fact]
    public void AnEventIsOneLineWhateverIsInIt()
    {
        var text = new StringWriter { NewLine = "\n" };
        new ProgramLog(text, TimeProvider.System).ConfigError("a\nb\u001b[31m");
        text.ToString().TrimEnd('\n').ShouldEndWith("error   a | b[31m");
    }

    [Fact]
    public void WhatIsBelowTheLeastIsLeftOut()
    {
        var text = new StringWriter();
        var log = new ProgramLog(text, TimeProvider.System) { Least = LogSeverity.Warning };
        log.Stopped();
        text.ToString().ShouldBeEmpty();
        log.NeedsRestart("workers");
        text.ToString().ShouldContain("warning workers changed");
    }

    [Fact]
    public void AStormOfFaultsIsCutAndCounted()
    {
        var text = new StringWriter();
        var reports = new LoopReports(new ProgramLog(TextWriter.Synchronized(text), TimeProvider.System), TimeProvider.System);
        for (var i = 0; i < 1000; i++) reports.Fault(new InvalidOperationException("bad"), "orders");
        SpinWait.SpinUntil(() => text.ToString().Contains("orders", StringComparison.Ordinal), TimeSpan.FromSeconds(5));
        text.ToString().Split("a fault in orders").Length.ShouldBeLessThan(20);
    }
}
