using System.Net;
using System.Net.Sockets;
using System.Text;
using Weir.Scenarios.Fixture;

namespace Weir.Scenarios;

public class RunTests
{
    private const string Hello = """
        version: 1
        workers: 2
        listeners:
          web: { address: "127.0.0.1:0" }
        routes:
          hello: { match: { path: / }, respond: { body: one } }
        telemetry: { access-log: off }
        """;

    [Fact]
    public async Task ItServesTheConfigurationAndStopsOnTerm()
    {
        await using var weir = await WeirProcess.StartAsync(Hello);
        (await weir.GetTextAsync("/")).ShouldBe("one");
        weir.Signal(WeirProcess.SigTerm);
        (await weir.WaitForExitAsync()).ShouldBe(0, string.Join("\n", weir.Errors));
        weir.Errors.ShouldContain(static l => l.EndsWith(" drained"));
        weir.Errors[^1].ShouldEndWith("stopped");
        File.Exists(weir.ControlSocket).ShouldBeFalse();
    }

    [Fact]
    public async Task IntStopsAtOnce()
    {
        await using var weir = await WeirProcess.StartAsync(Hello);
        weir.Signal(WeirProcess.SigInt);
        (await weir.WaitForExitAsync()).ShouldBe(0, string.Join("\n", weir.Errors));
        weir.Errors.ShouldNotContain(static l => l.Contains("draining"));
    }

    [Theory]
    [InlineData("schema", ">/dev/full")]
    [InlineData("schema", ">&-")]
    [InlineData("bogus", "2>/dev/full")]
    [InlineData("bogus", "2>&-")]
    public async Task OutputThatCannotBeWrittenIsAnErrorAndNoCrash(string command, string redirection)
    {
        await using var weir = WeirProcess.CommandInShell($"exec \"$@\" {redirection}", command);
        (await weir.WaitForExitAsync()).ShouldBe(2, string.Join("\n", weir.Errors));
        if (command == "schema") weir.Errors.ShouldHaveSingleItem().ShouldStartWith("weir: cannot-write: standard output: ");
    }

    [Fact]
    public async Task ABadConfigurationIsSaidLineByLineAndNothingStarts()
    {
        await using var weir = WeirProcess.Launch("version: 1\nlisteners:\n  web: { adress: \"127.0.0.1:0\" }\nroutess: {}\n");
        (await weir.WaitForExitAsync()).ShouldBe(1);
        weir.Errors.ShouldContain(static l => l.StartsWith("weir.yaml:3:"));
        weir.Errors.ShouldContain(static l => l.StartsWith("weir.yaml:4:1: ") && l.EndsWith("(did you mean 'routes'?)"));
        weir.Output.ShouldBeEmpty();
    }

    [Fact]
    public async Task ASecondInstanceOnAnAddressIsAClearError()
    {
        await using var first = await WeirProcess.StartAsync(Hello);
        var taken = Hello.Replace("127.0.0.1:0", $"127.0.0.1:{first.Port()}");
        await using var second = WeirProcess.Launch(taken);
        (await second.WaitForExitAsync()).ShouldBe(1);
        second.Errors.ShouldContain(static l => l.Contains("weir.yaml:4:19: cannot-listen: ") && l.Contains("another Weir"));
        second.Errors.ShouldNotContain(static l => l.Contains("listening"));
        (await first.GetTextAsync("/")).ShouldBe("one");
    }

    [Fact]
    public async Task AControlSocketThatIsInUseIsAClearError()
    {
        await using var first = await WeirProcess.StartAsync(Hello);
        await using var second = WeirProcess.Launch(Hello + $"\ncontrol: {{ socket: \"{first.ControlSocket}\" }}\n");
        (await second.WaitForExitAsync()).ShouldBe(1);
        second.Errors.ShouldContain(static l => l.Contains("cannot-listen"));
        File.Exists(first.ControlSocket).ShouldBeTrue();
    }

    [Fact]
    public async Task AnExchangeInFlightMayEndWhileItDrains()
    {
        using var origin = new SlowOrigin();
        await using var weir = await WeirProcess.StartAsync(Forwarding(origin.Port) + "\nshutdown-timeout: 20s\n");
        var answer = weir.GetAsync("/slow");
        await origin.Asked;
        weir.Signal(WeirProcess.SigQuit);
        await weir.WaitForErrorAsync("draining");
        answer.IsCompleted.ShouldBeFalse();
        origin.Answer();
        (await (await answer).Content.ReadAsStringAsync()).ShouldBe("done");
        (await weir.WaitForExitAsync()).ShouldBe(0, string.Join("\n", weir.Errors));
        weir.Errors.ShouldContain(static l => l.EndsWith(" drained"));
    }

    [Fact]
    public async Task ASecondTermEndsADrain()
    {
        using var origin = new SlowOrigin();
        await using var weir = await WeirProcess.StartAsync(Forwarding(origin.Port) + "\nshutdown-timeout: 60s\n");
        var answer = weir.GetAsync("/slow");
        await origin.Asked;
        weir.Signal(WeirProcess.SigTerm);
        await weir.WaitForErrorAsync("draining");
        weir.Signal(WeirProcess.SigTerm);
        (await weir.WaitForExitAsync()).ShouldBe(0, string.Join("\n", weir.Errors));
        await Should.ThrowAsync<HttpRequestException>(answer);
    }

    [Fact]
    public async Task ADrainIsOverAfterItsTime()
    {
        using var origin = new SlowOrigin();
        await using var weir = await WeirProcess.StartAsync(Forwarding(origin.Port) + "\nshutdown-timeout: 200ms\n");
        var answer = weir.GetAsync("/slow");
        await origin.Asked;
        weir.Signal(WeirProcess.SigTerm);
        (await weir.WaitForExitAsync()).ShouldBe(0, string.Join("\n", weir.Errors));
        weir.Errors.ShouldContain(static l => l.Contains("not drained in time: 1 connections are cut"));
        var cut = await answer;
        ((int)cut.StatusCode).ShouldBe(503);
        (await cut.Content.ReadAsStringAsync()).ShouldContain("shutting-down");
    }

    [Fact]
    public async Task SystemdHearsOfStartReloadAndStop()
    {
        var path = Path.Combine(Path.GetTempPath(), "weir-notify-" + Guid.NewGuid().ToString("N"));
        using var supervisor = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { ReceiveTimeout = 20_000 };
        supervisor.Bind(new UnixDomainSocketEndPoint(path));
        try
        {
            await using var weir = await WeirProcess.StartAsync(Hello, new Dictionary<string, string> { ["NOTIFY_SOCKET"] = path });
            Receive(supervisor).ShouldStartWith("READY=1");
            weir.Signal(WeirProcess.SigHup);
            Receive(supervisor).ShouldStartWith("RELOADING=1\nMONOTONIC_USEC=");
            Receive(supervisor).ShouldStartWith("READY=1");
            weir.Signal(WeirProcess.SigTerm);
            Receive(supervisor).ShouldStartWith("STOPPING=1");
            (await weir.WaitForExitAsync()).ShouldBe(0, string.Join("\n", weir.Errors));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task TheUpgradeSignalIsKeptAndDoesNothing()
    {
        await using var weir = await WeirProcess.StartAsync(Hello);
        weir.Signal(WeirProcess.SigUsr2);
        await weir.WaitForErrorAsync("SIGUSR2");
        (await weir.GetAsync("/")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    private static string Forwarding(int port) => $$"""
        version: 1
        workers: 1
        listeners:
          web: { address: "127.0.0.1:0" }
        routes:
          slow: { match: { path: /slow }, forward: slow }
        clusters:
          slow: { endpoints: ["http://127.0.0.1:{{port}}"] }
        telemetry: { access-log: off }
        """;

    private static string Receive(Socket socket)
    {
        var buffer = new byte[1024];
        return Encoding.UTF8.GetString(buffer, 0, socket.Receive(buffer));
    }

    /// <summary>Answers one request when it is told to.</summary>
    private sealed class SlowOrigin : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly TaskCompletionSource _asked = new(), _answer = new();

        public SlowOrigin()
        {
            _listener.Start();
            _ = ServeAsync();
        }

        public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        public Task Asked => _asked.Task.WaitAsync(TimeSpan.FromSeconds(30));

        public void Answer() => _answer.SetResult();

        public void Dispose() => _listener.Dispose();

        private async Task ServeAsync()
        {
            using var client = await _listener.AcceptTcpClientAsync();
            var stream = client.GetStream();
            _ = await stream.ReadAsync(new byte[4096]);
            _asked.SetResult();
            await _answer.Task;
            await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone"u8.ToArray());
        }
    }
}
