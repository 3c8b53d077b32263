using System.Runtime.InteropServices;

namespace Weir.Running;

/// <summary>What an operator asks by a signal.</summary>
internal enum Wish : byte { Reload, Drain, StopAtOnce, ReopenLogs, Upgrade }

/// <summary>Turns signals into wishes. Callbacks come from the runtime's signal thread; each signal is taken from the runtime.</summary>
internal sealed class SignalWatch : IDisposable
{
    // Numbers that the runtime has no names for.
    private const int User1 = 10;
    private const int User2 = 12;

    private readonly List<PosixSignalRegistration> _registrations = [];

    public SignalWatch(Action<Wish, string> wished)
    {
        Take(PosixSignal.SIGHUP, Wish.Reload, "SIGHUP");
        Take(PosixSignal.SIGQUIT, Wish.Drain, "SIGQUIT");
        Take(PosixSignal.SIGTERM, Wish.Drain, "SIGTERM");
        Take(PosixSignal.SIGINT, Wish.StopAtOnce, "SIGINT");
        Take((PosixSignal)User1, Wish.ReopenLogs, "SIGUSR1");
        Take((PosixSignal)User2, Wish.Upgrade, "SIGUSR2");

        void Take(PosixSignal signal, Wish wish, string name) => _registrations.Add(PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            wished(wish, name);
        }));
    }

    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
    }
}
