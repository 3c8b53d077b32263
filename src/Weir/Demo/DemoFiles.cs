using System.Net;
using System.Net.Sockets;
using System.Reflection;

namespace Weir.Demo;

/// <summary>The quickstart example, as it is in the repository, kept inside the program.</summary>
internal static class DemoFiles
{
    public static string Text()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("quickstart/weir.yaml")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    /// <summary>The text with every port of it that is taken on this machine replaced by 0, one that the kernel picks.</summary>
    public static string WithFreePorts(string text, params ReadOnlySpan<int> ports)
    {
        foreach (var port in ports)
            if (!IsFree(port)) text = text.Replace($"\"127.0.0.1:{port}\"", "\"127.0.0.1:0\"", StringComparison.Ordinal);
        return text;
    }

    /// <summary>
    /// Puts it into a folder of its own, made for this run, with a control socket beside it: a demo does not take the machine's. The
    /// path of the file.
    /// </summary>
    public static string Unpack(string text)
    {
        var folder = Directory.CreateTempSubdirectory("weir-demo-").FullName;
        var path = Path.Combine(folder, "weir.yaml");
        File.WriteAllText(path, $"{text}\ncontrol: {{ socket: \"{Path.Combine(folder, "control.sock")}\" }}\n");
        return path;
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var probe = new TcpListener(IPAddress.Loopback, port);
            probe.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
