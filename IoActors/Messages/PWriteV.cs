using System;
using System.Collections.Generic;
using Akka.IoActors.Native;
using Akka.IoActors.Native.Uring;

namespace Akka.IoActors;

/// <summary>Writes several buffers at an offset, one after the other; the file position stays where it is.</summary>
/// <remarks>
/// The reply is the number of bytes, as for <see cref="PWrite"/>, with the same errors; −EINVAL for more than
/// 1,024 buffers (IOV_MAX). <c>pwritev(2)</c>; <c>IORING_OP_WRITEV</c>, since Linux 5.1.
/// </remarks>
public sealed class PWriteV : IoOperation
{
    private readonly ReadOnlyMemory<byte>[] _segments;

    /// <summary>Makes the message.</summary>
    /// <param name="descriptor">What to write to; it must be seekable.</param>
    /// <param name="buffers">The bytes, in this order; at most 1,024 buffers, not to be changed before the reply.</param>
    /// <param name="offset">Where in the file, in bytes from its start.</param>
    /// <exception cref="ArgumentNullException">There are no buffers.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The offset is negative.</exception>
    public PWriteV(Descriptor descriptor, IReadOnlyList<ReadOnlyMemory<byte>> buffers, long offset)
        : base(descriptor.Target)
    {
        ArgumentNullException.ThrowIfNull(buffers);
        _segments = [.. buffers];
        Buffers = _segments;
        Offset = CheckOffset(offset);
    }

    /// <summary>The bytes to write, in this order.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Buffers { get; }

    /// <summary>Where in the file, in bytes from its start.</summary>
    public long Offset { get; }

    /// <inheritdoc/>
    public override OperationKind Kind => OperationKind.PWriteV;

    internal override OrderClass Order => OrderClass.Positional;

    /// <summary>The kernel says at once what is wrong with it, but a ring not in the same order.</summary>
    internal override bool IsQuick => IoVector.IsTooLong(_segments);

    internal override IReadOnlyList<ReadOnlyMemory<byte>>? Segments => _segments;

    internal override long Requested => IoVector.BytesOf(_segments);

    internal override UringOpcode? Opcode => UringOpcode.WriteV;

    internal override void Prepare(OperationArguments arguments, ref UringSqe sqe)
    {
        var count = IoVector.Fill(arguments, _segments);
        sqe.Set(UringOpcode.WriteV, arguments.Fd, arguments.LentAddress, (uint)count, (ulong)Offset, 0, 0);
    }

    internal override long Call(OperationArguments arguments)
    {
        var count = IoVector.Fill(arguments, _segments);
        return Sys.PWriteV2(arguments.Fd, arguments.LentAddress, count, Offset, 0);
    }

    private protected override string Details => FormattableString.Invariant($"{Requested} bytes in {_segments.Length} buffers at {Offset}");
}
