using System;
using System.Net;
using Akka.IoActors.Native;

namespace Akka.IoActors;

/// <summary>Gives a socket its own address.</summary>
/// <remarks>
/// The reply is 0. −EADDRINUSE, −EADDRNOTAVAIL, −EACCES, −EINVAL (it has one), −EAFNOSUPPORT, −ENOTSOCK, −EBADF; of a Unix path
/// also what <see cref="PathOperation"/> says: it must not be there. <c>bind(2)</c>, on the loop; of a Unix path, which is made
/// on a disk, on the offload pool.
/// </remarks>
public sealed class Bind : SocketOperation
{
    private readonly ReadOnlyMemory<byte> _address;

    /// <summary>Makes the message.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="address">An IPEndPoint or UnixDomainSocketEndPoint; port 0 has the kernel choose one.</param>
    /// <exception cref="ArgumentException">It is a name that is to be resolved first.</exception>
    public Bind(Descriptor socket, EndPoint address)
        : base(socket)
    {
        _address = ToBytes(address);
        Address = address;
    }

    /// <summary>The address.</summary>
    public EndPoint Address { get; }

    /// <inheritdoc/>
    public override OperationKind Kind => OperationKind.Bind;

    internal override bool IsQuick => !SocketAddresses.IsUnixPath(_address.Span);

    internal override int Begin(OperationArguments arguments)
    {
        arguments.Lend(SocketAddresses.StorageSize);
        _address.Span.CopyTo(arguments.Lent);
        return 0;
    }

    internal override long Call(OperationArguments arguments) =>
        Sys.Bind(arguments.Fd, arguments.LentAddress, _address.Length);

    private protected override string Details => $"{Address}";
}
