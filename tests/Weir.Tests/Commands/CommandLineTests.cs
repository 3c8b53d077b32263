using System.Text.Json;

namespace Weir.Tests.Commands;

public class CommandLineTests
{
    private const string Good = """
        version: 1
        listeners:
          web: { address: "127.0.0.1:0" }
        routes:
          hello: { match: { path: /hello }, respond: { body: hi } }
        """;

    [Fact]
    public async Task WithoutArgumentsHelpIsPrinted()
    {
        using var shell = new Shell();
        (await shell.RunAsync()).ShouldBe(0);
        shell.Output.ShouldContain("explain");
        shell.Error.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("bogus")]
    [InlineData("--bogus")]
    [InlineData("check --bogus")]
    [InlineData("explain GET")]
    public async Task WhatIsNotUnderstoodGetsHelpAndExitCode2(string line)
    {
        using var shell = new Shell();
        (await shell.RunAsync(line.Split(' '))).ShouldBe(2);
        shell.Error.ShouldContain("weir: usage: ");
        shell.Error.ShouldContain("Usage:");
        shell.Output.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("check weir.yaml", "'weir.yaml' is not known here (did you mean '-c weir.yaml'?)")]
    [InlineData("run /etc/weir/x.yml", "'/etc/weir/x.yml' is not known here (did you mean '-c /etc/weir/x.yml'?)")]
    [InlineData("maintenance shop --socket none.sock", "one of on, off and reset")]
    [InlineData("maintenance shop on --undo --socket none.sock", "one of on, off and reset")]
    [InlineData("split shop --undo canary=1 --socket none.sock", "either weights (canary=10) or --reset")]
    [InlineData("drain 10.0.0.1:80 --for 30 --socket none.sock", "--for: '30' is not a time: whole numbers, each with its unit d, h, m, s or ms, such as 90s, 30m or 1h30m")]
    [InlineData("drain 10.0.0.1:80 --for 1.5h --socket none.sock", "--for: '1.5h' is not a time: whole numbers, each with its unit d, h, m, s or ms, such as 90s, 30m or 1h30m")]
    [InlineData("drain 10.0.0.1:80 --for 0s --socket none.sock", "--for: '0s' is not a time: whole numbers, each with its unit d, h, m, s or ms, such as 90s, 30m or 1h30m")]
    [InlineData("drain --wait 10.0.0.1:80 --zone a --socket none.sock", "--wait: '10.0.0.1:80' is not a time: whole numbers, each with its unit d, h, m, s or ms, such as 90s, 30m or 1h30m (endpoints come before --wait)")]
    [InlineData("drain --socket none.sock", "either endpoints (10.0.0.2:8080), or one of --zone, --label and --priority; --all alone drains this weir and stops it")]
    [InlineData("drain 10.0.0.1:80 --zone dc1 --socket none.sock", "either endpoints (10.0.0.2:8080), or one of --zone, --label and --priority; --all alone drains this weir and stops it")]
    [InlineData("drain --zone dc1 --label dc=1 --socket none.sock", "either endpoints (10.0.0.2:8080), or one of --zone, --label and --priority; --all alone drains this weir and stops it")]
    [InlineData("drain 10.0.0.1:80 --all --socket none.sock", "--all drains this weir and stops it, and goes with nothing else")]
    [InlineData("drain --all --zone dc1 --socket none.sock", "--all drains this weir and stops it, and goes with nothing else")]
    [InlineData("drain --all --undo --socket none.sock", "--all drains this weir and stops it, and goes with nothing else")]
    [InlineData("weight 10.0.0.1:80 10.0.0.2:80 --socket none.sock", "either a weight, 0 to 1000 and after the endpoints, or --undo")]
    [InlineData("weight 5 --socket none.sock", "either endpoints (10.0.0.2:8080), or one of --zone, --label and --priority")]
    [InlineData("reset --socket none.sock", "--all takes back all that is changed at run time; one change: weir drain, weight, split or maintenance with --undo")]
    [InlineData("undrain 10.0.0.1:80", "'undrain' is not known here: weir drain ENDPOINT --undo brings an endpoint back")]
    public async Task WrongUsageSaysHowItIsMeant(string line, string said)
    {
        using var shell = new Shell();
        (await shell.RunAsync(line.Split(' '))).ShouldBe(2);
        shell.Error.ShouldStartWith("weir: usage: " + said + "\n");
    }

    [Theory]
    [InlineData("maintenance shop --undo")]
    [InlineData("split shop --undo")]
    [InlineData("drain 10.0.0.1:80 --reset")]
    [InlineData("drain 10.0.0.1:80 10.0.0.2:80 --evict --wait")]
    [InlineData("drain --label dc=1 --wait 10s")]
    [InlineData("weight --zone dc1 0")]
    [InlineData("weight --priority 0 --undo")]
    [InlineData("split shop")]
    [InlineData("reset --all")]
    [InlineData("weight 10.0.0.1:80 --reset")]
    [InlineData("weight 10.0.0.1:80 50%")]
    [InlineData("weight 10.0.0.1:80 5 --for 1h30m")]
    public async Task ChangesAreTakenBackByTheSameWordsAndNumbersAreJudgedByTheRunningWeir(string line)
    {
        using var shell = new Shell();
        (await shell.RunAsync([.. line.Split(' '), "--socket", "none.sock"])).ShouldBeGreaterThan(0);
        shell.Error.ShouldContain("none.sock: no-control: ");
    }

    [Theory]
    [InlineData("version")]
    [InlineData("--version")]
    [InlineData("-v")]
    public async Task TheVersionIsPrinted(string argument)
    {
        using var shell = new Shell();
        (await shell.RunAsync(argument)).ShouldBe(0);
        shell.Output.ShouldStartWith($"weir {ProgramVersion.Number} (");
    }

    [Theory]
    [InlineData("check")]
    [InlineData("-t")]
    public async Task AValidFilePasses(string command)
    {
        using var shell = new Shell();
        shell.Write("weir.yaml", Good);
        (await shell.RunAsync(command)).ShouldBe(0);
        shell.Output.ShouldContain("ok (1 listener, 1 route, 0 clusters)");
    }

    [Fact]
    public async Task EveryErrorIsALineWithItsPlace()
    {
        using var shell = new Shell();
        shell.Write("bad.yaml", "version: 1\nlisteners:\n  web: { adress: \"127.0.0.1:0\" }\ntelemetry: { access-log: \"${urlpath}\" }\n");
        (await shell.RunAsync("check", "-c", "bad.yaml")).ShouldBe(1);
        foreach (var line in shell.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)) line.ShouldMatch(@"bad\.yaml:\d+:\d+: [a-z-]+: ");
        shell.Error.ShouldContain("did you mean 'address'?");
    }

    [Fact]
    public async Task TheAccessLogsFormatIsChecked()
    {
        using var shell = new Shell();
        shell.Write("weir.yaml", Good + "\ntelemetry: { access-log: \"x ${urlpath}\" }\n");
        (await shell.RunAsync("check")).ShouldBe(1);
        shell.Error.ShouldContain(":6:31: bad-log-format: there is no field 'urlpath' (did you mean 'url.path'?)");
    }

    [Fact]
    public async Task WithoutAFileNothingCanBeChecked()
    {
        using var shell = new Shell();
        (await shell.RunAsync("check", "-c", "none.yaml")).ShouldBe(2);
        shell.Error.ShouldBe("none.yaml: no-config: there is no such file or folder\n");
    }

    [Fact]
    public async Task CheckSaysTheSameInJson()
    {
        using var shell = new Shell();
        shell.Write("weir.yaml", Good + "\nrouts: {}\n");
        (await shell.RunAsync("check", "--json")).ShouldBe(1);
        using var json = JsonDocument.Parse(shell.Output);
        json.RootElement.GetProperty("valid").GetBoolean().ShouldBeFalse();
        var first = json.RootElement.GetProperty("diagnostics")[0];
        (first.GetProperty("line").GetInt32(), first.GetProperty("column").GetInt32()).ShouldBe((6, 1));
        first.GetProperty("hint").GetString().ShouldBe("did you mean 'routes'?");
        shell.Error.ShouldBeEmpty();
    }

    [Fact]
    public async Task PrintHidesSecretsAndCanBeReadAgain()
    {
        using var shell = new Shell();
        shell.Write("weir.yaml", Good + "\nadmin: { address: \"127.0.0.1:0\", token: sesame }\n");
        (await shell.RunAsync("print")).ShouldBe(0);
        shell.Output.ShouldNotContain("sesame");
        shell.Output.ShouldContain("shutdown-timeout: 30s");
        shell.Write("printed.yaml", shell.Output);
        (await shell.RunAsync("check", "-c", "printed.yaml")).ShouldBe(0, shell.Error);
        (await shell.RunAsync("print", "--json")).ShouldBe(0);
        JsonDocument.Parse(shell.Output).Dispose();
    }

    [Fact]
    public async Task FormatChangesTheFileAndCheckOnlyNamesIt()
    {
        using var shell = new Shell();
        shell.Write("weir.yaml", "version:   1 # one\nroutes:   {}\n");
        (await shell.RunAsync("fmt", "--check")).ShouldBe(1);
        shell.Output.ShouldBe("weir.yaml\n");
        shell.Read("weir.yaml").ShouldContain("version:   1");
        (await shell.RunAsync("fmt")).ShouldBe(0);
        shell.Read("weir.yaml").ShouldContain("version: 1 # one");
        (await shell.RunAsync("fmt", "--check", "weir.yaml")).ShouldBe(0);
        (await shell.RunAsync("fmt", "none.yaml")).ShouldBe(2);
        shell.Error.ShouldBe("none.yaml: cannot-format: there is no such file\n");
        Directory.CreateDirectory(Path.Combine(shell.Folder, "conf.d"));
        (await shell.RunAsync("fmt", "conf.d/")).ShouldBe(2);
        shell.Error.ShouldBe("conf.d/: cannot-format: is a folder (name its files: conf.d/*.yaml)\n");
    }

    [Fact]
    public async Task RoutesAreListedInTheOrderOfTheFile()
    {
        using var shell = new Shell();
        shell.Write("weir.yaml", Good + "\n  other: { match: { host: a.example, methods: [GET, POST] }, redirect: \"https://b.example/\" }\n");
        (await shell.RunAsync("routes")).ShouldBe(0);
        var lines = shell.Output.TrimEnd().Split('\n');
        lines.Length.ShouldBe(3);
        lines[1].ShouldMatch(@"^hello\s+\*\s+/hello\s+\*\s+respond 200\s+web$");
        lines[2].ShouldMatch(@"^other\s+a\.example\s+\*\s+GET, POST\s+redirect 308 https://b\.example/\s+web$");
        (await shell.RunAsync("routes", "--json")).ShouldBe(0);
        using var json = JsonDocument.Parse(shell.Output);
        json.RootElement[0].GetProperty("name").GetString().ShouldBe("hello");
    }

    [Fact]
    public async Task TheSchemaIsJson()
    {
        using var shell = new Shell();
        (await shell.RunAsync("schema")).ShouldBe(0);
        using var json = JsonDocument.Parse(shell.Output);
        json.RootElement.GetProperty("properties").TryGetProperty("listeners", out _).ShouldBeTrue();
    }

    [Theory]
    [InlineData("status")]
    [InlineData("reload")]
    [InlineData("drain --all")]
    public async Task WithoutARunningWeirThereIsNobodyToTalkTo(string command)
    {
        using var shell = new Shell();
        (await shell.RunAsync([.. command.Split(' '), "--socket", "none.sock"])).ShouldBe(2);
        shell.Error.ShouldContain("none.sock: no-control: there is no such socket (is weir running, and as the same user?)");
        (await shell.RunAsync([.. command.Split(' '), "-c", "none.yaml"])).ShouldBe(2);
        shell.Error.ShouldBe("none.yaml: no-config: there is no such file or folder\n");
    }

    [Theory]
    [InlineData("status")]
    [InlineData("drain 10.0.0.1:80")]
    public async Task AFileThatCannotBeReadIsTheReasonWhyNobodyIsFound(string command)
    {
        using var shell = new Shell();
        shell.Environment["RUNTIME_DIRECTORY"] = shell.Folder;
        var path = shell.Write("weir.yaml", "version: 1\nroutes: {\n");
        (await shell.RunAsync([.. command.Split(' '), "-c", "weir.yaml"])).ShouldBe(2);
        var lines = shell.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        lines[0].ShouldMatch(@"weir\.yaml:\d+:\d+: ");
        lines[1].ShouldBe($"{path}: no-control: the file cannot be read, so that its control socket and state folder are not known (name the socket with --socket)");
        lines[2].ShouldStartWith($"{shell.Folder}/control.sock: no-control: there is no such socket");
    }

    [Fact]
    public async Task RoutesAndPrintGoByWhatIsChangedAtRunTime()
    {
        using var shell = new Shell();
        shell.Environment["STATE_DIRECTORY"] = shell.Folder;
        shell.Write("weir.yaml", Good + "\n  shop: { split: { arms: { one: { weight: 9, forward: c }, two: { weight: 1, forward: c } } } }\nclusters: { c: { endpoints: [\"http://127.0.0.1:1\"] } }\n");
        shell.Write("overlay.json", """
            { "splits": { "shop": { "weights": { "two": 3 }, "since": "2026-05-01T12:00:00Z" } }, "maintenance": { "hello": { "on": true, "since": "2026-05-01T12:00:00Z" } } }
            """);
        (await shell.RunAsync("routes")).ShouldBe(0, shell.Error);
        shell.Output.ShouldContain("  respond 200 (maintenance)  ");
        shell.Output.ShouldContain("  split one=9 c, two=3 c  ");
        shell.Output.ShouldContain("\nchanged at run time: split shop two=3, since 2026-05-01 12:00:00Z\nchanged at run time: maintenance hello on, since 2026-05-01 12:00:00Z\n");
        (await shell.RunAsync("routes", "--json")).ShouldBe(0);
        using var json = JsonDocument.Parse(shell.Output);
        json.RootElement[0].GetProperty("maintenance").GetBoolean().ShouldBeTrue();
        json.RootElement[1].GetProperty("changes")[0].GetProperty("value").GetString().ShouldBe("two=3");
        (await shell.RunAsync("print")).ShouldBe(0);
        shell.Output.ShouldContain($"\n# state: auto is {shell.Folder}\n");
    }

    [Fact]
    public void TheExampleIsValidAsItStands()
    {
        var load = Weir.Running.ConfigFile.Load(Path.Combine(Repository.Root, "examples/quickstart/weir.yaml"), static _ => null);
        load.Diagnostics.ShouldBeEmpty();
        Repository.Read("examples/quickstart/weir.yaml").ShouldStartWith("# yaml-language-server: $schema=");
    }
}
