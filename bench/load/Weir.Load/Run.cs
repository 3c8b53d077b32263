using System.Net.Sockets;
using Weir.Load.Measure;
using Weir.Load.Peers;
using Weir.Load.Processes;
using Weir.Load.Report;
using Weir.Load.Scenarios;

namespace Weir.Load;

/// <summary>A whole run, from the command line to the result files.</summary>
internal static class Run
{
    /// <returns>The exit code: 0 measured, 1 something could not be measured or (with --gate) a bar fails.</returns>
    public static int All(Options options, CancellationToken cancel)
    {
        if (options.Help || options.List)
        {
            Console.Write(options.Help ? Options.Usage : string.Concat(ScenarioCatalog.All.Select(s => $"{s.Name,-16} {s.Title}\n")));
            return 0;
        }

        IReadOnlyList<Scenario> scenarios = ScenarioCatalog.Choose(options.Scenarios);
        string root = Root();
        var progress = new Progress();
        var peers = new PeerCatalog(options, root);
        foreach (string sentence in peers.Missing)
            progress.Say(sentence);
        if (peers.All.Count == 0)
            throw new BenchException("there is no peer to measure");

        Tools.MustBeThere();
        Pinning.MustExist(options.ProxyCpu);
        Pinning.MustExist(options.LoadCpu);
        Machine machine = Machine.Read(root);
        Pinning.ThisProgram(options.LoadCpu);
        var results = new List<ScenarioResult>();
        bool whole;
        using (var temp = new TempFolder())
        {
            var ports = new FreePorts();
            using var origin = Origin.Start(temp, ports.Take(), ports.Take(), options.LoadCpu);
            whole = Measure(new Rig(options, peers, origin, temp, ports, progress, cancel), scenarios, results);
        }

        var report = new RunReport(machine, RunSettings.Of(options), [.. peers.All.Select(p => PeerLine.Of(p, root))], peers.Missing, results);
        string? folder = options.Out ?? (options.Smoke ? null : Path.Combine(root, "bench", "load", "results"));
        if (folder is not null && results.Count > 0)
            progress.Say($"written: {ResultFiles.Write(report, folder)}");
        bool failed = options.Gate && results.SelectMany(r => r.Bars).Any(b => b.Verdict == Verdict.Fails);
        return whole && !failed ? 0 : 1;
    }

    /// <summary>A scenario that cannot be measured does not keep the others from it.</summary>
    private static bool Measure(Rig rig, IReadOnlyList<Scenario> scenarios, List<ScenarioResult> results)
    {
        bool whole = true;
        foreach (Scenario scenario in scenarios)
        {
            try
            {
                if (scenario.Run(rig) is not { } result)
                {
                    rig.Progress.Say($"{scenario.Name,-16} left out: no peer that it is about");
                    continue;
                }

                results.Add(result);
                whole &= result.Invalid == 0;
                Console.WriteLine();
                Console.WriteLine(MarkdownReport.Of(result));
            }
            catch (Exception e) when (e is BenchException or SocketException or IOException)
            {
                rig.Progress.Say($"{scenario.Name,-16} NOT MEASURED: {e.Message}");
                whole = false;
            }
        }

        return whole;
    }

    /// <summary>The folder of Weir.slnx, above the working folder or above this program.</summary>
    private static string Root()
    {
        foreach (string start in (string[])[Environment.CurrentDirectory, AppContext.BaseDirectory])
        {
            for (DirectoryInfo? folder = new(start); folder is not null; folder = folder.Parent)
            {
                if (File.Exists(Path.Combine(folder.FullName, "Weir.slnx")))
                    return folder.FullName;
            }
        }

        throw new BenchException("Weir.slnx is not above this folder: run from within the repository");
    }
}
