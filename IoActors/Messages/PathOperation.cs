using System;
using System.Text;
using Akka.IoActors.Native;

namespace Akka.IoActors;

/// <summary>
/// An operation on names. A relative path starts at the operation's directory, or at the working directory of the process
/// if it has none.
/// </summary>
/// <remarks>
/// What all of them may answer: −ENOENT, −ENOTDIR, −EACCES, −ELOOP, −ENAMETOOLONG, −EROFS, −ENOSPC, −EDQUOT, −EIO; −EBADF
/// and −ENOTDIR of the directory. They are ordered with nothing: await the first where the second needs it. A Close of the
/// directory waits for those that were sent before.
/// </remarks>
public abstract class PathOperation : IoOperation
{
    private protected PathOperation(Descriptor? directory, string path)
        : base(directory?.Target) => Path = CheckPath(path, nameof(path));

    /// <summary>The path.</summary>
    public string Path { get; }

    internal override OrderClass Order => Target is null ? OrderClass.None : OrderClass.Positional;

    internal override bool NeedsPosition => false;

    /// <summary>A second path; null for most.</summary>
    private protected virtual string? SecondPath => null;

    /// <summary>Bytes that the operation needs before its paths.</summary>
    private protected virtual int Room => 0;

    internal override int Begin(OperationArguments arguments)
    {
        // Only a number that was given: AT_FDCWD is a negative one too.
        if (Target is not null && arguments.Fd < 0)
        {
            return -(int)Errno.EBADF;
        }

        var first = Encoding.UTF8.GetByteCount(Path) + 1;
        var second = SecondPath is { } other ? Encoding.UTF8.GetByteCount(other) + 1 : 0;
        if (first > Sys.PathMax || second > Sys.PathMax)
        {
            return -(int)Errno.ENAMETOOLONG;
        }

        arguments.Lend(Room + first + second);
        Write(Path, arguments.Lent[Room..]);
        if (SecondPath is { } text)
        {
            Write(text, arguments.Lent[(Room + first)..]);
        }

        return 0;
    }

    /// <summary>Where relative paths start.</summary>
    private protected int DirectoryOf(OperationArguments arguments) =>
        Target is null ? Sys.AtWorkingDirectory : arguments.Fd;

    /// <summary>The address of the path, with its NUL.</summary>
    private protected nint PathOf(OperationArguments arguments) => arguments.LentAddress + Room;

    /// <summary>The address of the second path.</summary>
    private protected nint SecondPathOf(OperationArguments arguments) =>
        PathOf(arguments) + Encoding.UTF8.GetByteCount(Path) + 1;

    private protected static string CheckPath(string path, string parameter)
    {
        ArgumentException.ThrowIfNullOrEmpty(path, parameter);
        return !path.Contains('\0', StringComparison.Ordinal)
            ? path
            : throw new ArgumentException("A path cannot contain a NUL.", parameter);
    }

    private protected override string Details => SecondPath is { } second ? $"\"{Path}\", \"{second}\"" : $"\"{Path}\"";

    private static void Write(string path, Span<byte> to) => to[Encoding.UTF8.GetBytes(path, to)] = 0;
}
