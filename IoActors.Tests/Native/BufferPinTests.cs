using System;
using System.Buffers;
using System.Linq;
using System.Runtime.InteropServices;
using Akka.IoActors.Native;
using Xunit;

namespace Akka.IoActors.Tests.Native;

/// <summary>Buffers stay where the kernel writes.</summary>
public sealed class BufferPinTests
{
    /// <summary>Its neighbours move, it does not.</summary>
    [Fact]
    public void A_pinned_buffer_stays_while_the_collector_compacts()
    {
        const int count = 2000;

        // Every second array dies, so that the collector has gaps to close.
        var gaps = new byte[count][];
        var arrays = new byte[count][];
        for (var i = 0; i < count; i++)
        {
            gaps[i] = new byte[500];
            arrays[i] = new byte[500];
        }

        var pins = Enumerable.Range(0, count).Where(i => i % 100 == 99)
            .ToDictionary(i => i, i => BufferPin.Take(arrays[i].AsMemory(100, 50)));
        var before = arrays.Select(AddressOf).ToArray();
        Array.Clear(gaps);
        GC.Collect(2, GCCollectionMode.Forced, blocking: true, compacting: true);
        GC.Collect(2, GCCollectionMode.Forced, blocking: true, compacting: true);

        Assert.Contains(Enumerable.Range(0, count), i => AddressOf(arrays[i]) != before[i]);
        foreach (var (i, pin) in pins)
        {
            Assert.True(pin.IsHeld);
            Assert.Equal(before[i], AddressOf(arrays[i]));
            Assert.Equal(before[i] + 100, pin.Address);

            // What the kernel would do.
            Marshal.WriteByte(pin.Address, 49, 77);
            Assert.Equal(77, arrays[i][149]);
            pin.Release();
        }
    }

    /// <summary>Nothing to hold.</summary>
    [Fact]
    public void An_empty_buffer_needs_no_pin()
    {
        using var owner = new CountingOwner();
        var pin = BufferPin.Take(owner.Memory[..0]);
        Assert.False(pin.IsHeld);
        Assert.Equal(0, pin.Address);
        pin.Release();
        Assert.Equal((0, 0), (owner.Pins, owner.Unpins));
    }

    /// <summary>Memory that is not the collector's has a say in it.</summary>
    [Fact]
    public void The_owner_of_the_memory_is_asked_once_to_pin_and_once_to_unpin()
    {
        using var owner = new CountingOwner();
        var pin = BufferPin.Take(owner.Memory[3..5]);
        Assert.True(pin.IsHeld);
        Assert.Equal((1, 0), (owner.Pins, owner.Unpins));
        Marshal.WriteByte(pin.Address, 88);
        Assert.Equal(88, owner.GetSpan()[3]);
        pin.Release();
        Assert.False(pin.IsHeld);
        Assert.Equal(0, pin.Address);
        pin.Release();
        Assert.Equal((1, 1), (owner.Pins, owner.Unpins));
    }

    private static nint AddressOf(byte[] array) => Marshal.UnsafeAddrOfPinnedArrayElement(array, 0);

    private sealed class CountingOwner : MemoryManager<byte>
    {
        // On the pinned heap: its address is good for as long as the owner lives.
        private readonly byte[] _bytes = GC.AllocateArray<byte>(16, pinned: true);

        internal int Pins { get; private set; }

        internal int Unpins { get; private set; }

        public override Span<byte> GetSpan() => _bytes;

        public override unsafe MemoryHandle Pin(int elementIndex = 0)
        {
            Pins++;

            // SAFETY: the array lies on the pinned heap, and the handle keeps this owner of it alive.
            return new MemoryHandle((void*)Marshal.UnsafeAddrOfPinnedArrayElement(_bytes, elementIndex), pinnable: this);
        }

        public override void Unpin() => Unpins++;

        protected override void Dispose(bool disposing)
        {
        }
    }
}
