using Akka.IoActors.Native;
using Akka.IoActors.Native.Uring;

namespace Akka.IoActors;

/// <summary>Gives a file one more name (a hard link).</summary>
/// <remarks>
/// The reply is 0. −EEXIST, −EXDEV, −EMLINK, −EPERM (a directory, or a file system without), and what
/// <see cref="PathOperation"/> says. <c>linkat(2)</c>; <c>IORING_OP_LINKAT</c>, since Linux 5.15.
/// </remarks>
public sealed class Link : PathOperation
{
    /// <summary>Makes the message.</summary>
    /// <param name="path">The file; of a symbolic link, the link itself.</param>
    /// <param name="newPath">One more name.</param>
    /// <param name="directory">Where relative paths start, both; the working directory if null.</param>
    /// <exception cref="System.ArgumentException">A path is empty or contains a NUL.</exception>
    public Link(string path, string newPath, Descriptor? directory = null)
        : base(directory, path) => NewPath = CheckPath(newPath, nameof(newPath));

    /// <summary>One more name.</summary>
    public string NewPath { get; }

    /// <inheritdoc/>
    public override OperationKind Kind => OperationKind.Link;

    internal override UringOpcode? Opcode => UringOpcode.LinkAt;

    private protected override string? SecondPath => NewPath;

    internal override void Prepare(OperationArguments arguments, ref UringSqe sqe)
    {
        var directory = DirectoryOf(arguments);
        sqe.Set(UringOpcode.LinkAt, directory, PathOf(arguments), (uint)directory, (ulong)SecondPathOf(arguments), 0, 0);
    }

    internal override long Call(OperationArguments arguments)
    {
        var directory = DirectoryOf(arguments);
        return Sys.LinkAt(directory, PathOf(arguments), directory, SecondPathOf(arguments), 0);
    }
}
