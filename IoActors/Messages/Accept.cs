using System.Runtime.InteropServices;
using Akka.IoActors.Native;

namespace Akka.IoActors;

/// <summary>
/// Waits for a connection on a listening socket. The new descriptor is close-on-exec and blocking,
/// so that no backend ever sees −EAGAIN from it.
/// </summary>
/// <remarks>
/// The reply is the new descriptor, with <see cref="IoResult.Peer"/>, to be taken by
/// <see cref="IoResult.Value"/> or <see cref="IoResult.SocketHandle"/>; one that nobody takes closes itself.
/// −ECONNABORTED (this connection is gone, the listener goes on), −EMFILE, −ENFILE, −EINVAL (not
/// listening), −ENOTSOCK, −EBADF, −ECANCELED. <c>accept4(2)</c>, and the readiness of the socket where nobody waits to be accepted
/// (<c>IORING_OP_POLL_ADD</c>): of a crowd all are taken in one turn of the loop, while <c>IORING_OP_ACCEPT</c> would take a turn each.
/// O_NONBLOCK is set on the listening socket: accept4 knows no flag that would keep one call from waiting, and another process may take the
/// connection that was announced.
/// </remarks>
public sealed class Accept : IoOperation
{
    // The length that the kernel reads and writes stands behind the address.
    private const int LengthOffset = SocketAddresses.StorageSize;

    /// <summary>Makes the message.</summary>
    /// <param name="listener">The listening socket.</param>
    public Accept(Descriptor listener)
        : base(listener.Target)
    {
    }

    /// <inheritdoc/>
    public override OperationKind Kind => OperationKind.Accept;

    internal override Errno WhenStopped => Errno.ESHUTDOWN;

    internal override OrderClass Order => OrderClass.In;

    internal override PollEvents Readiness => PollEvents.In;

    internal override bool IsTriedByRing => true;

    internal override int Begin(OperationArguments arguments)
    {
        arguments.Lend(SocketAddresses.StorageSize + sizeof(int));
        MemoryMarshal.Write(arguments.Lent[LengthOffset..], SocketAddresses.StorageSize);
        return 0;
    }

    internal override long Call(OperationArguments arguments) => Sys.Accept(
        arguments.Fd, arguments.LentAddress, arguments.LentAddress + LengthOffset);

    internal override long TryCall(OperationArguments arguments)
    {
        var result = Sys.SetNonBlocking(arguments.Fd);
        return result < 0 ? result : Call(arguments);
    }

    internal override IoResult ToResult(OperationArguments arguments, long result)
    {
        if (result < 0)
        {
            return new IoResult(this, result);
        }

        var length = MemoryMarshal.Read<int>(arguments.Lent[LengthOffset..]);
        return new DescriptorResult(
            this, (int)result, SocketAddresses.Read(arguments.Lent[..int.Min(length, SocketAddresses.StorageSize)]));
    }
}
