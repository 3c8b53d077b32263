using Weir.Commands;
using Weir.Output;

using var terminal = Terminal.OfProcess();
return await CommandLine.RunAsync(args, terminal);
