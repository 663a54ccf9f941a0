using System;
using Akka.IoActors.Native;
using Akka.IoActors.Native.Uring;

namespace Akka.IoActors;

/// <summary>Reads at an offset; the file position stays where it is.</summary>
/// <remarks>
/// The reply is the number of bytes read: 0 at or past the end of the file, fewer than asked for
/// where the file ends. −EBADF, −EINVAL (O_DIRECT and not aligned), −EIO, −EISDIR, −ESPIPE (a pipe,
/// a socket or a terminal). May overtake other positional operations, and be overtaken.
/// <c>pread(2)</c>; <c>IORING_OP_READ</c>, since Linux 5.6.
/// </remarks>
public sealed class PRead : IoOperation
{
    /// <summary>Makes the message.</summary>
    /// <param name="descriptor">What to read from; it must be seekable.</param>
    /// <param name="buffer">Where to; its length is the most that is read, at most 0x7ffff000 bytes.</param>
    /// <param name="offset">Where in the file, in bytes from its start.</param>
    /// <exception cref="ArgumentOutOfRangeException">The offset is negative.</exception>
    public PRead(Descriptor descriptor, Memory<byte> buffer, long offset)
        : base(descriptor.Target)
    {
        Buffer = buffer;
        Offset = CheckOffset(offset);
    }

    /// <summary>Makes the message, with a callback that gets the reply instead of a sender.</summary>
    /// <param name="descriptor">What to read from; it must be seekable.</param>
    /// <param name="buffer">Where to; its length is the most that is read, at most 0x7ffff000 bytes.</param>
    /// <param name="offset">Where in the file, in bytes from its start.</param>
    /// <param name="callback">Called once, with the reply and the context, on a thread of the thread pool. What it throws is logged.</param>
    /// <param name="context">Whatever the callback needs.</param>
    /// <exception cref="ArgumentOutOfRangeException">The offset is negative.</exception>
    /// <exception cref="ArgumentNullException">There is no callback.</exception>
    public PRead(
        Descriptor descriptor, Memory<byte> buffer, long offset, Action<IoResult, object?> callback, object? context)
        : base(descriptor.Target, callback ?? throw new ArgumentNullException(nameof(callback)), context)
    {
        Buffer = buffer;
        Offset = CheckOffset(offset);
    }

    /// <summary>Where the bytes go.</summary>
    public Memory<byte> Buffer { get; }

    /// <summary>Where in the file, in bytes from its start.</summary>
    public long Offset { get; }

    /// <inheritdoc/>
    public override OperationKind Kind => OperationKind.PRead;

    internal override OrderClass Order => OrderClass.Positional;

    internal override ReadOnlyMemory<byte> Pinned => Buffer;

    internal override UringOpcode? Opcode => UringOpcode.Read;

    internal override void Prepare(OperationArguments arguments, ref UringSqe sqe) => sqe.Set(
        UringOpcode.Read, arguments.Fd, arguments.Address, (uint)Buffer.Length, (ulong)Offset, 0, 0);

    internal override long Call(OperationArguments arguments) =>
        Sys.PRead(arguments.Fd, arguments.Address, Buffer.Length, Offset);

    internal override bool MayBeCached => !Buffer.IsEmpty;

    internal override long CallCached(OperationArguments arguments)
    {
        var bytes = Sys.ReadCached(arguments.Fd, arguments.Address, Buffer.Length, Offset);
        return bytes == Buffer.Length ? bytes : -(long)Errno.EAGAIN;
    }

    private protected override string Details =>
        FormattableString.Invariant($"{Buffer.Length} bytes at {Offset}");
}
