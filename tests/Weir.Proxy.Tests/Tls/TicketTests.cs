using System.Security.Cryptography;
using Weir.Proxy.Tests.Fixture;
using Weir.Reactor.Tls;

namespace Weir.Proxy.Tests.Tls;

/// <summary>Whose sessions are resumed by whom.</summary>
public sealed class TicketTests : IDisposable
{
    private readonly Certificates _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData("-tls1_3")]
    [InlineData("-tls1_2")]
    public async Task Instances_with_the_same_keys_resume_each_others_sessions(string version)
    {
        var (first, second) = (Key("first"), Key("second"));
        var session = _files.PathOf("session");
        var certificate = _files.Make("one", ["one.test"]);
        await using var a = await TestGateway.StartAsync(Yaml(certificate, $"keys: \"{first}\""));
        await using var b = await TestGateway.StartAsync(Yaml(certificate, $"keys: [\"{second}\", \"{first}\"]"));
        await using var alone = await TestGateway.StartAsync(Yaml(certificate, ""));
        (await OpenSsl.ConnectAsync(a, $"{version} -servername one.test -sess_out {session}")).ShouldContain("New, TLS");
        (await OpenSsl.ConnectAsync(alone, $"{version} -servername one.test -sess_in {session}")).ShouldContain("New, TLS");
        (await OpenSsl.ConnectAsync(b, $"{version} -servername one.test -sess_in {session} -sess_out {session}2")).ShouldContain("Reused, TLS");
        if (version == "-tls1_2") return;
        // It was sealed anew with the first key of who resumed it, which the other does not have yet. (Of 1.2 the client keeps no such ticket.)
        (await OpenSsl.ConnectAsync(a, $"{version} -servername one.test -sess_in {session}2")).ShouldContain("New, TLS");
        (await a.ApplyAsync(Yaml(certificate, $"keys: [\"{second}\", \"{first}\"]"))).IsApplied.ShouldBeTrue();
        (await OpenSsl.ConnectAsync(a, $"{version} -servername one.test -sess_in {session}2")).ShouldContain("Reused, TLS");
        (await OpenSsl.ConnectAsync(a, $"{version} -servername one.test -sess_in {session}")).ShouldContain("Reused, TLS");
    }

    [Fact]
    public async Task A_ticket_outlives_one_change_of_keys_and_not_two()
    {
        var session = _files.PathOf("session");
        await using var gateway = await TestGateway.StartAsync(Yaml(_files.Make("one", ["one.test"]), ""));
        (await OpenSsl.ConnectAsync(gateway, $"-servername one.test -sess_out {session}")).ShouldContain("New, TLS");
        gateway.Gateway.Store.RotateTickets();
        (await OpenSsl.ConnectAsync(gateway, $"-servername one.test -sess_in {session}")).ShouldContain("Reused, TLS");
        gateway.Gateway.Store.RotateTickets();
        (await OpenSsl.ConnectAsync(gateway, $"-servername one.test -sess_in {session}")).ShouldContain("New, TLS");
    }

    [Fact]
    public async Task A_key_of_another_length_is_refused()
    {
        var certificate = _files.Make("one", ["one.test"]);
        await using var gateway = await TestGateway.StartAsync(Yaml(certificate, ""));
        File.WriteAllBytes(_files.PathOf("short"), new byte[48]);
        var result = await gateway.ApplyAsync(Yaml(certificate, $"keys: \"{_files.PathOf("short")}\""));
        result.IsApplied.ShouldBeFalse();
        result.Diagnostics.ShouldContain(static d => d.Text.Contains("bad-ticket-key") && d.Text.Contains("48 bytes"));
    }

    private string Key(string name)
    {
        File.WriteAllBytes(_files.PathOf(name), RandomNumberGenerator.GetBytes(TicketKeys.KeyLength));
        return _files.PathOf(name);
    }

    private static string Yaml(string certificate, string tickets) => $$"""
        version: 1
        listeners: { web: { address: "127.0.0.1:0", tls: { certificates: [{{certificate}}], tickets: { {{tickets}} } } } }
        routes: { all: { respond: { body: "hello" } } }
        """;
}
