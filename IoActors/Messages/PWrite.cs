using System;
using Akka.IoActors.Native;
using Akka.IoActors.Native.Uring;

namespace Akka.IoActors;

/// <summary>
/// Writes at an offset; the file position stays where it is. (Under O_APPEND Linux appends
/// whatever the offset says.)
/// </summary>
/// <remarks>
/// The reply is the number of bytes written: all of them, or fewer where the device or the limit
/// left no room for the rest. −EBADF, −EINVAL (O_DIRECT and not aligned), −ENOSPC, −EDQUOT, −EFBIG,
/// −EIO, −ESPIPE (a pipe, a socket or a terminal). May overtake other positional operations, and be
/// overtaken. <c>pwrite(2)</c>; <c>IORING_OP_WRITE</c>, since Linux 5.6.
/// </remarks>
public sealed class PWrite : IoOperation
{
    /// <summary>Makes the message.</summary>
    /// <param name="descriptor">What to write to; it must be seekable.</param>
    /// <param name="buffer">The bytes; not to be changed before the reply.</param>
    /// <param name="offset">Where in the file, in bytes from its start.</param>
    /// <exception cref="ArgumentOutOfRangeException">The offset is negative.</exception>
    public PWrite(Descriptor descriptor, ReadOnlyMemory<byte> buffer, long offset)
        : base(descriptor.Target)
    {
        Buffer = buffer;
        Offset = CheckOffset(offset);
    }

    /// <summary>The bytes to write.</summary>
    public ReadOnlyMemory<byte> Buffer { get; }

    /// <summary>Where in the file, in bytes from its start.</summary>
    public long Offset { get; }

    /// <inheritdoc/>
    public override OperationKind Kind => OperationKind.PWrite;

    internal override OrderClass Order => OrderClass.Positional;

    internal override ReadOnlyMemory<byte> Pinned => Buffer;

    internal override UringOpcode? Opcode => UringOpcode.Write;

    internal override void Prepare(OperationArguments arguments, ref UringSqe sqe) => sqe.Set(
        UringOpcode.Write, arguments.Fd, arguments.Address, (uint)Buffer.Length, (ulong)Offset, 0, 0);

    internal override long Call(OperationArguments arguments) =>
        Sys.PWrite(arguments.Fd, arguments.Address, Buffer.Length, Offset);

    private protected override string Details =>
        FormattableString.Invariant($"{Buffer.Length} bytes at {Offset}");
}
