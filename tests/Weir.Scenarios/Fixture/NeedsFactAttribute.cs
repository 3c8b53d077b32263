namespace Weir.Scenarios.Fixture;

/// <summary>A test that talks to another program; skipped where that is not installed.</summary>
internal sealed class NeedsFactAttribute : FactAttribute
{
    public NeedsFactAttribute(params string[] programs)
    {
        var missing = programs.Where(static p => ForeignProgram.Find(p) is null).ToList();
        if (missing.Count > 0) Skip = $"not installed: {string.Join(", ", missing)}";
    }
}
