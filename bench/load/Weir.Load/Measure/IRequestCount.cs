namespace Weir.Load.Measure;

/// <summary>An origin that counts what reaches it.</summary>
internal interface IRequestCount
{
    /// <summary>Requests so far, this one included.</summary>
    long Count();
}
