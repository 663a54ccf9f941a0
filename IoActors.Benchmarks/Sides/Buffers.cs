using System;
using System.Runtime.InteropServices;

namespace Akka.IoActors.Benchmarks.Sides;

/// <summary>Buffers that lie still and are aligned as O_DIRECT wants them.</summary>
internal static class Buffers
{
    internal const int Size = 4096;

    internal static Memory<byte> Make(int size = Size) => IoMemory.Allocate(size);

    /// <summary>Many of them, side by side in one piece; only those of whole pages are aligned.</summary>
    internal static Memory<byte>[] Make(int count, int size)
    {
        var all = Make(count * size);
        var buffers = new Memory<byte>[count];
        for (var n = 0; n < count; n++)
        {
            buffers[n] = all.Slice(n * size, size);
        }

        return buffers;
    }

    /// <summary>The address of a buffer's first byte, for good.</summary>
    internal static nint AddressOf(Memory<byte> buffer)
    {
        MemoryMarshal.TryGetArray<byte>(buffer, out var array);
        return Marshal.UnsafeAddrOfPinnedArrayElement(array.Array!, array.Offset);
    }

    /// <summary>What this process occupies, garbage left out.</summary>
    internal static long Resident()
    {
        GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        using var self = System.Diagnostics.Process.GetCurrentProcess();
        return self.WorkingSet64;
    }
}
