using Weir.Running;

namespace Weir.Tests.Running;

public class EndpointOverlayTests
{
    private static readonly OverlayEndpoint Drained = new("shop", "http://10.0.0.1:80", true, null, new DateTimeOffset(2026, 11, 20, 10, 0, 0, TimeSpan.Zero));

    [Fact]
    public void WhatIsSavedIsThereAgain()
    {
        using var folder = new TemporaryFolder();
        var overlay = new EndpointOverlay(folder["state"]);
        overlay.Load().ShouldBeNull();
        overlay.Endpoints.ShouldBeEmpty();
        overlay.Save([Drained, Drained with { Cluster = "other", Drains = false, Weight = 0 }]);

        var again = new EndpointOverlay(folder["state"]);
        again.Load().ShouldBeNull();
        again.Endpoints.ShouldBe(overlay.Endpoints);
        again.Endpoints.Select(static e => e.ToString()).ShouldBe(["http://10.0.0.1:80 of shop: drains since 2026-11-20T10:00:00Z", "http://10.0.0.1:80 of other: weight 0 since 2026-11-20T10:00:00Z"]);
        File.GetUnixFileMode(again.Path).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Directory.GetFiles(folder["state"]).ShouldBe([again.Path]);
    }

    [Fact]
    public void WhatMakesNoSenseIsLeftOut()
    {
        using var folder = new TemporaryFolder();
        folder.Write("overlay-endpoints.json", """
            { "endpoints": [null, { "cluster": "a" }, { "cluster": "a", "endpoint": "e", "weight": 1001 }, { "cluster": "a", "endpoint": "e", "weight": -1 },
              { "cluster": "a", "endpoint": "e", "weight": 3 }, { "cluster": "a", "endpoint": "e", "drains": true }, { "cluster": "b", "endpoint": "e" }] }
            """);
        var overlay = new EndpointOverlay(folder[""]);
        overlay.Load().ShouldBe("some of its entries make no sense, and are left out");
        overlay.Endpoints.ShouldBe([new OverlayEndpoint("a", "e", false, 3, default)]);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("")]
    public void ADamagedFileIsSaidAndCountsAsEmpty(string text)
    {
        using var folder = new TemporaryFolder();
        folder.Write("overlay-endpoints.json", text);
        var overlay = new EndpointOverlay(folder[""]);
        overlay.Load().ShouldNotBeNull();
        overlay.Endpoints.ShouldBeEmpty();
    }

    [Fact]
    public void WhatCannotBeKeptIsNotTaken()
    {
        using var folder = new TemporaryFolder();
        folder.Write("state", "a file in its way");
        var overlay = new EndpointOverlay(folder["state"]);
        Should.Throw<IOException>(() => overlay.Save([Drained]));
        overlay.Endpoints.ShouldBeEmpty();
    }
}
