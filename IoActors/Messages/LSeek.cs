using System;
using Akka.IoActors.Native;

namespace Akka.IoActors;

/// <summary>What the offset of <see cref="LSeek"/> counts from.</summary>
public enum SeekWhence
{
    /// <summary>SEEK_SET: the start of the file.</summary>
    Set = 0,

    /// <summary>SEEK_CUR: the file position.</summary>
    Current = 1,

    /// <summary>SEEK_END: the end of the file.</summary>
    End = 2,

    /// <summary>SEEK_DATA: the next byte that is not in a hole, from the offset on.</summary>
    Data = 3,

    /// <summary>SEEK_HOLE: the next hole, from the offset on; the end of the file is one.</summary>
    Hole = 4,
}

/// <summary>Moves the file position.</summary>
/// <remarks>
/// The reply is the new position in bytes from the start. −EINVAL (it would be negative), −ESPIPE (a pipe, socket
/// or terminal), −ENXIO (Data or Hole past the end), −EOVERFLOW, −EBADF. Takes effect in the order in which it
/// was sent, among the reads and writes at the position. <c>lseek(2)</c>; there is no opcode: it is a call of some
/// hundred nanoseconds on the loop, but for Data and Hole, which look at the disk, on the offload pool.
/// </remarks>
public sealed class LSeek : IoOperation
{
    /// <summary>Makes the message.</summary>
    /// <param name="descriptor">The file.</param>
    /// <param name="offset">How far, in bytes; may be negative.</param>
    /// <param name="whence">From where.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such whence.</exception>
    public LSeek(Descriptor descriptor, long offset, SeekWhence whence = SeekWhence.Set)
        : base(descriptor.Target)
    {
        if (!Enum.IsDefined(whence))
        {
            throw new ArgumentOutOfRangeException(nameof(whence), whence, "There is no such whence.");
        }

        Offset = offset;
        Whence = whence;
    }

    /// <summary>How far, in bytes.</summary>
    public long Offset { get; }

    /// <summary>From where.</summary>
    public SeekWhence Whence { get; }

    /// <inheritdoc/>
    public override OperationKind Kind => OperationKind.LSeek;

    internal override OrderClass Order => OrderClass.In;

    internal override bool UsesCursor => true;

    internal override bool IsQuick => Whence is not (SeekWhence.Data or SeekWhence.Hole);

    internal override long Call(OperationArguments arguments) =>
        Sys.LSeek(arguments.Fd, Offset, (int)Whence);

    private protected override string Details => FormattableString.Invariant($"{Offset} from {Whence}");
}
