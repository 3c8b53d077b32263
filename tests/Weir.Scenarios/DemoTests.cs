using System.Text.RegularExpressions;
using Weir.Scenarios.Fixture;

namespace Weir.Scenarios;

public class DemoTests
{
    [Fact]
    public async Task TheDemoPrintsARequestThatWorks()
    {
        await using var weir = WeirProcess.Command("demo");
        var line = await weir.WaitForOutputAsync("curl -i ");
        var url = Regex.Match(line, @"http://\S+").Value;
        (await weir.Client.GetStringAsync(new Uri(url))).ShouldContain("\"path\":\"/orders/42\"");
        weir.Signal(WeirProcess.SigInt);
        (await weir.WaitForExitAsync()).ShouldBe(0);
    }
}
