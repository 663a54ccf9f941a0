using System;
using System.Collections.Generic;
using System.Linq;
using Akka.IoActors.Native;
using Akka.IoActors.Native.Uring;

namespace Akka.IoActors;

/// <summary>Reads at an offset into several buffers, one after the other; the file position stays where it is.</summary>
/// <remarks>
/// The reply is the number of bytes, as for <see cref="PRead"/>, with the same errors; −EINVAL for more than
/// 1,024 buffers (IOV_MAX). <c>preadv(2)</c>; <c>IORING_OP_READV</c>, since Linux 5.1.
/// </remarks>
public sealed class PReadV : IoOperation
{
    private readonly ReadOnlyMemory<byte>[] _segments;

    /// <summary>Makes the message.</summary>
    /// <param name="descriptor">What to read from; it must be seekable.</param>
    /// <param name="buffers">Where to, in this order; at most 1,024.</param>
    /// <param name="offset">Where in the file, in bytes from its start.</param>
    /// <exception cref="ArgumentNullException">There are no buffers.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The offset is negative.</exception>
    public PReadV(Descriptor descriptor, IReadOnlyList<Memory<byte>> buffers, long offset)
        : base(descriptor.Target)
    {
        ArgumentNullException.ThrowIfNull(buffers);
        _segments = [.. buffers.Select(buffer => (ReadOnlyMemory<byte>)buffer)];
        Buffers = [.. buffers];
        Offset = CheckOffset(offset);
    }

    /// <summary>Where the bytes go, in this order.</summary>
    public IReadOnlyList<Memory<byte>> Buffers { get; }

    /// <summary>Where in the file, in bytes from its start.</summary>
    public long Offset { get; }

    /// <inheritdoc/>
    public override OperationKind Kind => OperationKind.PReadV;

    internal override OrderClass Order => OrderClass.Positional;

    /// <summary>The kernel says at once what is wrong with it, but a ring not in the same order.</summary>
    internal override bool IsQuick => IoVector.IsTooLong(_segments);

    internal override IReadOnlyList<ReadOnlyMemory<byte>>? Segments => _segments;

    internal override long Requested => IoVector.BytesOf(_segments);

    internal override UringOpcode? Opcode => UringOpcode.ReadV;

    internal override void Prepare(OperationArguments arguments, ref UringSqe sqe)
    {
        var count = IoVector.Fill(arguments, _segments);
        sqe.Set(UringOpcode.ReadV, arguments.Fd, arguments.LentAddress, (uint)count, (ulong)Offset, 0, 0);
    }

    internal override long Call(OperationArguments arguments)
    {
        var count = IoVector.Fill(arguments, _segments);
        return Sys.PReadV2(arguments.Fd, arguments.LentAddress, count, Offset, 0);
    }

    internal override bool MayBeCached => Requested > 0;

    internal override long CallCached(OperationArguments arguments)
    {
        var count = IoVector.Fill(arguments, _segments);
        var bytes = Sys.ReadCachedV(arguments.Fd, arguments.LentAddress, count, Offset);
        return bytes == Requested ? bytes : -(long)Errno.EAGAIN;
    }

    private protected override string Details => FormattableString.Invariant($"{Requested} bytes in {_segments.Length} buffers at {Offset}");
}
