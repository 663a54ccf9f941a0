using System;
using Akka.IoActors.Native;
using Akka.IoActors.Native.Uring;

namespace Akka.IoActors;

/// <summary>Receives from a socket; waits, without costing a thread, where nothing has come yet.</summary>
/// <remarks>
/// The reply is the number of bytes received: 0 when the peer has closed its side (or for an empty
/// buffer). −ECONNRESET, −ENOTCONN, −ENOTSOCK, −EBADF, −ECANCELED; −EAGAIN with
/// <see cref="SocketMessageFlags.DontWait"/> only. Takes effect in the order in which it was sent, among
/// the receives of its descriptor. <c>recv(2)</c>; <c>IORING_OP_RECV</c>, since Linux 5.6.
/// </remarks>
public sealed class Recv : IoOperation
{
    /// <summary>Makes the message.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="buffer">Where the bytes go.</param>
    /// <param name="flags">How to receive.</param>
    /// <exception cref="ArgumentException">The flags are not those of recv.</exception>
    public Recv(Descriptor socket, Memory<byte> buffer, SocketMessageFlags flags = SocketMessageFlags.None)
        : base(socket.Target)
    {
        Buffer = buffer;
        Flags = flags.Check(nameof(flags), SocketMessageFlags.ZeroCopy);
    }

    /// <summary>Where the bytes go.</summary>
    public Memory<byte> Buffer { get; }

    /// <summary>How to receive.</summary>
    public SocketMessageFlags Flags { get; }

    /// <inheritdoc/>
    public override OperationKind Kind => OperationKind.Recv;

    internal override Errno WhenStopped => Errno.ESHUTDOWN;

    internal override OrderClass Order => OrderClass.In;

    internal override ReadOnlyMemory<byte> Pinned => Buffer;

    internal override PollEvents Readiness =>
        (Flags & SocketMessageFlags.DontWait) != 0 ? PollEvents.None : PollEvents.In;

    /// <summary>A ring fills the buffer by itself; a try takes what there is, and another takes the rest.</summary>
    internal override bool ContinuesWhenShort => FillsBuffer;

    internal override UringOpcode? Opcode => UringOpcode.Recv;

    internal override void Prepare(OperationArguments arguments, ref UringSqe sqe) => sqe.Set(
        UringOpcode.Recv, arguments.Fd, arguments.Address, (uint)(Buffer.Length - arguments.Done), 0, (uint)Flags, 0);

    internal override long Call(OperationArguments arguments) =>
        Sys.Recv(arguments.Fd, arguments.Address, Buffer.Length - arguments.Done, (int)Flags);

    internal override long TryCall(OperationArguments arguments) => Sys.Recv(
        arguments.Fd, arguments.Address, Buffer.Length - arguments.Done, (int)(Flags | SocketMessageFlags.DontWait));

    private bool FillsBuffer =>
        (Flags & (SocketMessageFlags.WaitAll | SocketMessageFlags.DontWait | SocketMessageFlags.Peek))
            == SocketMessageFlags.WaitAll;
}
