using Weir.Config.Formatting;
using Weir.Config.Tests.Formatting;

namespace Weir.Config.Tests;

public sealed class BrokenInputTests
{
    private const string Document = """
        version: 1
        workers: ${N:-2}
        listeners: { web: ":0", lan: { address: "127.0.0.1:1", routes: [r], limits: { header: 16KiB } } }
        admin: { address: "127.0.0.1:2", token: { env: HOME } }
        policies: { p: { sample: { limit: 5/s, set: { A: "${x}" }, rules: [{ pattern: a }] }, when: "a", mode: shadow } }
        routes:
          r: &r
            match: { host: [a, b], path: "~ ^/x$", headers: { X: { present: true } } }
            policies: [p, { sample: 1/min }]
            forward: { cluster: c }
            timeouts: { total: 1m30s }
          s: { respond: { status: 204, body: "x" } }
        clusters:
          c:
            endpoints: ["http://a:1", { url: "unix:/x", weight: 0 }]
            retry: 1
        """;

    /// <summary>Whatever is in a file, it is a list of problems with places, never an exception, and never without end.</summary>
    [Fact]
    public void ReaderAndFormatterNeverThrow()
    {
        const string Signs = "{}[]:,-#&*!|>'\"%@`?~$\\ \n\t0aé\u0001<";
        var random = new Random(11);
        for (var i = 0; i < 3000; i++)
        {
            var text = Document.ToCharArray().ToList();
            for (var n = random.Next(1, 6); n > 0; n--)
            {
                var at = random.Next(text.Count);
                if (random.Next(3) == 0) text.RemoveRange(at, Math.Min(random.Next(1, 20), text.Count - at));
                else text.Insert(at, Signs[random.Next(Signs.Length)]);
            }

            var broken = new string([.. text]);
            var load = Read.Text(broken);
            if (!load.IsValid) load.Diagnostics.ShouldContain(d => d.IsError && d.Line > 0, broken);
            YamlFormatter.Format(broken).Text.ShouldNotBeNull();
        }
    }

    [Fact]
    public void DocumentOfAnotherKindIsRefusedNotThrown()
    {
        for (var seed = 0; seed < 300; seed++) Read.Text(RandomYaml.Make(seed)).IsValid.ShouldBeFalse();
    }
}
