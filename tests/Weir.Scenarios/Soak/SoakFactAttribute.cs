namespace Weir.Scenarios.Soak;

/// <summary>Takes longer than a check may: run by <c>make soak</c>, which sets WEIR_SOAK.</summary>
public sealed class SoakFactAttribute : FactAttribute
{
    public SoakFactAttribute()
    {
        if (Environment.GetEnvironmentVariable("WEIR_SOAK") is null) Skip = "takes minutes: make soak";
    }
}
