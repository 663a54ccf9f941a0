using System.Net.Sockets;
using System.Runtime.InteropServices;
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
/// −EBADF. It is never refused for a limit, and has no time limit but
/// its own Timeout. A handle is closed too. <c>close(2)</c>; <c>IORING_OP_CLOSE</c>, since Linux 5.6. A .NET
/// socket insists on closing its number itself: /dev/null takes the socket's place by <c>dup3(2)</c>, on the
/// offload pool, and the handle closes that (−EMFILE if there is no descriptor left for it).
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

    internal override bool MustCall => IsSocketHandle;

    internal override long Call(OperationArguments arguments) =>
        IsSocketHandle ? Sys.ReplaceByNull(arguments.Fd) : Sys.Close(arguments.Fd);

    /// <summary>
    /// Marks a handle as closed, after its number was. A socket's waits for ever in its Dispose if it has not
    /// closed anything, so it gets to close what <see cref="Sys.ReplaceByNull"/> left to it.
    /// </summary>
    internal static void Invalidate(SafeHandle handle)
    {
        if (handle is SafeSocketHandle)
        {
            handle.Dispose();
        }
        else
        {
            handle.SetHandleAsInvalid();
        }
    }

    private bool IsSocketHandle => Target is SafeSocketHandle;
}
