using System;
using System.Runtime.InteropServices;

namespace Akka.IoActors.Benchmarks.Sides;

/// <summary>Buffers that lie still and are aligned as O_DIRECT wants them.</summary>
internal static class Buffers
{
    internal const int Size = 4096;

    internal static Memory<byte> Make(int size = Size)
    {
        var array = GC.AllocateArray<byte>(size + Size, pinned: true);
        var skip = (int)(Size - (Marshal.UnsafeAddrOfPinnedArrayElement(array, 0) & (Size - 1))) & (Size - 1);
        return MemoryMarshal.CreateFromPinnedArray(array, skip, size);
    }

    internal static Memory<byte>[] Make(int count, int size)
    {
        var buffers = new Memory<byte>[count];
        foreach (ref var buffer in buffers.AsSpan())
        {
            buffer = Make(size);
        }

        return buffers;
    }
}
