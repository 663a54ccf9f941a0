using System;
using Akka.IoActors.Native;
using Akka.IoActors.Native.Uring;

namespace Akka.IoActors;

/// <summary>How a range of a file will be used (<c>posix_fadvise(2)</c>).</summary>
public enum FileAdvice
{
    /// <summary>POSIX_FADV_NORMAL: nothing is known.</summary>
    Normal = 0,

    /// <summary>POSIX_FADV_RANDOM: reading ahead is in vain.</summary>
    Random = 1,

    /// <summary>POSIX_FADV_SEQUENTIAL: from front to back; reads further ahead.</summary>
    Sequential = 2,

    /// <summary>POSIX_FADV_WILLNEED: read it into the page cache now.</summary>
    WillNeed = 3,

    /// <summary>POSIX_FADV_DONTNEED: the page cache may forget what is not dirty of it.</summary>
    DontNeed = 4,

    /// <summary>POSIX_FADV_NOREUSE: it will be read once.</summary>
    NoReuse = 5,
}

/// <summary>Tells the kernel how a range of a file will be used. It may act on it, or not.</summary>
/// <remarks>
/// The reply is 0. −EBADF, −ESPIPE, −EINVAL. <c>posix_fadvise(2)</c>; <c>IORING_OP_FADVISE</c>, since Linux 5.6, for
/// lengths below 4 GiB, and for all of the rest of the file.
/// </remarks>
public sealed class FAdvise : RangeOperation
{
    /// <summary>Makes the message.</summary>
    /// <param name="descriptor">The file.</param>
    /// <param name="advice">How it will be used.</param>
    /// <param name="offset">Where the range starts, in bytes.</param>
    /// <param name="length">Its length in bytes; 0 for all that follows.</param>
    /// <exception cref="ArgumentOutOfRangeException">Offset or length is negative, or there is no such advice.</exception>
    public FAdvise(Descriptor descriptor, FileAdvice advice, long offset = 0, long length = 0)
        : base(descriptor, offset, length)
    {
        Advice = Enum.IsDefined(advice) ? advice : throw new ArgumentOutOfRangeException(nameof(advice), advice, "There is no such advice.");
    }

    /// <summary>How it will be used.</summary>
    public FileAdvice Advice { get; }

    /// <inheritdoc/>
    public override OperationKind Kind => OperationKind.FAdvise;

    internal override OrderClass Order => OrderClass.Positional;

    internal override UringOpcode? Opcode => UringOpcode.FAdvise;

    internal override bool MustCall => Length > uint.MaxValue;

    internal override void Prepare(OperationArguments arguments, ref UringSqe sqe) => sqe.Set(
        UringOpcode.FAdvise, arguments.Fd, 0, (uint)Length, (ulong)Offset, (uint)Advice, 0);

    internal override long Call(OperationArguments arguments) =>
        Sys.FAdvise(arguments.Fd, Offset, Length, (int)Advice);

    private protected override Enum What => Advice;
}
