using Weir.Demo;

namespace Weir.Scenarios.Fixture;

/// <summary>Origins for scenarios that are not about origins.</summary>
internal static class Origin
{
    public static DemoOrigin Start(string name = "one") => new(name, 0);
}
