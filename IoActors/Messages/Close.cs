using Akka.IoActors.Native;
using Akka.IoActors.Native.Uring;

namespace Akka.IoActors;

/// <summary>
/// Closes a descriptor, after everything sent for it before: file operations finish first, idle
/// waits (<see cref="Recv"/>, <see cref="Accept"/>, a <see cref="Read"/> of a pipe) are cancelled.
/// </summary>
/// <remarks>
/// The reply is 0. −EBADF if it is not open; −EIO, −ENOSPC, −EDQUOT from a file system that writes late:
/// the descriptor is gone all the same. What is sent for it behind the Close, before its reply, gets
/// −EBADF. A handle is closed too. <c>close(2)</c>; <c>IORING_OP_CLOSE</c>, since Linux 5.6.
/// </remarks>
public sealed class Close : IoOperation
{
    /// <summary>Makes the message.</summary>
    /// <param name="descriptor">What to close.</param>
    public Close(Descriptor descriptor)
        : base(descriptor.Target)
    {
    }

    /// <inheritdoc/>
    public override OperationKind Kind => OperationKind.Close;

    internal override OrderClass Order => OrderClass.Exclusive;

    internal override UringOpcode? Opcode => UringOpcode.Close;

    internal override void Prepare(OperationArguments arguments, ref UringSqe sqe) =>
        sqe.Set(UringOpcode.Close, arguments.Fd, 0, 0, 0, 0, 0);

    internal override long Call(OperationArguments arguments) => Sys.Close(arguments.Fd);
}
