using Akka.IoActors.Native;
using Akka.IoActors.Native.Uring;

namespace Akka.IoActors;

/// <summary>Makes a symbolic link.</summary>
/// <remarks>
/// The reply is 0. −EEXIST, −EPERM (a file system without), and what <see cref="PathOperation"/> says. <c>symlinkat(2)</c>;
/// <c>IORING_OP_SYMLINKAT</c>, since Linux 5.15.
/// </remarks>
public sealed class Symlink : PathOperation
{
    /// <summary>Makes the message.</summary>
    /// <param name="target">What the link says: any text, and nothing need be there.</param>
    /// <param name="path">The link.</param>
    /// <param name="directory">Where a relative path of the link starts; the working directory if null.</param>
    /// <exception cref="System.ArgumentException">Target or path is empty or contains a NUL.</exception>
    public Symlink(string target, string path, Descriptor? directory = null)
        : base(directory, path) => LinkTarget = CheckPath(target, nameof(target));

    /// <summary>What the link says.</summary>
    public string LinkTarget { get; }

    /// <inheritdoc/>
    public override OperationKind Kind => OperationKind.Symlink;

    internal override UringOpcode? Opcode => UringOpcode.SymlinkAt;

    private protected override string? SecondPath => LinkTarget;

    internal override void Prepare(OperationArguments arguments, ref UringSqe sqe) => sqe.Set(
        UringOpcode.SymlinkAt, DirectoryOf(arguments), SecondPathOf(arguments), 0, (ulong)PathOf(arguments), 0, 0);

    internal override long Call(OperationArguments arguments) =>
        Sys.SymlinkAt(SecondPathOf(arguments), DirectoryOf(arguments), PathOf(arguments));
}
