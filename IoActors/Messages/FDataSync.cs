using Akka.IoActors.Native;
using Akka.IoActors.Native.Uring;

namespace Akka.IoActors;

/// <summary>
/// Brings the bytes that were written, and what is needed to find them, to the device; times may stay behind.
/// Ordered as <see cref="FSync"/>.
/// </summary>
/// <remarks>
/// The reply and the errors are those of <see cref="FSync"/>. <c>fdatasync(2)</c>; <c>IORING_OP_FSYNC</c> with
/// IORING_FSYNC_DATASYNC, since Linux 5.1.
/// </remarks>
public sealed class FDataSync : IoOperation
{
    private const uint DataSync = 1;

    /// <summary>Makes the message.</summary>
    /// <param name="descriptor">The file.</param>
    public FDataSync(Descriptor descriptor)
        : base(descriptor.Target)
    {
    }

    /// <inheritdoc/>
    public override OperationKind Kind => OperationKind.FDataSync;

    internal override OrderClass Order => OrderClass.Sync;

    internal override UringOpcode? Opcode => UringOpcode.FSync;

    internal override void Prepare(OperationArguments arguments, ref UringSqe sqe) =>
        sqe.Set(UringOpcode.FSync, arguments.Fd, 0, 0, 0, DataSync, 0);

    internal override long Call(OperationArguments arguments) => Sys.FDataSync(arguments.Fd);
}
