using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Akka.IoActors.Native.Uring;

/// <summary><c>struct io_uring_sqe</c>: one submission, 64 bytes.</summary>
[StructLayout(LayoutKind.Explicit, Size = 64)]
internal struct UringSqe
{
    /// <summary>What to do.</summary>
    [FieldOffset(0)] internal UringOpcode Opcode;

    /// <summary><c>IOSQE_*</c>.</summary>
    [FieldOffset(1)] internal byte Flags;

    /// <summary>I/O priority, or flags of accept, send and recv.</summary>
    [FieldOffset(2)] internal ushort IoPrio;

    /// <summary>The descriptor, or the directory of a path.</summary>
    [FieldOffset(4)] internal int Fd;

    /// <summary>Offset in the file, or a second address.</summary>
    [FieldOffset(8)] internal ulong Offset;

    /// <summary>Address of the buffer, the vector or the path.</summary>
    [FieldOffset(16)] internal ulong Address;

    /// <summary>Bytes of the buffer, segments of the vector, or the mode of a new file.</summary>
    [FieldOffset(24)] internal uint Length;

    /// <summary>Flags of the operation: rw, fsync, poll, msg, accept, open, statx, splice, cancel.</summary>
    [FieldOffset(28)] internal uint OperationFlags;

    /// <summary>Comes back in the completion.</summary>
    [FieldOffset(32)] internal ulong UserData;

    /// <summary>Registered buffer or buffer group.</summary>
    [FieldOffset(40)] internal ushort BufferIndex;

    /// <summary>Registered credentials.</summary>
    [FieldOffset(42)] internal ushort Personality;

    /// <summary>The other descriptor of a splice.</summary>
    [FieldOffset(44)] internal int SpliceFdIn;

    /// <summary>A third address.</summary>
    [FieldOffset(48)] internal ulong Address3;

    [FieldOffset(56)] private ulong _pad;

    /// <summary>Fills the entry; everything not named becomes 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Set(
        UringOpcode opcode, int fd, nint address, uint length, ulong offset, uint operationFlags, ulong userData)
    {
        this = default;
        Opcode = opcode;
        Fd = fd;
        Offset = offset;
        Address = (ulong)address;
        Length = length;
        OperationFlags = operationFlags;
        UserData = userData;
    }
}

/// <summary><c>struct io_uring_cqe</c>: one completion, 16 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct UringCqe
{
    /// <summary>What the submission carried.</summary>
    internal ulong UserData;

    /// <summary>A value ≥ 0 or a negative errno.</summary>
    internal int Result;

    /// <summary><c>IORING_CQE_F_*</c>.</summary>
    internal uint Flags;
}

/// <summary><c>struct io_sqring_offsets</c>, 40 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct UringSqOffsets
{
    internal uint Head;
    internal uint Tail;
    internal uint RingMask;
    internal uint RingEntries;
    internal uint Flags;
    internal uint Dropped;
    internal uint Array;
    internal uint Resv1;
    internal ulong UserAddr;
}

/// <summary><c>struct io_cqring_offsets</c>, 40 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct UringCqOffsets
{
    internal uint Head;
    internal uint Tail;
    internal uint RingMask;
    internal uint RingEntries;
    internal uint Overflow;
    internal uint Cqes;
    internal uint Flags;
    internal uint Resv1;
    internal ulong UserAddr;
}

/// <summary><c>struct io_uring_params</c>, 120 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct UringParams
{
    internal uint SqEntries;
    internal uint CqEntries;
    internal UringSetup Flags;
    internal uint SqThreadCpu;
    internal uint SqThreadIdle;
    internal UringFeatures Features;
    internal uint WqFd;
    internal uint Resv0;
    internal uint Resv1;
    internal uint Resv2;
    internal UringSqOffsets SqOff;
    internal UringCqOffsets CqOff;
}

/// <summary><c>struct io_uring_getevents_arg</c>, 24 bytes, since 5.11.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct UringGetEventsArg
{
    internal ulong SigMask;
    internal uint SigMaskSize;
    internal uint MinWaitMicroseconds;
    internal ulong Timespec;
}

/// <summary><c>struct io_uring_rsrc_update</c>, 16 bytes: registers a ring's own descriptor.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct UringResourceUpdate
{
    internal uint Offset;
    internal uint Resv;
    internal ulong Data;
}

/// <summary><c>struct io_uring_probe_op</c>, 8 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct UringProbeOp
{
    internal byte Opcode;
    internal byte Resv;
    internal ushort Flags;
    internal uint Resv2;
}

/// <summary><c>struct __kernel_timespec</c>, 16 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct KernelTimespec
{
    internal long Seconds;
    internal long Nanoseconds;
}
