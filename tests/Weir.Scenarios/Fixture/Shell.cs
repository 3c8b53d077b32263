using System.Diagnostics;

namespace Weir.Scenarios.Fixture;

/// <summary>Programs as an operator runs them.</summary>
internal static class Shell
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Runs a script of the shell in a folder to its end. What it wrote, both ways; a code other than 0 is a failure unless it is asked for.</summary>
    public static async Task<string> RunAsync(string folder, string script, bool mayFail = false, TimeSpan? patience = null)
    {
        using var process = Process.Start(new ProcessStartInfo("bash", ["-c", script]) { WorkingDirectory = folder, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
        process.StandardInput.Close();
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        using var limit = new CancellationTokenSource(patience ?? Patience);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        var said = await output + await errors;
        if (!mayFail) process.ExitCode.ShouldBe(0, said);
        return said;
    }

    /// <summary>Starts a program that runs until it is killed; each line that it writes is heard.</summary>
    public static Process Start(string folder, Action<string> heard, string program, params string[] args)
    {
        var process = Process.Start(new ProcessStartInfo(program, args) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true })!;
        process.OutputDataReceived += (_, line) => heard(line.Data ?? "");
        process.ErrorDataReceived += (_, line) => heard(line.Data ?? "");
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }
}
