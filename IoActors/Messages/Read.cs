using System;
using Akka.IoActors.Native;
using Akka.IoActors.Native.Uring;

namespace Akka.IoActors;

/// <summary>
/// Reads at the file position, and moves it; from a pipe, socket or terminal, what comes next.
/// Waits for data where there is none yet.
/// </summary>
/// <remarks>
/// The reply is the number of bytes read: 0 at the end of the file or stream, fewer than asked for
/// where no more are there. −EBADF, −EINVAL, −EIO, −EISDIR, −ECONNRESET, −ECANCELED.
/// Takes effect in the order in which it was sent, among the reads of its descriptor, and on a file
/// among its writes too. <c>read(2)</c>; <c>IORING_OP_READ</c> at offset −1, since Linux 5.6.
/// </remarks>
public sealed class Read : IoOperation
{
    /// <summary>Makes the message.</summary>
    /// <param name="descriptor">What to read from.</param>
    /// <param name="buffer">Where to; its length is the most that is read, at most 0x7ffff000 bytes.</param>
    public Read(Descriptor descriptor, Memory<byte> buffer)
        : base(descriptor.Target) => Buffer = buffer;

    /// <summary>Where the bytes go.</summary>
    public Memory<byte> Buffer { get; }

    /// <inheritdoc/>
    public override OperationKind Kind => OperationKind.Read;

    internal override OrderClass Order => OrderClass.In;

    internal override bool UsesCursor => true;

    /// <summary>Nothing to move: a ring would wait for readiness all the same, on a FIFO.</summary>
    internal override bool IsQuick => Requested == 0;

    internal override ReadOnlyMemory<byte> Pinned => Buffer;

    internal override PollEvents Readiness => PollEvents.In;

    internal override UringOpcode? Opcode => UringOpcode.Read;

    internal override void Prepare(OperationArguments arguments, ref UringSqe sqe) => sqe.Set(
        UringOpcode.Read, arguments.Fd, arguments.Address, (uint)Buffer.Length, UringOffset.Position, 0, 0);

    internal override long Call(OperationArguments arguments) =>
        Sys.Read(arguments.Fd, arguments.Address, Buffer.Length);

    internal override long TryCall(OperationArguments arguments) =>
        Sys.TryRead(arguments.Fd, arguments.Address, Buffer.Length);
}
