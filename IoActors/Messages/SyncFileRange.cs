using System;
using Akka.IoActors.Native;
using Akka.IoActors.Native.Uring;

namespace Akka.IoActors;

/// <summary>What a <see cref="SyncFileRange"/> does (<c>sync_file_range(2)</c>).</summary>
[Flags]
public enum SyncFileRangeFlags
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>SYNC_FILE_RANGE_WAIT_BEFORE: waits for what is being written.</summary>
    WaitBefore = 1,

    /// <summary>SYNC_FILE_RANGE_WRITE: begins to write what is dirty.</summary>
    Write = 2,

    /// <summary>SYNC_FILE_RANGE_WAIT_AFTER: waits for that.</summary>
    WaitAfter = 4,
}

/// <summary>
/// Begins or ends the writing of a range of a file to its device: no metadata, and no barrier of the device, so that only
/// <see cref="FDataSync"/> makes it safe. For spreading the writing out before that.
/// </summary>
/// <remarks>
/// The reply is 0. −EBADF, −EIO, −EINVAL, −ENOSPC, −ESPIPE. <c>sync_file_range(2)</c>;
/// <c>IORING_OP_SYNC_FILE_RANGE</c>, since Linux 5.2.
/// </remarks>
public sealed class SyncFileRange : RangeOperation
{
    private const SyncFileRangeFlags All = SyncFileRangeFlags.WaitBefore | SyncFileRangeFlags.Write | SyncFileRangeFlags.WaitAfter;

    /// <summary>Makes the message.</summary>
    /// <param name="descriptor">The file.</param>
    /// <param name="offset">Where the range starts, in bytes.</param>
    /// <param name="length">Its length in bytes; 0 for all that follows.</param>
    /// <param name="flags">What to do.</param>
    /// <exception cref="ArgumentOutOfRangeException">Offset or length is negative.</exception>
    /// <exception cref="ArgumentException">There are no such flags.</exception>
    public SyncFileRange(Descriptor descriptor, long offset = 0, long length = 0, SyncFileRangeFlags flags = All)
        : base(descriptor, offset, length)
    {
        Flags = (flags & ~All) == 0 ? flags : throw new ArgumentException($"{flags} are no flags of sync_file_range.", nameof(flags));
    }

    /// <summary>What to do.</summary>
    public SyncFileRangeFlags Flags { get; }

    /// <inheritdoc/>
    public override OperationKind Kind => OperationKind.SyncFileRange;

    internal override OrderClass Order => OrderClass.Sync;

    internal override UringOpcode? Opcode => UringOpcode.SyncFileRange;

    internal override bool MustCall => Length > uint.MaxValue;

    internal override void Prepare(OperationArguments arguments, ref UringSqe sqe) => sqe.Set(
        UringOpcode.SyncFileRange, arguments.Fd, 0, (uint)Length, (ulong)Offset, (uint)Flags, 0);

    internal override long Call(OperationArguments arguments) =>
        Sys.SyncFileRange(arguments.Fd, Offset, Length, (uint)Flags);

    private protected override Enum What => Flags;
}
