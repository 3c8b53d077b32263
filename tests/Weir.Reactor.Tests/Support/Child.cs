using System.Diagnostics;
using System.Globalization;
using Weir.Reactor.Native;
using Weir.Reactor.Sockets;

namespace Weir.Reactor.Tests.Support;

/// <summary>What a second process does, and how the tests start it.</summary>
internal static unsafe class Child
{
    public static Process Start(params string[] args)
    {
        var info = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, RedirectStandardInput = true };
        info.ArgumentList.Add("exec");
        info.ArgumentList.Add(typeof(Child).Assembly.Location);
        foreach (var arg in args) info.ArgumentList.Add(arg);
        return Process.Start(info)!;
    }

    public static string ReadAnswer(this Process child)
    {
        var line = child.StandardOutput.ReadLineAsync();
        return TestLoop.Finish(line) ?? throw new InvalidOperationException("The child ended without an answer.");
    }

    public static int Run(string[] args)
    {
        switch (args)
        {
            case ["bind", var address, var group]:
                Bind(address, int.Parse(group, CultureInfo.InvariantCulture));
                return 0;
            case ["scarce", var spare]:
                AcceptWithFewDescriptors(int.Parse(spare, CultureInfo.InvariantCulture));
                return 0;
            default:
                Console.WriteLine("unknown");
                return 2;
        }
    }

    private static void Bind(string text, int group)
    {
        SocketAddress.TryParse(text, out var address);
        try
        {
            using var socket = ListeningSocket.Bind(address, 16, group);
            Console.WriteLine("bound");
        }
        catch (SystemCallException error)
        {
            Console.WriteLine(error.Errno);
        }
    }

    // Says its port, then for every line of input: "<accepted> <pauses> <CPU milliseconds>".
    private static void AcceptWithFewDescriptors(int spare)
    {
        using var loop = new TestLoop();
        var open = Directory.GetFiles("/proc/self/fd").Length;
        ResourceLimit limit;
        Libc.getrlimit(Constants.LimitOpenFiles, &limit);
        var lowered = limit with { Current = (ulong)(open + spare) };
        Libc.setrlimit(Constants.LimitOpenFiles, &lowered);
        using var queue = new AcceptQueue(loop, AcceptQueue.BindLoopback());
        Console.WriteLine(queue.Socket.Address.Port);
        while (Console.In.ReadLine() is { } command)
        {
            if (command == "close")
                for (var i = queue.Count; i > 0; i--) loop.Do(queue.Take().Close);
            Report(loop, queue);
        }
    }

    private static void Report(TestLoop loop, AcceptQueue queue)
    {
        var (accepted, pauses) = loop.Get(() => (queue.Acceptor.Accepted, queue.Acceptor.Pauses));
        var cpu = (long)Environment.CpuUsage.TotalTime.TotalMilliseconds;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{accepted} {pauses} {cpu}"));
    }
}
