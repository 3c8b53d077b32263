using System.CommandLine;
using Weir.Demo;
using Weir.Logging;
using Weir.Output;
using Weir.Running;

namespace Weir.Commands;

/// <summary><c>weir demo</c>: the quickstart example with its two origins in one process.</summary>
internal static class DemoCommand
{
    public static Command Make(Terminal terminal)
    {
        var command = new Command("demo", "Run the quickstart example with two small origins, all in this process.");
        command.SetAction(_ => RunAsync(terminal));
        return command;
    }

    private static async Task<int> RunAsync(Terminal terminal)
    {
        using var first = DemoOrigin.Start("one", 9001);
        using var second = DemoOrigin.Start("two", 9002);
        var text = DemoFiles.WithFreePorts(DemoFiles.Text(), 8080, 9900)
            .Replace("127.0.0.1:9001", $"127.0.0.1:{first.Port}", StringComparison.Ordinal)
            .Replace("127.0.0.1:9002", $"127.0.0.1:{second.Port}", StringComparison.Ordinal);
        var path = DemoFiles.Unpack(text);
        try
        {
            var settings = new InstanceSettings { ConfigPath = path, Terminal = terminal, Log = new ProgramLog(terminal.Error, TimeProvider.System) };
            return await Runner.RunAsync(settings, instance =>
            {
                terminal.Output.WriteLine($"""

                    The configuration is {path}; change it, and it is reloaded.
                    Try:  {terminal.Bold($"curl -i http://{instance.Gateway.Addresses["web"]}/orders/42")}
                    And:  {terminal.Bold($"{System.Environment.ProcessPath ?? "weir"} status -c {path}")}
                    Stop with Ctrl+C.

                    """);
                terminal.Output.Flush();
                return Task.CompletedTask;
            });
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
        }
    }
}
