using System.IO;
using Akka.IoActors.Native;
using Akka.IoActors.Native.Uring;

namespace Akka.IoActors;

/// <summary>Makes a directory; the one that it stands in must be there.</summary>
/// <remarks>
/// The reply is 0. −EEXIST, −EMLINK, and what <see cref="PathOperation"/> says. <c>mkdirat(2)</c>;
/// <c>IORING_OP_MKDIRAT</c>, since Linux 5.15.
/// </remarks>
public sealed class MkDir : PathOperation
{
    /// <summary>rwxrwxrwx, less the process's umask.</summary>
    public const UnixFileMode DefaultMode = Open.DefaultMode
        | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>Makes the message.</summary>
    /// <param name="path">The directory.</param>
    /// <param name="mode">Its permissions, less the process's umask.</param>
    /// <param name="directory">Where a relative path starts; the working directory if null.</param>
    /// <exception cref="System.ArgumentException">The path is empty or contains a NUL.</exception>
    public MkDir(string path, UnixFileMode mode = DefaultMode, Descriptor? directory = null)
        : base(directory, path) => Mode = mode;

    /// <summary>Its permissions.</summary>
    public UnixFileMode Mode { get; }

    /// <inheritdoc/>
    public override OperationKind Kind => OperationKind.MkDir;

    internal override UringOpcode? Opcode => UringOpcode.MkDirAt;

    internal override void Prepare(OperationArguments arguments, ref UringSqe sqe) =>
        sqe.Set(UringOpcode.MkDirAt, DirectoryOf(arguments), PathOf(arguments), (uint)Mode, 0, 0, 0);

    internal override long Call(OperationArguments arguments) =>
        Sys.MkDirAt(DirectoryOf(arguments), PathOf(arguments), (uint)Mode);
}
