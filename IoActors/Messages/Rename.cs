using System;
using Akka.IoActors.Native;
using Akka.IoActors.Native.Uring;

namespace Akka.IoActors;

/// <summary>What a <see cref="Rename"/> does with what has the new name (<c>renameat2(2)</c>).</summary>
[Flags]
public enum RenameFlags
{
    /// <summary>Replaces it.</summary>
    None = 0,

    /// <summary>RENAME_NOREPLACE: −EEXIST.</summary>
    NoReplace = 1,

    /// <summary>RENAME_EXCHANGE: it gets the old name; −ENOENT if there is nothing.</summary>
    Exchange = 2,
}

/// <summary>Gives a file or directory another name, in one step: whoever looks sees the old or the new.</summary>
/// <remarks>
/// The reply is 0. −EXDEV (another file system), −EEXIST, −ENOTEMPTY, −EISDIR, −EINVAL (into itself, or flags that the file
/// system lacks), −EBUSY, and what <see cref="PathOperation"/> says. <c>renameat2(2)</c>;
/// <c>IORING_OP_RENAMEAT</c>, since Linux 5.11.
/// </remarks>
public sealed class Rename : PathOperation
{
    private const RenameFlags All = RenameFlags.NoReplace | RenameFlags.Exchange;

    /// <summary>Makes the message.</summary>
    /// <param name="path">The old name.</param>
    /// <param name="newPath">The new name.</param>
    /// <param name="flags">What happens to what has that.</param>
    /// <param name="directory">Where relative paths start, both; the working directory if null.</param>
    /// <exception cref="ArgumentException">A path is empty or contains a NUL, or there are no such flags.</exception>
    public Rename(string path, string newPath, RenameFlags flags = RenameFlags.None, Descriptor? directory = null)
        : base(directory, path)
    {
        NewPath = CheckPath(newPath, nameof(newPath));
        Flags = (flags & ~All) == 0 && flags != All
            ? flags
            : throw new ArgumentException($"{flags} are no flags of rename, or exclude each other.", nameof(flags));
    }

    /// <summary>The new name.</summary>
    public string NewPath { get; }

    /// <summary>What happens to what has that.</summary>
    public RenameFlags Flags { get; }

    /// <inheritdoc/>
    public override OperationKind Kind => OperationKind.Rename;

    internal override UringOpcode? Opcode => UringOpcode.RenameAt;

    private protected override string? SecondPath => NewPath;

    internal override void Prepare(OperationArguments arguments, ref UringSqe sqe)
    {
        // The second directory stands in the place of a length.
        var directory = DirectoryOf(arguments);
        sqe.Set(
            UringOpcode.RenameAt, directory, PathOf(arguments), (uint)directory, (ulong)SecondPathOf(arguments), (uint)Flags, 0);
    }

    internal override long Call(OperationArguments arguments)
    {
        var directory = DirectoryOf(arguments);
        return Sys.RenameAt2(directory, PathOf(arguments), directory, SecondPathOf(arguments), (uint)Flags);
    }
}
