using System.Globalization;

namespace Weir.Proxy.Tests.Fixture;

/// <summary>A message as a test reads it: strictly, by its own framing.</summary>
public sealed record Message(string StartLine, IReadOnlyList<(string Name, string Value)> Fields, string Body, IReadOnlyList<(string Name, string Value)> Trailers)
{
    public int Status => int.Parse(StartLine.Split(' ')[1], CultureInfo.InvariantCulture);

    public string Method => StartLine.Split(' ')[0];

    public string Target => StartLine.Split(' ')[1];

    /// <summary>The only field of this name; null when there is none.</summary>
    public string? this[string name] => Fields.SingleOrDefault(f => f.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;

    public bool Has(string name) => Fields.Any(f => f.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>It says that the connection ends.</summary>
    public bool Closes => this["Connection"] == "close";

    /// <summary>The name of the refusal, from Proxy-Status; checked against the body's problem+json when there is one.</summary>
    public string? Refusal
    {
        get
        {
            var status = this["Proxy-Status"];
            if (status is null) return null;
            status.ShouldStartWith("weir");
            var name = status.Split("details=\"")[1].TrimEnd('"');
            if (this["Content-Type"] == "application/problem+json" && Body.Length > 0) Body.ShouldContain($"\"type\":\"https://weir.dev/refusals#{name}\"");
            return name;
        }
    }

    /// <summary>Reads one; <paramref name="method"/> is that of the request which it answers, or "" when it is a request.</summary>
    public static async Task<Message> ReadAsync(RawConnection wire, string method)
    {
        var head = await wire.ReadUntilAsync("\r\n\r\n");
        var lines = head[..^4].Split("\r\n");
        var fields = lines[1..].Select(Split).ToList();
        var message = new Message(lines[0], fields, "", []);
        var isRequest = method.Length == 0;
        if (!isRequest && (method == "HEAD" || message.Status is < 200 or 204 or 304)) return message;
        if (message["Transfer-Encoding"] == "chunked")
        {
            message.Has("Content-Length").ShouldBeFalse(head);
            return await ReadChunksAsync(wire, message);
        }

        if (message["Content-Length"] is { } length) return message with { Body = await wire.ReadCountAsync(int.Parse(length, NumberStyles.None, CultureInfo.InvariantCulture)) };
        return isRequest ? message : message with { Body = await wire.ReadToEndAsync() };
    }

    private static async Task<Message> ReadChunksAsync(RawConnection wire, Message message)
    {
        var body = "";
        while (true)
        {
            var line = await wire.ReadUntilAsync("\r\n");
            var size = int.Parse(line[..^2], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            if (size == 0) break;
            body += await wire.ReadCountAsync(size);
            (await wire.ReadCountAsync(2)).ShouldBe("\r\n");
        }

        var trailers = new List<(string, string)>();
        while (await wire.ReadUntilAsync("\r\n") is { Length: > 2 } line) trailers.Add(Split(line[..^2]));
        return message with { Body = body, Trailers = trailers };
    }

    private static (string Name, string Value) Split(string line)
    {
        var colon = line.IndexOf(": ", StringComparison.Ordinal);
        colon.ShouldBeGreaterThan(0, line);
        return (line[..colon], line[(colon + 2)..]);
    }
}
