using Akka.IoActors.Native;

namespace Akka.IoActors;

/// <summary>Removes an empty directory.</summary>
/// <remarks>
/// The reply is 0. −ENOTEMPTY, −ENOTDIR for anything else, −EBUSY, −EPERM, and what <see cref="PathOperation"/> says.
/// <c>unlinkat(2)</c> with AT_REMOVEDIR; <c>IORING_OP_UNLINKAT</c>, since Linux 5.11.
/// </remarks>
public sealed class RmDir : RemoveOperation
{
    /// <summary>Makes the message.</summary>
    /// <param name="path">The directory.</param>
    /// <param name="directory">Where a relative path starts; the working directory if null.</param>
    /// <exception cref="System.ArgumentException">The path is empty or contains a NUL.</exception>
    public RmDir(string path, Descriptor? directory = null)
        : base(directory, path, Sys.RemoveDirectory)
    {
    }

    /// <inheritdoc/>
    public override OperationKind Kind => OperationKind.RmDir;
}
