namespace Weir.Load;

/// <summary>What was asked for on the command line.</summary>
internal sealed record Options
{
    public const string Usage = """
        usage: Weir.Load [scenario...] [options]

          --rounds N          rounds per scenario, interleaved ABBA (default 10)
          --seconds N         counted window of a round (default 3)
          --warm-up N         seconds of load on each peer before the first round (default 4)
          --peers a,b,…       only these: nginx, nginx-bodies, haproxy, haproxy-splice, weir
          --subject NAME      whose ratio to the others is taken (default weir)
          --peer KIND=PATH    another binary for nginx, haproxy or weir
          --rate N            requests a second of the fixed-rate scenarios (default 3000)
          --proxy-cpu N       CPU of the proxy under test (default 0)
          --load-cpu N        CPU of the origin and the load (default 1)
          --out FOLDER        where the result files go (default bench/load/results; with --smoke: nowhere)
          --gate              exit 1 when a bar fails
          --smoke             one short round of everything, judged by nothing
          --list              name the scenarios and stop

        """;

    public IReadOnlyList<string> Scenarios { get; init; } = [];

    public int Rounds { get; init; } = 10;

    public int Seconds { get; init; } = 3;

    public int WarmUp { get; init; } = 4;

    public IReadOnlyList<string> Peers { get; init; } = [];

    public string Subject { get; init; } = "weir";

    public IReadOnlyDictionary<string, string> Binaries { get; init; } = new Dictionary<string, string>();

    public int Rate { get; init; } = 3000;

    public int ProxyCpu { get; init; }

    public int LoadCpu { get; init; } = 1;

    public string? Out { get; init; }

    public bool Gate { get; init; }

    public bool Smoke { get; init; }

    public bool List { get; init; }

    public bool Help { get; init; }

    /// <exception cref="BenchException">An option is not known or its value makes no sense.</exception>
    public static Options Parse(string[] arguments)
    {
        var options = new Options();
        var scenarios = new List<string>();
        var binaries = new Dictionary<string, string>(StringComparer.Ordinal);
        for (int i = 0; i < arguments.Length; i++)
        {
            string name = arguments[i];
            string Value() => ++i < arguments.Length ? arguments[i] : throw new BenchException($"{name} needs a value");
            int Number(int least, int most) => int.TryParse(Value(), out int n) && n >= least && n <= most
                ? n
                : throw new BenchException($"{name} takes a number from {least} to {most}, not '{arguments[i]}'");

            switch (name)
            {
                case "--rounds": options = options with { Rounds = Number(1, 1000) }; break;
                case "--seconds": options = options with { Seconds = Number(1, 60) }; break;
                case "--warm-up": options = options with { WarmUp = Number(0, 120) }; break;
                case "--peers": options = options with { Peers = Value().Split(',', StringSplitOptions.RemoveEmptyEntries) }; break;
                case "--subject": options = options with { Subject = Value() }; break;
                case "--peer": AddBinary(binaries, Value()); break;
                case "--rate": options = options with { Rate = Number(10, 50_000) }; break;
                case "--proxy-cpu": options = options with { ProxyCpu = Number(0, 1023) }; break;
                case "--load-cpu": options = options with { LoadCpu = Number(0, 1023) }; break;
                case "--out": options = options with { Out = Path.GetFullPath(Value()) }; break;
                case "--gate": options = options with { Gate = true }; break;
                case "--smoke": options = options with { Smoke = true }; break;
                case "--list": options = options with { List = true }; break;
                case "-h" or "--help": options = options with { Help = true }; break;
                case ['-', ..]: throw new BenchException($"unknown option {name} (see --help)");
                default: scenarios.Add(name); break;
            }
        }

        if (options.ProxyCpu == options.LoadCpu)
            throw new BenchException("--proxy-cpu and --load-cpu must differ: the proxy has its CPU for itself");
        if (options.Smoke)
            options = options with { Rounds = 1, Seconds = 1, WarmUp = Math.Min(options.WarmUp, 1) };
        return options with { Scenarios = scenarios, Binaries = binaries };
    }

    private static void AddBinary(Dictionary<string, string> binaries, string pair)
    {
        int equals = pair.IndexOf('=', StringComparison.Ordinal);
        string kind = equals > 0 ? pair[..equals] : "";
        if (kind is not ("nginx" or "haproxy" or "weir"))
            throw new BenchException($"--peer takes nginx=PATH, haproxy=PATH or weir=PATH, not '{pair}'");
        string path = Path.GetFullPath(pair[(equals + 1)..]);
        binaries[kind] = File.Exists(path) ? path : throw new BenchException($"--peer {kind}: no file {path}");
    }
}
