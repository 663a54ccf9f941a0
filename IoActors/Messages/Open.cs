using System;
using System.IO;
using System.Runtime.InteropServices;
using System.Text;
using Akka.IoActors.Native;
using Akka.IoActors.Native.Uring;

namespace Akka.IoActors;

/// <summary>
/// Opens, and on demand makes, a file. The descriptor is close-on-exec: no child inherits it.
/// </summary>
/// <remarks>
/// The reply is the descriptor, to be taken by <see cref="IoResult.Value"/> or
/// <see cref="IoResult.Handle"/>; one that nobody takes closes itself. −ENOENT, −EACCES, −EEXIST,
/// −EISDIR, −ENOTDIR, −ELOOP, −EMFILE, −ENFILE, −ENAMETOOLONG, −ENOSPC, −EROFS, −EINVAL.
/// <c>openat(2)</c>; <c>IORING_OP_OPENAT</c>, since Linux 5.6.
/// </remarks>
public sealed class Open : IoOperation
{
    /// <summary>rw-rw-rw-, less the process's umask.</summary>
    public const UnixFileMode DefaultMode =
        UnixFileMode.UserRead | UnixFileMode.UserWrite
        | UnixFileMode.GroupRead | UnixFileMode.GroupWrite
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    private readonly uint _mode;

    /// <summary>Makes the message.</summary>
    /// <param name="path">The path; a relative one starts at the process's working directory.</param>
    /// <param name="flags">How to open.</param>
    /// <param name="mode">The permissions of a file that is made, less the process's umask.</param>
    /// <exception cref="ArgumentException">
    /// The path is empty or contains a NUL, or the flags ask for more than one way of access.
    /// </exception>
    public Open(string path, OpenFlags flags = OpenFlags.ReadOnly, UnixFileMode mode = DefaultMode)
        : base(null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (path.Contains('\0', StringComparison.Ordinal))
        {
            throw new ArgumentException("A path cannot contain a NUL.", nameof(path));
        }

        flags.Check(nameof(flags));
        Path = path;
        Flags = flags;
        _mode = (uint)mode;
    }

    /// <summary>The path.</summary>
    public string Path { get; }

    /// <summary>How to open.</summary>
    public OpenFlags Flags { get; }

    /// <summary>The permissions of a file that is made.</summary>
    public UnixFileMode Mode => (UnixFileMode)_mode;

    /// <inheritdoc/>
    public override OperationKind Kind => OperationKind.Open;

    internal override UringOpcode? Opcode => UringOpcode.OpenAt;

    internal override int Begin(OperationArguments arguments)
    {
        var bytes = Encoding.UTF8.GetByteCount(Path) + 1;
        if (bytes > Sys.PathMax)
        {
            return -(int)Errno.ENAMETOOLONG;
        }

        arguments.Lend(bytes);
        var span = arguments.Lent;
        span[Encoding.UTF8.GetBytes(Path, span)] = 0;
        return 0;
    }

    internal override void Prepare(OperationArguments arguments, ref UringSqe sqe) => sqe.Set(
        UringOpcode.OpenAt, Sys.AtWorkingDirectory, arguments.LentAddress, _mode, 0, (uint)Flags.ToNative(), 0);

    internal override long Call(OperationArguments arguments) =>
        Sys.OpenAt(Sys.AtWorkingDirectory, arguments.LentAddress, Flags.ToNative(), _mode);

    internal override IoResult ToResult(OperationArguments arguments, long result) =>
        result < 0 ? new IoResult(this, result) : new DescriptorResult(this, (int)result, null);

    private protected override string Details => $"\"{Path}\", {Flags}";
}
