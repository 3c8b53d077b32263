using System.CommandLine;
using Weir.Certificates.Local;
using Weir.Output;
using Weir.Running;

namespace Weir.Commands;

/// <summary><c>weir trust</c>: the root of Weir's own authority, to be trusted by browsers and other clients.</summary>
internal static class TrustCommand
{
    public static Command Make(Terminal terminal)
    {
        var config = ConfigOption.Make();
        var command = new Command("trust", "Print the root certificate of Weir's own authority (tls: internal), and how clients come to trust it.") { config };
        command.SetAction(parsed => Run(terminal, parsed.GetValue(config)));
        return command;
    }

    private static int Run(Terminal terminal, string? given)
    {
        if (ConfigOption.Find(given, terminal) is not { } path) return ExitCodes.CannotRun;
        var load = ConfigFile.Load(path, terminal.Environment);
        var authority = new LocalAuthority(StatePath.Of(load.Config?.State ?? "auto", terminal.Environment), TimeProvider.System);
        try
        {
            if (authority.ReadRoot() is { } root)
            {
                terminal.Output.Write(root);
                terminal.Output.Flush();
                terminal.Error.WriteLine($"""
                    This is {authority.RootPath}. To trust it:
                      the system:  weir trust | sudo tee /usr/local/share/ca-certificates/weir.crt > /dev/null && sudo update-ca-certificates
                      Chromium:    weir trust | certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n weir
                      one request: curl --cacert {authority.RootPath} https://localhost:8443/
                    """);
                return ExitCodes.Done;
            }

            terminal.Complain($"{authority.RootPath}: no-root: there is none yet; it is made when a listener with 'tls: internal' is first started");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            terminal.Complain($"{authority.RootPath}: cannot-read: {failure.Message}");
        }

        return ExitCodes.CannotRun;
    }
}
