namespace Weir.Proxy.Wire;

/// <summary>What a loop's exchanges hold of bodies for one purpose, all of them together. LoopState.</summary>
internal sealed class BodyMemory
{
    public const long Limit = 64 * 1024 * 1024;

    /// <summary>Of the buffers that are held.</summary>
    public long Bytes { get; set; }

    /// <summary>A buffer of so many bytes is held; false when there is no room for it.</summary>
    public bool TryTake(int bytes)
    {
        if (Bytes + bytes > Limit) return false;
        Bytes += bytes;
        return true;
    }

    public void Return(int bytes) => Bytes -= bytes;
}
