using System;
using System.Runtime.InteropServices;

namespace Akka.IoActors.Tests.Support;

/// <summary>Memory for O_DIRECT.</summary>
internal static class Aligned
{
    private const int Page = 4096;

    /// <summary>Pinned memory that starts at a page.</summary>
    internal static Memory<byte> Memory(int size)
    {
        var room = GC.AllocateUninitializedArray<byte>(size + Page, pinned: true);
        var start = (int)(Marshal.UnsafeAddrOfPinnedArrayElement(room, 0) & (Page - 1));
        return room.AsMemory((Page - start) & (Page - 1), size);
    }
}
