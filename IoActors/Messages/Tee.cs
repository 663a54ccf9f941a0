using Akka.IoActors.Native;
using Akka.IoActors.Native.Uring;

namespace Akka.IoActors;

/// <summary>
/// Lets a second pipe have the bytes that are in a first one, which keeps them: nothing is copied. Waits if there are none, or if
/// the second is full.
/// </summary>
/// <remarks>
/// The reply is the number of bytes, at most <see cref="PipeOperation.Count"/>; 0 when the first pipe is empty and has no writer.
/// −EINVAL if one is no pipe or both are the same; −EBADF, −EPIPE, −ECANCELED. <c>tee(2)</c>; <c>IORING_OP_TEE</c>, since
/// Linux 5.8.
/// </remarks>
public sealed class Tee : PipeOperation
{
    /// <summary>Makes the message.</summary>
    /// <param name="output">The second pipe.</param>
    /// <param name="input">The first pipe.</param>
    /// <param name="count">How many bytes at the most.</param>
    /// <exception cref="System.ArgumentOutOfRangeException">The count is negative.</exception>
    public Tee(Descriptor output, Descriptor input, int count)
        : base(output, input, count)
    {
    }

    /// <inheritdoc/>
    public override OperationKind Kind => OperationKind.Tee;

    internal override UringOpcode? Opcode => UringOpcode.Tee;

    internal override void Prepare(OperationArguments arguments, ref UringSqe sqe)
    {
        SetNonBlocking(arguments);
        sqe.Set(UringOpcode.Tee, arguments.Fd, 0, (uint)Count, 0, Sys.SpliceNonBlock, 0);
        sqe.SpliceFdIn = arguments.SecondFd;
    }

    private protected override long Move(OperationArguments arguments) =>
        Sys.Tee(arguments.SecondFd, arguments.Fd, (uint)Count, Sys.SpliceNonBlock);
}
