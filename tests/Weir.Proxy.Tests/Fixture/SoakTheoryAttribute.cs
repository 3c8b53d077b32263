namespace Weir.Proxy.Tests.Fixture;

/// <summary>Takes longer than a check may: run by <c>make soak</c>, which sets WEIR_SOAK.</summary>
public sealed class SoakTheoryAttribute : TheoryAttribute
{
    public SoakTheoryAttribute()
    {
        if (Environment.GetEnvironmentVariable("WEIR_SOAK") is null) Skip = "takes minutes: make soak";
    }
}
