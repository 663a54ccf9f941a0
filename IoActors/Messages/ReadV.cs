using System;
using System.Collections.Generic;
using System.Linq;
using Akka.IoActors.Native;
using Akka.IoActors.Native.Uring;

namespace Akka.IoActors;

/// <summary>Reads at the file position, or from a stream into several buffers, one after the other.</summary>
/// <remarks>
/// The reply is the number of bytes, as for <see cref="Read"/>, with the same errors; −EINVAL for more than
/// 1,024 buffers (IOV_MAX). <c>readv(2)</c>; <c>IORING_OP_READV</c>, since Linux 5.1.
/// </remarks>
public sealed class ReadV : IoOperation
{
    private readonly ReadOnlyMemory<byte>[] _segments;

    /// <summary>Makes the message.</summary>
    /// <param name="descriptor">What to read from.</param>
    /// <param name="buffers">Where to, in this order; at most 1,024.</param>
    /// <exception cref="ArgumentNullException">There are no buffers.</exception>
    public ReadV(Descriptor descriptor, IReadOnlyList<Memory<byte>> buffers)
        : base(descriptor.Target)
    {
        ArgumentNullException.ThrowIfNull(buffers);
        _segments = [.. buffers.Select(buffer => (ReadOnlyMemory<byte>)buffer)];
        Buffers = [.. buffers];
    }

    /// <summary>Where the bytes go, in this order.</summary>
    public IReadOnlyList<Memory<byte>> Buffers { get; }

    /// <inheritdoc/>
    public override OperationKind Kind => OperationKind.ReadV;

    internal override OrderClass Order => OrderClass.In;

    internal override bool UsesCursor => true;

    /// <summary>
    /// Nothing to move: a ring would wait for readiness all the same, on a FIFO. Or too many segments: the kernel
    /// says at once what is wrong, but a ring not in the same order.
    /// </summary>
    internal override bool IsQuick => Requested == 0 || IoVector.IsTooLong(_segments);

    internal override PollEvents Readiness => PollEvents.In;

    internal override IReadOnlyList<ReadOnlyMemory<byte>>? Segments => _segments;

    internal override long Requested => IoVector.BytesOf(_segments);

    internal override UringOpcode? Opcode => UringOpcode.ReadV;

    internal override void Prepare(OperationArguments arguments, ref UringSqe sqe)
    {
        var count = IoVector.Fill(arguments, _segments);
        sqe.Set(UringOpcode.ReadV, arguments.Fd, arguments.LentAddress, (uint)count, UringOffset.Position, 0, 0);
    }

    internal override long Call(OperationArguments arguments)
    {
        var count = IoVector.Fill(arguments, _segments);
        return Sys.PReadV2(arguments.Fd, arguments.LentAddress, count, -1, 0);
    }

    internal override long TryCall(OperationArguments arguments)
    {
        var count = IoVector.Fill(arguments, _segments);
        return Sys.TryReadV(arguments.Fd, arguments.LentAddress, count);
    }

    private protected override string Details => FormattableString.Invariant($"{Requested} bytes in {_segments.Length} buffers");
}
