using System.Net.Sockets;
using Weir.Control;

namespace Weir.Tests.Control;

public class ControlTests
{
    [Theory]
    [InlineData("Bearer sesame", true)]
    [InlineData("bearer sesame", true)]
    [InlineData("Bearer sesam", false)]
    [InlineData("Bearer sesame2", false)]
    [InlineData("Basic sesame", false)]
    [InlineData("sesame", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void OnlyTheWholeTokenOpens(string? authorization, bool opens) => BearerToken.IsRight(authorization, "sesame").ShouldBe(opens);

    [Fact]
    public void AnEmptyTokenOpensNothing() => BearerToken.IsRight("Bearer ", "").ShouldBeFalse();

    [Theory]
    [InlineData("off", null, null)]
    [InlineData("/run/x.sock", null, "/run/x.sock")]
    [InlineData("auto", "/run/weir", "/run/weir/control.sock")]
    public void TheSocketIsWhereTheConfigurationSays(string configured, string? runtime, string? path)
        => ControlPath.Of(configured, name => name == "RUNTIME_DIRECTORY" ? runtime : null).ShouldBe(path);

    [Fact]
    public void JsonIsForPeopleToo()
        => Weir.Output.JsonText.Of(new ProblemView("It's <here>.", 404, "§ \"x\""), ControlJson.Default.ProblemView)
            .ShouldBe("""
                {
                  "title": "It's <here>.",
                  "status": 404,
                  "detail": "§ \"x\""
                }
                """.Replace("§ \"x\"", "§ \\\"x\\\"", StringComparison.Ordinal));

    [Fact]
    public void TheSocketIsForItsOwnerOnly()
    {
        using var folder = new TemporaryFolder();
        using var socket = AdminSocket.Control(folder["deep/control.sock"]);
        File.GetUnixFileMode(folder["deep/control.sock"]).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.GetUnixFileMode(folder["deep"]).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    [Fact]
    public void ASocketThatNobodyAnswersOnIsReplaced()
    {
        using var folder = new TemporaryFolder();
        using (var left = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            left.Bind(new UnixDomainSocketEndPoint(folder["c"]));
            left.Listen();
        }

        // The runtime removes the file of a socket that it closes; a process that dies does not.
        if (!File.Exists(folder["c"])) Left(folder["c"]);
        using var socket = AdminSocket.Control(folder["c"]);
    }

    [Fact]
    public void ASocketThatAnswersIsInUse()
    {
        using var folder = new TemporaryFolder();
        using var first = AdminSocket.Control(folder["c"]);
        Should.Throw<SocketException>(() => AdminSocket.Control(folder["c"])).SocketErrorCode.ShouldBe(SocketError.AddressAlreadyInUse);
        File.Exists(folder["c"]).ShouldBeTrue();
    }

    [Fact]
    public void AFileThatIsNoSocketIsNotTouched()
    {
        using var folder = new TemporaryFolder();
        folder.Write("c", "mine");
        Should.Throw<SocketException>(() => AdminSocket.Control(folder["c"]));
        File.ReadAllText(folder["c"]).ShouldBe("mine");
    }

    private static void Left(string path)
    {
        using var process = System.Diagnostics.Process.Start("python3", ["-c", $"import socket; s=socket.socket(socket.AF_UNIX); s.bind('{path}')"]);
        process.WaitForExit();
    }
}
