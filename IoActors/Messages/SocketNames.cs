using System.Net;
using System.Runtime.InteropServices;
using Akka.IoActors.Native;

namespace Akka.IoActors;

/// <summary>Tells the address of one of the ends of a socket.</summary>
public abstract class SocketNameOperation : SocketOperation
{
    // The length that the kernel reads and writes stands behind the address.
    private const int LengthOffset = SocketAddresses.StorageSize;

    private protected SocketNameOperation(Descriptor socket)
        : base(socket)
    {
    }

    internal override int Begin(OperationArguments arguments)
    {
        arguments.Lend(SocketAddresses.StorageSize + sizeof(int));
        MemoryMarshal.Write(arguments.Lent[LengthOffset..], SocketAddresses.StorageSize);
        return 0;
    }

    internal override long Call(OperationArguments arguments) =>
        Ask(arguments.Fd, arguments.LentAddress, arguments.LentAddress + LengthOffset);

    internal override IoResult ToResult(OperationArguments arguments, long result)
    {
        var length = MemoryMarshal.Read<int>(arguments.Lent[LengthOffset..]);
        return result < 0
            ? new IoResult(this, result)
            : new AddressResult(this, SocketAddresses.Read(arguments.Lent[..int.Min(length, SocketAddresses.StorageSize)]));
    }

    private protected abstract long Ask(int fd, nint address, nint length);
}

/// <summary>Tells a socket's own address, such as the port that the kernel has chosen.</summary>
/// <remarks>
/// The reply is 0, with <see cref="IoResult.Address"/>. −ENOTSOCK, −EBADF. <c>getsockname(2)</c>, on the loop.
/// </remarks>
public sealed class GetSockName : SocketNameOperation
{
    /// <summary>Makes the message.</summary>
    /// <param name="socket">The socket.</param>
    public GetSockName(Descriptor socket)
        : base(socket)
    {
    }

    /// <inheritdoc/>
    public override OperationKind Kind => OperationKind.GetSockName;

    private protected override long Ask(int fd, nint address, nint length) => Sys.GetSockName(fd, address, length);
}

/// <summary>Tells the address of the other end of a connection.</summary>
/// <remarks>
/// The reply is 0, with <see cref="IoResult.Address"/>. −ENOTCONN, −ENOTSOCK, −EBADF. <c>getpeername(2)</c>, on the loop.
/// </remarks>
public sealed class GetPeerName : SocketNameOperation
{
    /// <summary>Makes the message.</summary>
    /// <param name="socket">The socket.</param>
    public GetPeerName(Descriptor socket)
        : base(socket)
    {
    }

    /// <inheritdoc/>
    public override OperationKind Kind => OperationKind.GetPeerName;

    private protected override long Ask(int fd, nint address, nint length) => Sys.GetPeerName(fd, address, length);
}

/// <summary>The reply to a successful <see cref="GetSockName"/> or <see cref="GetPeerName"/>.</summary>
internal sealed class AddressResult(IoOperation operation, EndPoint? address) : IoResult(operation, 0)
{
    public override EndPoint? Address { get; } = address;
}
