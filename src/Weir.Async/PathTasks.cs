namespace Weir.Async;

/// <summary>Settings of the pooled builders.</summary>
public static class PathTasks
{
    /// <summary>How many boxes of one method a thread keeps. Default 16,384: one per connection that a loop serves at most in steady state.</summary>
    public static int MaxPooled { get; set; } = 16_384;
}
