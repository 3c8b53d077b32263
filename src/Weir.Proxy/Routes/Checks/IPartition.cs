namespace Weir.Proxy.Routes.Checks;

/// <summary>Which entries of equal rank are worth comparing. Each is compared with what came before, then remembered.</summary>
internal interface IPartition
{
    IEnumerable<int> Order(int start, int end);

    /// <summary>Those remembered that this one could overlap.</summary>
    IEnumerable<int> Near(int number);

    void Remember(int number);
}
