using Weir.Reactor.Buffers;

namespace Weir.Reactor.Tests.Buffers;

public unsafe class BufferPoolTests
{
    [Fact]
    public void TheLastBufferReturnedIsTheFirstRented()
    {
        using var pool = new BufferPool();
        var first = pool.Rent(BufferSize.Tiny);
        var second = pool.Rent(BufferSize.Tiny);
        var pointer = (nint)first.Pointer;
        pool.Return(ref second);
        pool.Return(ref first);
        var again = pool.Rent(BufferSize.Tiny);
        ((nint)again.Pointer).ShouldBe(pointer);
        again.Available.ShouldBe(0);
        pool.Return(ref again);
    }

    [Fact]
    public void CountersFollowWhatIsOutAndWhatIsReserved()
    {
        using var pool = new BufferPool();
        var expected = 0L;
        var leases = new List<Lease>();
        foreach (var size in Enum.GetValues<BufferSize>())
        {
            for (var i = 0; i < 3; i++)
            {
                var lease = pool.Rent(size);
                lease.Capacity.ShouldBe(BufferPool.Capacity(size));
                lease.Room.ShouldBe(lease.Capacity);
                lease.Free.Fill(0x5A);
                expected += lease.Capacity;
                leases.Add(lease);
            }
        }

        (pool.Leased, pool.Reserved).ShouldBe((12, expected));
        leases.Select(static lease => (nint)lease.Pointer).Distinct().Count().ShouldBe(12);
        foreach (var lease in leases)
        {
            var own = lease;
            pool.Return(ref own);
            own.IsEmpty.ShouldBeTrue();
        }

        (pool.Leased, pool.Reserved).ShouldBe((0, expected));
    }

    [Fact]
    public void AnEmptyLeaseIsReturnedWithoutEffect()
    {
        using var pool = new BufferPool();
        var none = default(Lease);
        pool.Return(ref none);
        var lease = pool.Rent(BufferSize.Small);
        pool.Return(ref lease);
        pool.Return(ref lease);
        pool.Leased.ShouldBe(0);
    }

    [Fact]
    public void WhatLiesUnusedGoesBackToTheSystemByHalves()
    {
        using var pool = new BufferPool();
        var leases = Enumerable.Range(0, 64).Select(_ => pool.Rent(BufferSize.Medium)).ToArray();
        for (var i = 0; i < leases.Length; i++) pool.Return(ref leases[i]);
        pool.Trim();
        pool.Reserved.ShouldBe(64 * 72 * 1024, "all were in use since the last trim");
        pool.Trim();
        pool.Reserved.ShouldBe(32 * 72 * 1024);
        for (var i = 0; i < 10; i++) pool.Trim();
        pool.Reserved.ShouldBe(0);
        pool.HasSpare.ShouldBeFalse();
    }

    [Fact]
    public void WhatWasNeededSinceTheLastTrimStays()
    {
        using var pool = new BufferPool();
        for (var round = 0; round < 5; round++)
        {
            var leases = Enumerable.Range(0, 8).Select(_ => pool.Rent(BufferSize.Tiny)).ToArray();
            for (var i = 0; i < leases.Length; i++) pool.Return(ref leases[i]);
            pool.Trim();
            pool.Reserved.ShouldBe(8 * 4096);
        }
    }

    [Theory]
    [InlineData(0, BufferSize.Tiny)]
    [InlineData(4096, BufferSize.Tiny)]
    [InlineData(4097, BufferSize.Small)]
    [InlineData(16384, BufferSize.Small)]
    [InlineData(16385, BufferSize.Medium)]
    [InlineData(73728, BufferSize.Medium)]
    [InlineData(73729, BufferSize.Large)]
    [InlineData(int.MaxValue, BufferSize.Large)]
    public void TheSmallestSizeThatHoldsItIsChosen(int bytes, BufferSize size) => BufferPool.SizeFor(bytes).ShouldBe(size);

    [Fact]
    public void AnIdleLoopGivesBackItsBuffersAndThenSleeps()
    {
        var clock = new ManualClock();
        using var loop = new TestLoop(new LoopOptions { Time = clock });
        loop.Do(() =>
        {
            var lease = loop.Loop.Buffers.Rent(BufferSize.Large);
            loop.Loop.Buffers.Return(ref lease);
        });
        for (var i = 0; i < 4; i++)
        {
            clock.Advance(5000);
            loop.Loop.Wake();
            loop.Do(static () => { });
            loop.Do(static () => { });
        }

        loop.Get(() => loop.Loop.Buffers.Reserved).ShouldBe(0);
    }

#if DEBUG
    [Fact]
    public void ASecondReturnThroughACopyIsCaught()
    {
        using var pool = new BufferPool();
        var other = pool.Rent(BufferSize.Tiny);
        var lease = pool.Rent(BufferSize.Tiny);
        var copy = lease;
        pool.Return(ref lease);
        Should.Throw<InvalidOperationException>(() => pool.Return(ref copy));
        pool.Return(ref other);
        pool.Leased.ShouldBe(0);
    }

    [Fact]
    public void AReturnedBufferIsPoisoned()
    {
        using var pool = new BufferPool();
        var lease = pool.Rent(BufferSize.Tiny);
        lease.Free.Fill(1);
        pool.Return(ref lease);
        lease = pool.Rent(BufferSize.Tiny);
        lease.Free[17].ShouldBe((byte)0xDB);
        pool.Return(ref lease);
    }
#endif
}
