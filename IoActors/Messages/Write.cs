using System;
using Akka.IoActors.Native;
using Akka.IoActors.Native.Uring;

namespace Akka.IoActors;

/// <summary>
/// Writes at the file position, and moves it (to the end first, under O_APPEND); into a pipe or
/// socket, behind what was written before. Waits for room where there is none.
/// </summary>
/// <remarks>
/// The reply is the number of bytes written: all of them, or fewer where an error stood in the way
/// of the rest (the following write then gets it). −EBADF, −EPIPE (and no SIGPIPE), −ENOSPC, −EDQUOT,
/// −EFBIG, −EIO, −ECONNRESET, −ECANCELED. Takes effect in the order in which it was sent, among the
/// writes of its descriptor, and on a file among its reads too; another's bytes never come between.
/// <c>write(2)</c>; <c>IORING_OP_WRITE</c> at offset −1, since Linux 5.6.
/// </remarks>
public sealed class Write : IoOperation
{
    /// <summary>Makes the message.</summary>
    /// <param name="descriptor">What to write to.</param>
    /// <param name="buffer">The bytes; not to be changed before the reply.</param>
    public Write(Descriptor descriptor, ReadOnlyMemory<byte> buffer)
        : base(descriptor.Target) => Buffer = buffer;

    /// <summary>The bytes to write.</summary>
    public ReadOnlyMemory<byte> Buffer { get; }

    /// <inheritdoc/>
    public override OperationKind Kind => OperationKind.Write;

    internal override OrderClass Order => OrderClass.Out;

    internal override bool UsesCursor => true;

    /// <summary>Nothing to move: a ring would wait for readiness all the same, on a FIFO.</summary>
    internal override bool IsQuick => Requested == 0;

    internal override ReadOnlyMemory<byte> Pinned => Buffer;

    internal override PollEvents Readiness => PollEvents.Out;

    internal override bool ContinuesWhenShort => true;

    internal override UringOpcode? Opcode => UringOpcode.Write;

    internal override void Prepare(OperationArguments arguments, ref UringSqe sqe) => sqe.Set(
        UringOpcode.Write,
        arguments.Fd,
        arguments.Address,
        (uint)(Buffer.Length - arguments.Done),
        UringOffset.Position,
        0,
        0);

    internal override long Call(OperationArguments arguments) =>
        Sys.Write(arguments.Fd, arguments.Address, Buffer.Length - arguments.Done);

    internal override long TryCall(OperationArguments arguments) =>
        Sys.TryWrite(arguments.Fd, arguments.Address, Buffer.Length - arguments.Done);
}
