using Akka.IoActors.Native;
using Akka.IoActors.Native.Uring;

namespace Akka.IoActors;

/// <summary>
/// Brings what was written to the device: everything sent for the descriptor before has finished
/// when it starts. What is sent later need not wait for it.
/// </summary>
/// <remarks>
/// The reply is 0. −EIO, −ENOSPC, −EDQUOT if some earlier write could not be kept (Linux says so once);
/// −EINVAL for a pipe or socket, −EBADF, −EROFS. <c>fsync(2)</c>; <c>IORING_OP_FSYNC</c>, since Linux 5.1.
/// </remarks>
public sealed class FSync : IoOperation
{
    /// <summary>Makes the message.</summary>
    /// <param name="descriptor">The file.</param>
    public FSync(Descriptor descriptor)
        : base(descriptor.Target)
    {
    }

    /// <inheritdoc/>
    public override OperationKind Kind => OperationKind.FSync;

    internal override OrderClass Order => OrderClass.Sync;

    internal override UringOpcode? Opcode => UringOpcode.FSync;

    internal override void Prepare(OperationArguments arguments, ref UringSqe sqe) =>
        sqe.Set(UringOpcode.FSync, arguments.Fd, 0, 0, 0, 0, 0);

    internal override long Call(OperationArguments arguments) => Sys.FSync(arguments.Fd);
}
