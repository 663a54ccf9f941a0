using System;
using System.Runtime.InteropServices;
using System.Threading;
using Tmds.Linux;

namespace Akka.IoActors.Native.Uring;

/// <summary>
/// A ring of buffers that the kernel takes from when a receive has something to put there (IORING_REGISTER_PBUF_RING, since
/// 5.19). Owned by the thread that submits.
/// </summary>
internal sealed unsafe class BufferRing : IDisposable
{
    // struct io_uring_buf: address, length, id; the tail of the ring lies in the spare field of the first one.
    private const int EntrySize = 16;
    private const int LengthOffset = 8;
    private const int IdOffset = 12;
    private const int TailOffset = 14;

    private readonly Ring _ring;
    private readonly ushort _group;
    private readonly uint _mask;
    private byte* _entries;
    private ushort _tail;

    private BufferRing(Ring ring, ushort group, uint count, byte* entries)
    {
        _ring = ring;
        _group = group;
        _mask = count - 1;
        _entries = entries;
    }

    /// <summary>Registers an empty one.</summary>
    /// <param name="ring">The ring that will take from it.</param>
    /// <param name="group">Its number, which a submission names.</param>
    /// <param name="count">Buffers that it holds at the most: a power of two up to 32768.</param>
    /// <returns>Null if the kernel has none: EINVAL before 5.19.</returns>
    internal static BufferRing? TryRegister(Ring ring, ushort group, uint count)
    {
        var size = (nuint)(count * EntrySize);

        // SAFETY: aligned to a page, as the kernel wants it; freed by Dispose, after the ring let go of it.
        var entries = (byte*)NativeMemory.AlignedAlloc(size, 4096);
        NativeMemory.Clear(entries, size);

        // struct io_uring_buf_reg: address, entries, group, flags, and three spare words.
        var registration = stackalloc ulong[5];
        registration[0] = (ulong)entries;
        registration[1] = count | ((ulong)group << 32);
        registration[2] = registration[3] = registration[4] = 0;
        if (LibC.io_uring_register(ring.Descriptor, UringAbi.RegisterBufferRing, registration, 1) < 0)
        {
            NativeMemory.AlignedFree(entries);
            return null;
        }

        return new BufferRing(ring, group, count, entries);
    }

    /// <summary>Whether the ring has completions that nobody has taken out yet: they may have taken buffers.</summary>
    internal bool HasUnseen => _ring.HasCompletions;

    /// <summary>Gives a buffer to the kernel.</summary>
    /// <param name="address">Its first byte; it must stay where it is until a completion names it.</param>
    /// <param name="length">Its length in bytes.</param>
    /// <param name="id">Its number.</param>
    internal void Add(nint address, int length, ushort id)
    {
        // SAFETY: the mask keeps the entry within the memory. The caller gives out no buffer twice, so the ring, as large
        // as there are buffers, has room. The tail in the spare field of the first entry is not touched here.
        var entry = _entries + (_tail & _mask) * EntrySize;
        *(ulong*)entry = (ulong)address;
        *(uint*)(entry + LengthOffset) = (uint)length;
        *(ushort*)(entry + IdOffset) = id;
        _tail++;

        // Release pairs with the kernel's acquire of the tail: the entry behind it is whole.
        Volatile.Write(ref *(ushort*)(_entries + TailOffset), _tail);
    }

    /// <summary>Takes it away from the kernel, and frees it.</summary>
    public void Dispose()
    {
        if (_entries == null)
        {
            return;
        }

        var registration = stackalloc ulong[5];
        new Span<ulong>(registration, 5).Clear();
        registration[1] = (ulong)_group << 32;

        // SAFETY: the structure lives in this frame. If the ring's number is lost, closing the ring unregisters it; the
        // memory is then kept, since nobody can say when.
        if (LibC.io_uring_register(_ring.Descriptor, UringAbi.UnregisterBufferRing, registration, 1) >= 0)
        {
            NativeMemory.AlignedFree(_entries);
        }

        _entries = null;
    }
}
