using System.Net.Sockets;
using System.Text;
using Weir.Running;

namespace Weir.Tests.Running;

public class SystemdNotifyTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void TheSupervisorHearsEachStep(bool isAbstract)
    {
        using var folder = new TemporaryFolder();
        var name = isAbstract ? "@weir-test-" + Guid.NewGuid().ToString("N") : folder["notify"];
        using var supervisor = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { ReceiveTimeout = 5000 };
        supervisor.Bind(new UnixDomainSocketEndPoint(isAbstract ? "\0" + name[1..] : name));
        var notify = new SystemdNotify(name);

        notify.Ready("ready");
        Receive(supervisor).ShouldContain("READY=1\nSTATUS=ready");
        notify.Reloading();
        Receive(supervisor).ShouldMatch("^RELOADING=1\nMONOTONIC_USEC=[0-9]+$");
        notify.Stopping("draining");
        Receive(supervisor).ShouldStartWith("STOPPING=1");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("/nowhere/at/all")]
    [InlineData("vsock:2:1")]
    public void WithoutASupervisorNothingHappens(string? socket) => new SystemdNotify(socket).Ready("ready");

    [Fact]
    public void PhasesOnlyGoOn()
    {
        var life = new Lifecycle(TimeProvider.System);
        life.TryEnter(Phase.Draining).ShouldBeTrue();
        life.TryEnter(Phase.Ready).ShouldBeFalse();
        life.Phase.ShouldBe(Phase.Draining);
    }

    private static string Receive(Socket socket)
    {
        var buffer = new byte[1024];
        return Encoding.UTF8.GetString(buffer, 0, socket.Receive(buffer));
    }
}
