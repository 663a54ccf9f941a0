using Akka.IoActors.Native;
using Akka.IoActors.Native.Uring;

namespace Akka.IoActors;

/// <summary>Removes an empty directory.</summary>
/// <remarks>
/// The reply is 0. −ENOTEMPTY, −ENOTDIR for anything else, −EBUSY, −EPERM, and what <see cref="PathOperation"/> says.
/// <c>unlinkat(2)</c> with AT_REMOVEDIR; <c>IORING_OP_UNLINKAT</c>, since Linux 5.11.
/// </remarks>
public sealed class RmDir : PathOperation
{
    /// <summary>Makes the message.</summary>
    /// <param name="path">The directory.</param>
    /// <param name="directory">Where a relative path starts; the working directory if null.</param>
    /// <exception cref="System.ArgumentException">The path is empty or contains a NUL.</exception>
    public RmDir(string path, Descriptor? directory = null)
        : base(directory, path)
    {
    }

    /// <inheritdoc/>
    public override OperationKind Kind => OperationKind.RmDir;

    internal override UringOpcode? Opcode => UringOpcode.UnlinkAt;

    internal override void Prepare(OperationArguments arguments, ref UringSqe sqe) =>
        sqe.Set(UringOpcode.UnlinkAt, DirectoryOf(arguments), PathOf(arguments), 0, 0, Sys.RemoveDirectory, 0);

    internal override long Call(OperationArguments arguments) =>
        Sys.UnlinkAt(DirectoryOf(arguments), PathOf(arguments), Sys.RemoveDirectory);
}
