using System;
using System.Runtime.InteropServices;

namespace Akka.IoActors;

/// <summary>Memory that suits I/O: it starts at a page, as O_DIRECT wants it, and lies still, so that operations need not hold it in place.</summary>
public static class IoMemory
{
    /// <summary>Bytes of a page: what O_DIRECT wants offsets, lengths and addresses to be multiples of, on any usual device.</summary>
    public const int Alignment = 4096;

    /// <summary>Makes memory. It is the collector's, like any other; keep and reuse it, since making it is not cheap.</summary>
    /// <param name="size">Its size in bytes.</param>
    /// <returns>So many bytes, of which nothing is known.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The size is negative, or beyond what an array holds.</exception>
    public static Memory<byte> Allocate(int size)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, Array.MaxLength - Alignment);
        var array = GC.AllocateUninitializedArray<byte>(size + Alignment, pinned: true);
        var start = (int)(-Marshal.UnsafeAddrOfPinnedArrayElement(array, 0) & (Alignment - 1));
        return MemoryMarshal.CreateFromPinnedArray(array, start, size);
    }
}
