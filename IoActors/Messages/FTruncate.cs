using System;
using Akka.IoActors.Native;
using Akka.IoActors.Native.Uring;

namespace Akka.IoActors;

/// <summary>
/// Cuts a file, or grows it by a hole that reads as zeros. It starts when everything sent for the
/// descriptor before has finished, and what is sent later waits for it.
/// </summary>
/// <remarks>
/// The reply is 0. −EINVAL (not a file, or not open for writing), −EFBIG, −EPERM, −EBADF, −EIO.
/// <c>ftruncate(2)</c>; <c>IORING_OP_FTRUNCATE</c>, since Linux 6.9, before that on the offload pool.
/// </remarks>
public sealed class FTruncate : IoOperation
{
    /// <summary>Makes the message.</summary>
    /// <param name="descriptor">The file, open for writing.</param>
    /// <param name="length">The new length in bytes.</param>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative.</exception>
    public FTruncate(Descriptor descriptor, long length)
        : base(descriptor.Target) => Length = CheckOffset(length);

    /// <summary>The new length in bytes.</summary>
    public long Length { get; }

    /// <inheritdoc/>
    public override OperationKind Kind => OperationKind.FTruncate;

    internal override OrderClass Order => OrderClass.Exclusive;

    internal override UringOpcode? Opcode => UringOpcode.FTruncate;

    internal override void Prepare(OperationArguments arguments, ref UringSqe sqe) =>
        sqe.Set(UringOpcode.FTruncate, arguments.Fd, 0, 0, (ulong)Length, 0, 0);

    internal override long Call(OperationArguments arguments) => Sys.FTruncate(arguments.Fd, Length);

    private protected override string Details => FormattableString.Invariant($"to {Length} bytes");
}
