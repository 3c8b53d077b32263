namespace Weir.Proxy.Model;

/// <summary>Where a listener's TCP connections go, as compiled. Immutable.</summary>
internal sealed class StreamPlan
{
    /// <summary>In the order of the configuration: the first that matches counts.</summary>
    public required StreamMatch[] Matches { get; init; }

    /// <summary>For what none matches; null: it is closed.</summary>
    public required Route? Otherwise { get; init; }

    /// <summary>Milliseconds without a byte in either direction.</summary>
    public required int IdleTimeout { get; init; }

    /// <summary>Null when nothing takes it.</summary>
    public Route? Find(ReadOnlySpan<byte> name, in Http.Streams.ClientHello hello)
    {
        foreach (var match in Matches)
            if (match.Takes(name, hello)) return match.Route;
        return Otherwise;
    }
}

/// <summary>Which connections go to a cluster. Immutable.</summary>
internal sealed class StreamMatch
{
    /// <summary>In lower case, exact or with a first label <c>*</c>; empty: any name, and none.</summary>
    public required byte[][] Names { get; init; }

    /// <summary>Empty: any.</summary>
    public required byte[][] Protocols { get; init; }

    public required Route Route { get; init; }

    /// <param name="name">In lower case.</param>
    /// <param name="hello">What the client asks for.</param>
    public bool Takes(ReadOnlySpan<byte> name, in Http.Streams.ClientHello hello)
    {
        var takes = Names.Length == 0;
        foreach (var own in Names) takes |= IsNamed(name, own);
        if (!takes || Protocols.Length == 0) return takes;
        foreach (var protocol in Protocols)
            if (hello.Offers(protocol)) return true;
        return false;
    }

    private static bool IsNamed(ReadOnlySpan<byte> name, ReadOnlySpan<byte> own)
    {
        if (!own.StartsWith("*."u8)) return name.SequenceEqual(own);
        var dot = name.IndexOf((byte)'.');
        return dot > 0 && name[dot..].SequenceEqual(own[1..]);
    }
}
