using System;
using System.Collections.Generic;
using Akka.IoActors.Native;
using Akka.IoActors.Native.Uring;

namespace Akka.IoActors;

/// <summary>Writes several buffers at the file position, or to a stream, one after the other.</summary>
/// <remarks>
/// The reply is the number of bytes, as for <see cref="Write"/>, with the same errors; −EINVAL for more than
/// 1,024 buffers (IOV_MAX). <c>writev(2)</c>; <c>IORING_OP_WRITEV</c>, since Linux 5.1.
/// </remarks>
public sealed class WriteV : IoOperation
{
    private readonly ReadOnlyMemory<byte>[] _segments;

    /// <summary>Makes the message.</summary>
    /// <param name="descriptor">What to write to.</param>
    /// <param name="buffers">The bytes, in this order; at most 1,024 buffers, not to be changed before the reply.</param>
    /// <exception cref="ArgumentNullException">There are no buffers.</exception>
    public WriteV(Descriptor descriptor, IReadOnlyList<ReadOnlyMemory<byte>> buffers)
        : base(descriptor.Target)
    {
        ArgumentNullException.ThrowIfNull(buffers);
        _segments = [.. buffers];
        Buffers = _segments;
    }

    /// <summary>The bytes to write, in this order.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Buffers { get; }

    /// <inheritdoc/>
    public override OperationKind Kind => OperationKind.WriteV;

    internal override OrderClass Order => OrderClass.Out;

    internal override bool UsesCursor => true;

    /// <summary>
    /// Nothing to move: a ring would wait for readiness all the same, on a FIFO. Or too many segments: the kernel
    /// says at once what is wrong, but a ring not in the same order.
    /// </summary>
    internal override bool IsQuick => Requested == 0 || IoVector.IsTooLong(_segments);

    internal override PollEvents Readiness => PollEvents.Out;

    internal override bool ContinuesWhenShort => true;

    internal override IReadOnlyList<ReadOnlyMemory<byte>>? Segments => _segments;

    internal override long Requested => IoVector.BytesOf(_segments);

    internal override UringOpcode? Opcode => UringOpcode.WriteV;

    internal override void Prepare(OperationArguments arguments, ref UringSqe sqe)
    {
        var count = IoVector.Fill(arguments, _segments);
        sqe.Set(UringOpcode.WriteV, arguments.Fd, arguments.LentAddress, (uint)count, UringOffset.Position, 0, 0);
    }

    internal override long Call(OperationArguments arguments)
    {
        var count = IoVector.Fill(arguments, _segments);
        return Sys.PWriteV2(arguments.Fd, arguments.LentAddress, count, -1, 0);
    }

    internal override long TryCall(OperationArguments arguments)
    {
        var count = IoVector.Fill(arguments, _segments);
        return Sys.TryWriteV(arguments.Fd, arguments.LentAddress, count);
    }

    private protected override string Details => FormattableString.Invariant($"{Requested} bytes in {_segments.Length} buffers");
}
