using Akka.IoActors.Native;
using Akka.IoActors.Native.Uring;

namespace Akka.IoActors;

/// <summary>Removes a name of a file, and the file with its last one once nobody has it open.</summary>
/// <remarks>
/// The reply is 0. −EISDIR for a directory (see <see cref="RmDir"/>), −EPERM, −EBUSY, and what <see cref="PathOperation"/>
/// says. <c>unlinkat(2)</c>; <c>IORING_OP_UNLINKAT</c>, since Linux 5.11.
/// </remarks>
public sealed class Unlink : PathOperation
{
    /// <summary>Makes the message.</summary>
    /// <param name="path">The name; of a symbolic link, the link itself.</param>
    /// <param name="directory">Where a relative path starts; the working directory if null.</param>
    /// <exception cref="System.ArgumentException">The path is empty or contains a NUL.</exception>
    public Unlink(string path, Descriptor? directory = null)
        : base(directory, path)
    {
    }

    /// <inheritdoc/>
    public override OperationKind Kind => OperationKind.Unlink;

    internal override UringOpcode? Opcode => UringOpcode.UnlinkAt;

    internal override void Prepare(OperationArguments arguments, ref UringSqe sqe) =>
        sqe.Set(UringOpcode.UnlinkAt, DirectoryOf(arguments), PathOf(arguments), 0, 0, 0, 0);

    internal override long Call(OperationArguments arguments) => Sys.UnlinkAt(DirectoryOf(arguments), PathOf(arguments), 0);
}
