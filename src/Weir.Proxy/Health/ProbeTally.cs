namespace Weir.Proxy.Health;

/// <summary>Counts a probe's answers until so many of a kind in a row turn the verdict. The very first answer decides by itself.</summary>
internal sealed class ProbeTally(int healthy, int unhealthy, bool isHealthy, bool isKnown)
{
    private bool _isKnown = isKnown;
    private int _against;

    public bool IsHealthy { get; private set; } = isHealthy;

    /// <summary>An answer was had before.</summary>
    public bool IsKnown => _isKnown;

    /// <summary>True when it turned the verdict.</summary>
    public bool Take(bool passed)
    {
        var needed = !_isKnown ? 1 : IsHealthy ? unhealthy : healthy;
        _isKnown = true;
        _against = passed == IsHealthy ? 0 : _against + 1;
        if (_against < needed) return false;
        _against = 0;
        IsHealthy = passed;
        return true;
    }
}
