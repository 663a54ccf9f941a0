namespace Akka.IoActors;

/// <summary>Removes a name of a file, and the file with its last one once nobody has it open.</summary>
/// <remarks>
/// The reply is 0. −EISDIR for a directory (see <see cref="RmDir"/>), −EPERM, −EBUSY, and what <see cref="PathOperation"/>
/// says. <c>unlinkat(2)</c>; <c>IORING_OP_UNLINKAT</c>, since Linux 5.11.
/// </remarks>
public sealed class Unlink : RemoveOperation
{
    /// <summary>Makes the message.</summary>
    /// <param name="path">The name; of a symbolic link, the link itself.</param>
    /// <param name="directory">Where a relative path starts; the working directory if null.</param>
    /// <exception cref="System.ArgumentException">The path is empty or contains a NUL.</exception>
    public Unlink(string path, Descriptor? directory = null)
        : base(directory, path, 0)
    {
    }

    /// <inheritdoc/>
    public override OperationKind Kind => OperationKind.Unlink;
}
