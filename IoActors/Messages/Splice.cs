using Akka.IoActors.Native;
using Akka.IoActors.Native.Uring;

namespace Akka.IoActors;

/// <summary>
/// Moves bytes from one descriptor to another inside the kernel; one of the two is a pipe. As <c>splice(2)</c> it moves what there
/// is, and waits only if that is nothing, or if there is no room.
/// </summary>
/// <remarks>
/// The reply is the number of bytes moved, at most <see cref="PipeOperation.Count"/>; 0 at the end of the input. −EINVAL if
/// neither is a pipe, both are the same one, or the output has O_APPEND; −EBADF, −EPIPE, −ECONNRESET, −ENOSPC, −EIO,
/// −ECANCELED. Files are read and written at their positions. A Close of either end cancels it. Sockets get O_NONBLOCK.
/// <c>splice(2)</c>; <c>IORING_OP_SPLICE</c>, since Linux 5.7.
/// </remarks>
public sealed class Splice : PipeOperation
{
    /// <summary>Makes the message.</summary>
    /// <param name="output">Where the bytes go.</param>
    /// <param name="input">Where they come from.</param>
    /// <param name="count">How many at the most.</param>
    /// <exception cref="System.ArgumentOutOfRangeException">The count is negative.</exception>
    public Splice(Descriptor output, Descriptor input, int count)
        : base(output, input, count)
    {
    }

    /// <inheritdoc/>
    public override OperationKind Kind => OperationKind.Splice;

    internal override UringOpcode? Opcode => UringOpcode.Splice;

    internal override void Prepare(OperationArguments arguments, ref UringSqe sqe)
    {
        SetNonBlocking(arguments);
        sqe.Set(UringOpcode.Splice, arguments.Fd, 0, (uint)Count, UringOffset.Position, Sys.SpliceNonBlock, 0);
        sqe.Address = UringOffset.Position;
        sqe.SpliceFdIn = arguments.SecondFd;
    }

    private protected override long Move(OperationArguments arguments) =>
        Sys.Splice(arguments.SecondFd, -1, arguments.Fd, (uint)Count, Sys.SpliceNonBlock);
}
