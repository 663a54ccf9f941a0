using System;
using Akka.IoActors.Native;
using Akka.IoActors.Native.Uring;

namespace Akka.IoActors;

/// <summary>What an <see cref="FAllocate"/> does with a range (<c>fallocate(2)</c>).</summary>
[Flags]
public enum FAllocateFlags
{
    /// <summary>Has the device keep room for it, and the file grow to its end.</summary>
    None = 0,

    /// <summary>FALLOC_FL_KEEP_SIZE: the file does not grow.</summary>
    KeepSize = 0x01,

    /// <summary>FALLOC_FL_PUNCH_HOLE: gives its room back, and it reads as zeros; with <see cref="KeepSize"/>.</summary>
    PunchHole = 0x02,

    /// <summary>FALLOC_FL_COLLAPSE_RANGE: takes it out; what is behind moves up. Whole blocks.</summary>
    CollapseRange = 0x08,

    /// <summary>FALLOC_FL_ZERO_RANGE: it reads as zeros, and has room.</summary>
    ZeroRange = 0x10,

    /// <summary>FALLOC_FL_INSERT_RANGE: puts a hole there; what is behind moves down. Whole blocks.</summary>
    InsertRange = 0x20,

    /// <summary>FALLOC_FL_UNSHARE_RANGE: blocks that other files share become its own.</summary>
    UnshareRange = 0x40,
}

/// <summary>Sees to the room of a range of a file. Starts when everything sent for the file before has finished.</summary>
/// <remarks>
/// The reply is 0. −ENOSPC, −EFBIG, −EOPNOTSUPP (a file system without), −EINVAL (flags that do not go together, no length),
/// −EPERM, −ESPIPE, −ENODEV, −EBADF. <c>fallocate(2)</c>; <c>IORING_OP_FALLOCATE</c>, since Linux 5.6.
/// </remarks>
public sealed class FAllocate : RangeOperation
{
    /// <summary>Makes the message.</summary>
    /// <param name="descriptor">The file, open for writing.</param>
    /// <param name="offset">Where the range starts, in bytes.</param>
    /// <param name="length">Its length in bytes.</param>
    /// <param name="flags">What happens to it.</param>
    /// <exception cref="ArgumentOutOfRangeException">Offset or length is negative.</exception>
    public FAllocate(Descriptor descriptor, long offset, long length, FAllocateFlags flags = FAllocateFlags.None)
        : base(descriptor, offset, length)
    {
        Flags = flags;
    }

    /// <summary>What happens to it.</summary>
    public FAllocateFlags Flags { get; }

    /// <inheritdoc/>
    public override OperationKind Kind => OperationKind.FAllocate;

    internal override OrderClass Order => OrderClass.Exclusive;

    internal override UringOpcode? Opcode => UringOpcode.FAllocate;

    internal override void Prepare(OperationArguments arguments, ref UringSqe sqe) => sqe.Set(
        UringOpcode.FAllocate, arguments.Fd, (nint)Length, (uint)Flags, (ulong)Offset, 0, 0);

    internal override long Call(OperationArguments arguments) =>
        Sys.FAllocate(arguments.Fd, (int)Flags, Offset, Length);

    private protected override Enum What => Flags;
}
