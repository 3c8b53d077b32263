using System.Runtime.CompilerServices;

namespace Weir.Async.Tests;

public class PathMethodTests
{
    private readonly Signal _signal = new();

    [Fact]
    public void AMethodThatDoesNotSuspendCompletesAtOnce()
    {
        var task = Immediate(5);
        task.IsCompletedSuccessfully.ShouldBeTrue();
        task.Result.ShouldBe(5);
        var plain = ImmediateVoid();
        plain.IsCompletedSuccessfully.ShouldBeTrue();
        plain.GetAwaiter().GetResult();
    }

    [Fact]
    public void TheResultComesAfterTheLastSuspension()
    {
        var task = Twice(20);
        task.IsCompleted.ShouldBeFalse();
        _signal.Set();
        task.IsCompleted.ShouldBeFalse();
        _signal.Set();
        task.IsCompletedSuccessfully.ShouldBeTrue();
        task.GetAwaiter().GetResult().ShouldBe(22);
    }

    [Fact]
    public void NestedMethodsResumeInlineFromTheInnermost()
    {
        var task = Outer(3);
        var depth = 0;
        while (!task.IsCompleted)
        {
            _signal.Set();
            depth++;
        }

        depth.ShouldBe(6);
        task.GetAwaiter().GetResult().ShouldBe(6);
    }

    [Fact]
    public void AnExceptionBeforeTheFirstSuspensionIsInTheTask()
    {
        var task = Throws(early: true);
        task.IsFaulted.ShouldBeTrue();
        Should.Throw<FormatException>(() => task.GetAwaiter().GetResult());
    }

    [Fact]
    public void AnExceptionAfterASuspensionGoesThroughEveryLevel()
    {
        var task = Catches();
        _signal.Set();
        task.IsCompleted.ShouldBeTrue();
        task.GetAwaiter().GetResult().ShouldBe("caught FormatException");
    }

    [Fact]
    public void AnAwaitableThatFailsThrowsAtTheAwait()
    {
        var task = Twice(0);
        _signal.Set(new TimeoutException());
        task.IsFaulted.ShouldBeTrue();
        Should.Throw<TimeoutException>(() => task.GetAwaiter().GetResult());
    }

    [Fact]
    public void ACancellationIsToldFromAFault()
    {
        var task = Twice(0);
        _signal.Set(new OperationCanceledException());
        task.IsCanceled.ShouldBeTrue();
        Should.Throw<OperationCanceledException>(() => task.GetAwaiter().GetResult());
    }

    [Fact]
    public void TakingTheResultTwiceThrows()
    {
        var task = Twice(0);
        _signal.Set();
        _signal.Set();
        task.GetAwaiter().GetResult();
        Should.Throw<InvalidOperationException>(() => task.GetAwaiter().GetResult());
        Should.Throw<InvalidOperationException>(() => task.IsCompleted);
    }

    [Fact]
    public void AskingForTheResultTooEarlyThrows()
    {
        var task = Twice(0);
        Should.Throw<InvalidOperationException>(() => task.GetAwaiter().GetResult());
        _signal.Set();
        _signal.Set();
        task.GetAwaiter().GetResult().ShouldBe(2);
    }

    [Fact]
    public void ASecondWaiterIsRefusedAndTheFirstStillResumes()
    {
        var task = Twice(0);
        var first = Await(task);
        var second = Await(task);
        second.IsFaulted.ShouldBeTrue();
        Should.Throw<InvalidOperationException>(() => second.GetAwaiter().GetResult());
        _signal.Set();
        _signal.Set();
        first.IsCompletedSuccessfully.ShouldBeTrue();
        first.GetAwaiter().GetResult().ShouldBe(2);
    }

    [Fact]
    public void AStaleTaskDoesNotSeeTheNextUseOfItsBox()
    {
        var stale = Twice(0);
        _signal.Set();
        _signal.Set();
        stale.GetAwaiter().GetResult();
        var current = Twice(5);
        Should.Throw<InvalidOperationException>(() => stale.IsCompleted);
        _signal.Set();
        _signal.Set();
        current.GetAwaiter().GetResult().ShouldBe(7);
    }

    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    private static async ValueTask<int> Await(ValueTask<int> task) => await task;

#pragma warning disable CS1998 // it must not suspend
    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    private static async ValueTask<int> Immediate(int value) => value;

    [AsyncMethodBuilder(typeof(PathMethodBuilder))]
    private static async ValueTask ImmediateVoid() { }
#pragma warning restore CS1998

    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    private async ValueTask<int> Twice(int value)
    {
        await _signal;
        value++;
        await _signal;
        return value + 1;
    }

    [AsyncMethodBuilder(typeof(PathMethodBuilder))]
    private async ValueTask Once() => await _signal;

    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    private async ValueTask<int> Outer(int rounds)
    {
        var sum = 0;
        for (var i = 0; i < rounds; i++) sum = await Twice(sum);
        return sum;
    }

    [AsyncMethodBuilder(typeof(PathMethodBuilder))]
    private async ValueTask Throws(bool early)
    {
        if (early) throw new FormatException();
        await Once();
        throw new FormatException();
    }

    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    private async ValueTask<string> Catches()
    {
        try
        {
            await Throws(early: false);
            return "nothing";
        }
        catch (FormatException error)
        {
            return "caught " + error.GetType().Name;
        }
    }
}
