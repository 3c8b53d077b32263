using System.CommandLine;
using System.Net.Sockets;
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
        DemoOrigin? first = null, second = null;
        var path = DemoFiles.Unpack(DemoFiles.Text());
        try
        {
            (first, second) = (new DemoOrigin("one", 9001), new DemoOrigin("two", 9002));
            var settings = new InstanceSettings { ConfigPath = path, Terminal = terminal, Log = new ProgramLog(terminal.Error, TimeProvider.System) };
            return await Runner.RunAsync(settings, instance =>
            {
                terminal.Output.WriteLine($"""

                    The configuration is {path}; change it, and it is reloaded.
                    Try:  {terminal.Bold($"curl -i http://{instance.Gateway.Addresses["web"]}/orders/42")}
                    Stop with Ctrl+C.

                    """);
                terminal.Output.Flush();
                return Task.CompletedTask;
            });
        }
        catch (SocketException taken)
        {
            terminal.Complain($"cannot-listen: the demo's origins need the ports 9001 and 9002 on 127.0.0.1: {taken.Message}");
            return ExitCodes.Failed;
        }
        finally
        {
            first?.Dispose();
            second?.Dispose();
            Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
        }
    }
}
