using System.Runtime.InteropServices;

namespace Weir.Reactor;

/// <summary>A system call failed where failure is a bug or a lack that the caller cannot answer (set-up, not the data path).</summary>
public sealed class SystemCallException(string call, int errno)
    : IOException($"{call} failed: {Marshal.GetPInvokeErrorMessage(errno)} (errno {errno})")
{
    public string Call { get; } = call;

    public int Errno { get; } = errno;

    internal static int Check(int result, string call) => result >= 0 ? result : throw new SystemCallException(call, Marshal.GetLastPInvokeError());
}
