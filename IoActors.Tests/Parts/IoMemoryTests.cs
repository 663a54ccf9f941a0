using System;
using System.Runtime.InteropServices;
using Xunit;

namespace Akka.IoActors.Tests.Parts;

/// <summary>Memory that suits I/O.</summary>
public sealed class IoMemoryTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(4096)]
    [InlineData(100_000)]
    public void It_has_its_size_starts_at_a_page_and_lies_still(int size)
    {
        var memory = IoMemory.Allocate(size);
        Assert.Equal(size, memory.Length);
        memory.Span.Fill(7);
        Assert.True(MemoryMarshal.TryGetArray<byte>(memory, out var array));
        var address = Marshal.UnsafeAddrOfPinnedArrayElement(array.Array!, array.Offset);
        Assert.Equal(0, address % IoMemory.Alignment);
        GC.Collect(2, GCCollectionMode.Forced, blocking: true, compacting: true);
        Assert.Equal(address, Marshal.UnsafeAddrOfPinnedArrayElement(array.Array!, array.Offset));
        Assert.Equal(size, memory.ToArray().AsSpan().Count((byte)7));
    }

    [Fact]
    public void A_size_that_no_array_has_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => IoMemory.Allocate(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => IoMemory.Allocate(int.MaxValue));
        Assert.Equal(0, IoMemory.Allocate(0).Length);
    }
}
