using Weir.Commands;
using Weir.Output;

namespace Weir.Tests.Commands;

/// <summary>Runs a command line inside the test, in a folder of its own.</summary>
internal sealed class Shell : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public string Output { get; private set; } = "";

    public string Error { get; private set; } = "";

    public Dictionary<string, string> Environment { get; } = [];

    public string Folder => _folder.Path;

    public string Write(string name, string text) => _folder.Write(name, text);

    public string Read(string name) => File.ReadAllText(_folder[name]);

    public async Task<int> RunAsync(params string[] args)
    {
        var (output, error) = (new StringWriter { NewLine = "\n" }, new StringWriter { NewLine = "\n" });
        using var terminal = new Terminal(output, error) { Folder = _folder.Path, Environment = name => Environment.GetValueOrDefault(name) };
        var code = await CommandLine.RunAsync(args, terminal);
        (Output, Error) = (output.ToString(), error.ToString());
        return code;
    }

    public void Dispose() => _folder.Dispose();
}
