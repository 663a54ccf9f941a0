using System;
using Akka.IoActors.Native;
using Akka.IoActors.Native.Uring;

namespace Akka.IoActors;

/// <summary>
/// Receives from a socket into a buffer of the backend's, which is taken only when there is something to receive: an idle
/// connection holds none.
/// </summary>
/// <remarks>
/// The reply is the number of bytes received, with them in <see cref="IoResult.Buffer"/>, at most
/// <c>io-actors.buffers.size</c> of them; 0, without a buffer, when the peer has closed its side. Whoever gets it
/// disposes of the buffer. While all <c>io-actors.buffers.count</c> of a loop are held by their receivers, the operation
/// waits for one to come back; nothing is lost meanwhile. Errors and order as of <see cref="Recv"/>. <c>recv(2)</c>;
/// <c>IORING_OP_RECV</c> with a ring of provided buffers, since Linux 5.19.
/// </remarks>
public sealed class RecvPooled : IoOperation
{
    private readonly bool _copies;

    /// <summary>Makes the message.</summary>
    /// <param name="socket">The socket.</param>
    public RecvPooled(Descriptor socket)
        : base(socket.Target)
    {
    }

    /// <summary>Makes a message whose reply brings the bytes in an array, and leaves the buffer where it is.</summary>
    internal RecvPooled(Descriptor socket, bool copies)
        : base(socket.Target) => _copies = copies;

    /// <inheritdoc/>
    public override OperationKind Kind => OperationKind.RecvPooled;

    internal override Errno WhenStopped => Errno.ESHUTDOWN;

    internal override OrderClass Order => OrderClass.In;

    internal override PollEvents Readiness => PollEvents.In;

    internal override UringOpcode? Opcode => UringOpcode.Recv;

    internal override bool WantsBuffer => true;

    internal override void Prepare(OperationArguments arguments, ref UringSqe sqe)
    {
        if (arguments.Buffers!.KernelChooses)
        {
            sqe.Set(UringOpcode.Recv, arguments.Fd, 0, (uint)arguments.Buffers.Size, 0, 0, 0);
            sqe.Flags = UringAbi.SelectBuffer;
            sqe.BufferIndex = Operations.BufferPool.Group;
        }
        else
        {
            sqe.Set(UringOpcode.Recv, arguments.Fd, arguments.BufferAddress, (uint)arguments.Buffers.Size, 0, 0, 0);
        }
    }

    internal override long Call(OperationArguments arguments) => TryCall(arguments);

    internal override long TryCall(OperationArguments arguments) => Sys.Recv(
        arguments.Fd, arguments.BufferAddress, arguments.Buffers!.Size, (int)SocketMessageFlags.DontWait);

    internal override IoResult ToResult(OperationArguments arguments, long result) => result switch
    {
        <= 0 => new IoResult(this, result),
        _ when _copies => new BytesResult(this, result, arguments.CopyBuffer((int)result)),
        _ => new BufferResult(this, result, arguments.TakeBuffer((int)result)),
    };
}

/// <summary>The reply to a <see cref="RecvPooled"/> that has brought something.</summary>
internal sealed class BufferResult(IoOperation operation, long result, IoBuffer buffer) : IoResult(operation, result)
{
    public override IoBuffer Buffer { get; } = buffer;

    internal override void Abandon() => Buffer.Dispose();
}

/// <summary>The reply to a <see cref="RecvPooled"/> that copies.</summary>
internal sealed class BytesResult(IoOperation operation, long result, byte[] bytes) : IoResult(operation, result)
{
    internal byte[] Bytes { get; } = bytes;
}
