using System;
using Akka.IoActors.Native;
using Akka.IoActors.Native.Uring;

namespace Akka.IoActors;

/// <summary>
/// Sends on a connected socket; waits, without costing a thread, for room in its buffer. MSG_NOSIGNAL is
/// always set.
/// </summary>
/// <remarks>
/// The reply is the number of bytes taken by the socket: all of them, or fewer where an error stood
/// in the way of the rest (the following send then gets it). −EPIPE, −ECONNRESET, −ENOTCONN, −EMSGSIZE,
/// −ENOTSOCK, −EBADF, −ECANCELED; −EAGAIN with <see cref="SocketMessageFlags.DontWait"/> only. Takes
/// effect in the order in which it was sent, among the sends of its descriptor; another's bytes never
/// come between. <c>send(2)</c>; <c>IORING_OP_SEND</c>, since Linux 5.6; with
/// <see cref="SocketMessageFlags.ZeroCopy"/> <c>IORING_OP_SEND_ZC</c>, since 6.0.
/// </remarks>
public sealed class Send : IoOperation
{
    /// <summary>Makes the message.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="buffer">The bytes; not to be changed before the reply.</param>
    /// <param name="flags">How to send.</param>
    /// <exception cref="ArgumentException">The flags are not those of send.</exception>
    public Send(Descriptor socket, ReadOnlyMemory<byte> buffer, SocketMessageFlags flags = SocketMessageFlags.None)
        : base(socket.Target)
    {
        Buffer = buffer;
        Flags = flags.Check(nameof(flags));
    }

    /// <summary>The bytes to send.</summary>
    public ReadOnlyMemory<byte> Buffer { get; }

    /// <summary>How to send.</summary>
    public SocketMessageFlags Flags { get; }

    /// <inheritdoc/>
    public override OperationKind Kind => OperationKind.Send;

    internal override Errno WhenStopped => Errno.ESHUTDOWN;

    internal override OrderClass Order => OrderClass.Out;

    internal override ReadOnlyMemory<byte> Pinned => Buffer;

    internal override PollEvents Readiness => MayWait ? PollEvents.Out : PollEvents.None;

    internal override bool ContinuesWhenShort => MayWait;

    internal override UringOpcode? Opcode => UringOpcode.Send;

    internal override void Prepare(OperationArguments arguments, ref UringSqe sqe) => sqe.Set(
        IsZeroCopy(arguments) ? UringOpcode.SendZeroCopy : UringOpcode.Send,
        arguments.Fd,
        arguments.Address,
        (uint)(Buffer.Length - arguments.Done),
        0,
        (uint)CallFlags | Sys.MessageNoSignal,
        0);

    internal override long Interpret(OperationArguments arguments, long result)
    {
        // An older kernel does not know the opcode, and Unix sockets cannot: then it is an ordinary send, from here on.
        if (result is -(long)Errno.EINVAL or -(long)Errno.EOPNOTSUPP && IsZeroCopy(arguments))
        {
            arguments.State = [];
            return -(long)Errno.EINTR;
        }

        return result;
    }

    internal override long Call(OperationArguments arguments) => Sys.Send(
        arguments.Fd, arguments.Address, Buffer.Length - arguments.Done, (int)CallFlags | (int)Sys.MessageNoSignal);

    internal override long TryCall(OperationArguments arguments) => Sys.Send(
        arguments.Fd,
        arguments.Address,
        Buffer.Length - arguments.Done,
        (int)(CallFlags | SocketMessageFlags.DontWait) | (int)Sys.MessageNoSignal);

    /// <summary>Whether the kernel is to send from the buffer itself, as far as it has not refused to.</summary>
    private bool IsZeroCopy(OperationArguments arguments) =>
        (Flags & SocketMessageFlags.ZeroCopy) != 0 && arguments.State is null;

    private SocketMessageFlags CallFlags => Flags & ~SocketMessageFlags.ZeroCopy;

    private bool MayWait => (Flags & SocketMessageFlags.DontWait) == 0;
}
