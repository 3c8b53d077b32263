using Weir;
using Weir.Commands;
using Weir.Output;

using var terminal = Terminal.OfProcess();
var code = await CommandLine.RunAsync(args, terminal);
if (terminal.Lost() is not { } reason) return code;
terminal.Complain($"weir: cannot-write: standard output: {reason}");
return ExitCodes.CannotRun;
