namespace Weir.Scenarios.Fixture;

/// <summary>A test that needs another program; skipped where it is not installed.</summary>
internal sealed class ProgramFactAttribute : FactAttribute
{
    public ProgramFactAttribute(string program)
    {
        if (!(Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, program)))) Skip = $"{program} is not installed: scripts/install-test-deps.sh";
    }
}
