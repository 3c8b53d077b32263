using Weir.Config;
using Weir.Proxy;

var path = args is ["run", "-c", var given] ? given : "weir.yaml";
var load = ConfigReader.Load(path, []);
foreach (var diagnostic in load.Diagnostics) Console.Error.WriteLine(diagnostic);
if (!load.IsValid) return 1;
var options = new GatewayOptions { Factories = [], OnFault = static (fault, where) => Console.Error.WriteLine($"fault in {where}: {fault}") };
if (!load.Config.Workers.IsAuto) options = options with { Loops = load.Config.Workers.Number };
await using var gateway = new Gateway(options);
var result = await gateway.ApplyAsync(load);
foreach (var diagnostic in result.Diagnostics) Console.Error.WriteLine(diagnostic.Text);
foreach (var line in result.Report.Lines) Console.Error.WriteLine(line);
if (!result.IsApplied) return 1;
await Task.Delay(Timeout.Infinite);
return 0;
