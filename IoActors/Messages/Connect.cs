using System;
using System.Net;
using Akka.IoActors.Native;
using Akka.IoActors.Native.Uring;

namespace Akka.IoActors;

/// <summary>
/// Connects a socket to an address. It starts when everything sent for the socket before has finished, and what is sent
/// later waits for its end. Without a <see cref="IoOperation.Timeout"/> the kernel gives up after about two minutes.
/// </summary>
/// <remarks>
/// The reply is 0. −ECONNREFUSED, −ETIMEDOUT (of the kernel, or of the operation), −EHOSTUNREACH, −ENETUNREACH,
/// −EADDRNOTAVAIL, −EAFNOSUPPORT, −EISCONN, −EACCES, −ENOTSOCK, −EBADF; of a Unix socket −EAGAIN (the
/// listener's backlog is full: try again), −ENOENT, −EACCES, −EPROTOTYPE.
/// After an error, close the socket: what it can still do differs from system to system. <c>connect(2)</c>;
/// <c>IORING_OP_CONNECT</c>, since Linux 5.5. The epoll and thread-pool backends set O_NONBLOCK meanwhile; a Unix socket is
/// connected so on the offload pool, on every backend.
/// </remarks>
public sealed class Connect : SocketOperation
{
    // What the operation remembers between its steps.
    private const int Attempts = 0;
    private const int WasBlocking = 1;

    private readonly ReadOnlyMemory<byte> _address;

    /// <summary>Makes the message.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="address">An IPEndPoint or UnixDomainSocketEndPoint.</param>
    /// <exception cref="ArgumentException">It is a name that is to be resolved first.</exception>
    public Connect(Descriptor socket, EndPoint address)
        : base(socket)
    {
        _address = ToBytes(address);
        Address = address;
    }

    /// <summary>The address.</summary>
    public EndPoint Address { get; }

    /// <inheritdoc/>
    public override OperationKind Kind => OperationKind.Connect;

    internal override OrderClass Order => OrderClass.Exclusive;

    internal override bool IsQuick => false;

    /// <summary>A Unix socket connects at once or not at all: no readiness tells when a full backlog has room.</summary>
    internal override PollEvents Readiness => IsUnix ? PollEvents.None : PollEvents.Out;

    internal override UringOpcode? Opcode => UringOpcode.Connect;

    internal override bool MustCall => IsUnix;

    private bool IsUnix => SocketAddresses.IsUnix(_address.Span);

    internal override int Begin(OperationArguments arguments)
    {
        arguments.State = new int[2];
        arguments.Lend(SocketAddresses.StorageSize);
        _address.Span.CopyTo(arguments.Lent);
        return 0;
    }

    internal override void Prepare(OperationArguments arguments, ref UringSqe sqe)
    {
        arguments.State![Attempts]++;
        sqe.Set(UringOpcode.Connect, arguments.Fd, arguments.LentAddress, 0, (ulong)_address.Length, 0, 0);
    }

    /// <summary>Not even a thread of the pool waits for a backlog: nothing could end that before its time.</summary>
    internal override long Call(OperationArguments arguments) => TryCall(arguments);

    internal override long TryCall(OperationArguments arguments)
    {
        var blocking = Sys.TrySetNonBlocking(arguments.Fd);
        if (blocking < 0)
        {
            return blocking;
        }

        // The second call, when the socket is ready, tells how the first has ended, and has the kernel take note of it.
        arguments.State![WasBlocking] |= blocking;
        arguments.State![Attempts]++;
        return Sys.Connect(arguments.Fd, arguments.LentAddress, _address.Length);
    }

    /// <summary>
    /// It goes on by itself once it has begun: when the ring of the first attempt has broken, a second one may find the
    /// connection made.
    /// </summary>
    internal override long Interpret(OperationArguments arguments, long result) => (Errno)(int)-result switch
    {
        Errno.EINPROGRESS or Errno.EALREADY => -(long)Errno.EAGAIN,
        Errno.EISCONN when arguments.State![Attempts] > 1 => 0,
        _ => result,
    };

    internal override void End(OperationArguments arguments)
    {
        if (arguments.State is { } state && state[WasBlocking] != 0)
        {
            Sys.SetBlocking(arguments.Fd);
        }
    }

    private protected override string Details => $"{Address}";
}
