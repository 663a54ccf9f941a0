using System.Runtime.InteropServices;
using Akka.IoActors.Native;
using Akka.IoActors.Native.Uring;

namespace Akka.IoActors;

/// <summary>
/// Tells what is known of an open file: type, permissions, size, times. It starts when everything
/// sent for the descriptor before has finished, so it sees earlier writes.
/// </summary>
/// <remarks>
/// The reply is 0, with <see cref="IoResult.Status"/>. −EBADF, −EIO. <c>statx(2)</c> with
/// AT_EMPTY_PATH; <c>IORING_OP_STATX</c>, since Linux 5.6. Of a file on a disk of this machine it is one call on the loop.
/// </remarks>
public sealed class FStat : IoOperation
{
    /// <summary>How GetInfo names the short way, before the ordinary one.</summary>
    internal const string AtOnce = "statx(AT_STATX_DONT_SYNC) on the loop; no disk of this machine: ";

    // The empty path stands behind the structure that the kernel fills.
    private const int PathOffset = Statx.ByteSize;

    /// <summary>Makes the message.</summary>
    /// <param name="descriptor">The file, socket, pipe or directory.</param>
    public FStat(Descriptor descriptor)
        : base(descriptor.Target)
    {
    }

    /// <inheritdoc/>
    public override OperationKind Kind => OperationKind.FStat;

    internal override OrderClass Order => OrderClass.Sync;

    internal override UringOpcode? Opcode => UringOpcode.Statx;

    internal override int Begin(OperationArguments arguments)
    {
        arguments.Lend(Statx.ByteSize + 16);
        arguments.Lent[PathOffset] = 0;

        // Only statx would take AT_FDCWD and other negative numbers for the working directory.
        return arguments.Fd < 0 ? -(int)Errno.EBADF : 0;
    }

    internal override void Prepare(OperationArguments arguments, ref UringSqe sqe) => sqe.Set(
        UringOpcode.Statx,
        arguments.Fd,
        arguments.LentAddress + PathOffset,
        Statx.AllMask,
        (ulong)arguments.LentAddress,
        Statx.EmptyPath,
        0);

    internal override long Call(OperationArguments arguments) => Sys.Statx(
        arguments.Fd, arguments.LentAddress + PathOffset, Statx.EmptyPath, Statx.AllMask, arguments.LentAddress);

    internal override bool MayBeCached => true;

    internal override bool IsPuntedByRing => true;

    /// <summary>
    /// Of a file on a disk of this machine the kernel has the status in memory as long as it is open. Of others, as on NFS or FUSE, which
    /// have no device, it may have to ask somebody: AT_STATX_DONT_SYNC keeps it from that, and the ordinary way asks.
    /// What shares a disk with other machines (GFS2, OCFS2) has a device, too, and may ask them.
    /// </summary>
    internal override long CallCached(OperationArguments arguments)
    {
        var result = Sys.Statx(
            arguments.Fd, arguments.LentAddress + PathOffset, Statx.EmptyPath | Statx.DontSync, Statx.AllMask, arguments.LentAddress);
        return result < 0 || MemoryMarshal.Read<Statx>(arguments.Lent).DevMajor != 0 ? result : -(long)Errno.EAGAIN;
    }

    internal override IoResult ToResult(OperationArguments arguments, long result) => result < 0
        ? new IoResult(this, result)
        : new StatusResult(this, new FileStatus(MemoryMarshal.Read<Statx>(arguments.Lent)));
}
