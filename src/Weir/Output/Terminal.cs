using System.Text;

namespace Weir.Output;

/// <summary>Where a command writes, and what it knows of its surroundings; a test gives its own.</summary>
internal sealed class Terminal(TextWriter output, TextWriter error) : IDisposable
{
    public TextWriter Output => output;

    public TextWriter Error => error;

    /// <summary>People read the output as it comes; else it goes to a file or a program.</summary>
    public bool IsInteractive { get; init; }

    public bool HasColours { get; init; }

    public int Width { get; init; } = 100;

    public Func<string, string?> Environment { get; init; } = static _ => null;

    /// <summary>What relative paths start at.</summary>
    public string Folder { get; init; } = ".";

    public static Terminal OfProcess()
    {
        var interactive = !Console.IsOutputRedirected;
        Func<string, string?> environment = System.Environment.GetEnvironmentVariable;
        var standard = new StandardStream(Console.OpenStandardOutput());
        return new Terminal(Open(standard), Open(new StandardStream(Console.OpenStandardError())))
        {
            Standard = standard,
            IsInteractive = interactive,
            HasColours = interactive && string.IsNullOrEmpty(environment("NO_COLOR")) && environment("TERM") != "dumb",
            Width = interactive ? Math.Clamp(Console.WindowWidth, 40, 200) : 100,
            Environment = environment,
        };
    }

    private StandardStream? Standard { get; init; }

    /// <summary>Why something that was asked for could not be written; null when all was.</summary>
    public string? Lost()
    {
        output.Flush();
        return Standard?.Failure;
    }

    /// <summary>One line on standard error, at once.</summary>
    public void Complain(string line)
    {
        output.Flush();
        error.WriteLine(line);
        error.Flush();
    }

    public string Bold(string text) => Styled(text, "1");

    public string Dim(string text) => Styled(text, "2");

    public string Good(string text) => Styled(text, "32");

    public string Bad(string text) => Styled(text, "31");

    public void Dispose()
    {
        output.Flush();
        error.Flush();
    }

    private string Styled(string text, string code) => HasColours ? $"\e[{code}m{text}\e[0m" : text;

    private static StreamWriter Open(Stream stream) => new(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), 4096) { NewLine = "\n" };
}
