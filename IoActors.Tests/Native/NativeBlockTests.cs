using System;
using Akka.IoActors.Native;
using Xunit;

namespace Akka.IoActors.Tests.Native;

/// <summary>Memory beside the buffers.</summary>
public sealed class NativeBlockTests
{
    /// <summary>It keeps its memory from one operation to the next.</summary>
    [Fact]
    public void A_block_grows_and_never_shrinks()
    {
        using var block = new NativeBlock();
        Assert.Equal(0, block.Address);
        Assert.Equal(0, block.Capacity);
        Assert.True(block.Span.IsEmpty);

        var small = block.Ensure(100);
        Assert.Equal(small, block.Address);
        Assert.Equal(0, small % 16);
        Assert.Equal(100, block.Capacity);
        Assert.Equal(new byte[100], block.Span.ToArray());
        block.Span.Fill(7);

        Assert.Equal(small, block.Ensure(10));
        Assert.Equal(small, block.Ensure(100));
        Assert.Equal(100, block.Capacity);
        Assert.Equal(7, block.Span[99]);

        var large = block.Ensure(1 << 20);
        Assert.Equal(large, block.Address);
        Assert.Equal(0, large % 16);
        Assert.Equal(1 << 20, block.Capacity);
        Assert.Equal(1 << 20, block.Span.Length);
        Assert.Equal(-1, block.Span.IndexOfAnyExcept((byte)0));
        block.Span.Fill(8);
    }

    /// <summary>And can be used again.</summary>
    [Fact]
    public void A_disposed_block_is_an_empty_one()
    {
        using var block = new NativeBlock();
        block.Ensure(64);
        block.Dispose();
        Assert.Equal(0, block.Address);
        Assert.Equal(0, block.Capacity);
        Assert.True(block.Span.IsEmpty);
        block.Dispose();
        Assert.NotEqual(0, block.Ensure(1));
        Assert.Equal(1, block.Capacity);
    }
}
