using System.Text.Json;
using Weir.Scenarios.Fixture;
using Weir.Scenarios.Tls;

namespace Weir.Scenarios.Soak;

/// <summary>What testssl.sh finds against the default profile: nothing above "low". docs/tls.md has its summary.</summary>
public class TestsslTests
{
    [SoakFact]
    public async Task It_finds_nothing_above_low()
    {
        using var authority = await Authority.MakeAsync();
        await authority.IssueAsync("localhost", "-days 89");
        await using var weir = await WeirProcess.StartAsync($$"""
            version: 1
            listeners:
              secure: { address: "127.0.0.1:0", tls: { certificates: [{ cert: "{{authority.Folder}}/localhost.pem", key: "{{authority.Folder}}/localhost.key" }] } }
            defaults: { policies: [security-headers] }
            routes: { all: { respond: { body: hello } } }
            telemetry: { access-log: off }
            """);
        await Shell.RunAsync(authority.Folder, $"timeout 590 testssl --quiet --color 0 --add-ca ca.pem --warnings batch --nodns min --ip 127.0.0.1 --jsonfile found.json localhost:{weir.Port("secure")}", mayFail: true, TimeSpan.FromMinutes(10));
        using var report = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(authority.Folder, "found.json")));
        var findings = report.RootElement.EnumerateArray().Select(static f => (Id: f.GetProperty("id").GetString()!, Severity: f.GetProperty("severity").GetString(), Finding: f.GetProperty("finding").GetString())).ToList();
        findings.Count.ShouldBeGreaterThan(100);
        // The test's certificate is none that anybody would issue: what is said of it is not said of Weir.
        findings.Where(static f => !f.Id.StartsWith("cert", StringComparison.Ordinal) && (f.Severity is "MEDIUM" or "HIGH" or "CRITICAL" or "FATAL")).ShouldBeEmpty();
    }
}
