namespace Akka.IoActors.Native.Uring;

/// <summary>Numbers of the kernel's interface that stand in no enumeration of ours.</summary>
internal static class UringAbi
{
    /// <summary><c>__NR_io_uring_enter</c>, the same on every architecture.</summary>
    internal const int SyscallEnter = 426;

    /// <summary>IORING_OFF_SQ_RING: where the submission queue is mapped from.</summary>
    internal const long OffSqRing = 0;

    /// <summary>IORING_OFF_CQ_RING: the completion queue, where it is not in the same mapping.</summary>
    internal const long OffCqRing = 0x8000000;

    /// <summary>IORING_OFF_SQES: the submission entries.</summary>
    internal const long OffSqes = 0x10000000;

    /// <summary>IORING_REGISTER_PROBE, since 5.6.</summary>
    internal const uint RegisterProbe = 8;

    /// <summary>IORING_REGISTER_RING_FDS, since 5.18.</summary>
    internal const uint RegisterRingFds = 20;

    /// <summary>IORING_UNREGISTER_RING_FDS, since 5.18.</summary>
    internal const uint UnregisterRingFds = 21;

    /// <summary>IORING_REGISTER_PBUF_RING, since 5.19.</summary>
    internal const uint RegisterBufferRing = 22;

    /// <summary>IORING_UNREGISTER_PBUF_RING, since 5.19.</summary>
    internal const uint UnregisterBufferRing = 23;

    /// <summary>IOSQE_BUFFER_SELECT: the kernel takes a buffer of the group when it has something to put there.</summary>
    internal const byte SelectBuffer = 1 << 5;

    /// <summary>IORING_CQE_F_BUFFER: the upper half of the completion's flags is the number of the buffer.</summary>
    internal const uint CompletionHasBuffer = 1;

    /// <summary>IORING_CQE_F_MORE: another completion follows.</summary>
    internal const uint CompletionMore = 2;

    /// <summary>IORING_CQE_F_NOTIF: the kernel is done with the buffer of a send without copying.</summary>
    internal const uint CompletionNotification = 8;

    /// <summary>IORING_CQE_BUFFER_SHIFT.</summary>
    internal const int BufferShift = 16;

    /// <summary>IORING_REGISTER_USE_REGISTERED_RING: the descriptor is a registered index, since 6.3.</summary>
    internal const uint RegisterUseRegisteredRing = 1u << 31;

    /// <summary>What stands before the entries of <c>struct io_uring_probe</c>, in bytes.</summary>
    internal const int ProbeHeaderSize = 16;

    /// <summary>Where that header tells how many entries follow: one byte.</summary>
    internal const int ProbeCountOffset = 1;

    /// <summary>IO_URING_OP_SUPPORTED.</summary>
    internal const ushort ProbeSupported = 1;
}
