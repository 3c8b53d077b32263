using System.Runtime.InteropServices;
using Weir.Load;

// Ctrl-C and SIGTERM end the run in good order: what was started is stopped and what was written is removed. A second one ends it at once.
using var stop = new CancellationTokenSource();
void Stop(PosixSignalContext signal)
{
    signal.Cancel = !stop.IsCancellationRequested;
    stop.Cancel();
}

using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using PosixSignalRegistration hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Stop);

try
{
    return Run.All(Options.Parse(args), stop.Token);
}
catch (BenchException e)
{
    Console.Error.WriteLine($"bench: {e.Message}");
    return 2;
}
catch (OperationCanceledException)
{
    Console.Error.WriteLine("bench: stopped");
    return 130;
}
catch (Exception e)
{
    // A bug. Caught all the same: an exception that nobody catches would skip the tidying up on its way.
    Console.Error.WriteLine($"bench: {e}");
    return 2;
}
