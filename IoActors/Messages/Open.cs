using System;
using System.IO;
using System.Runtime.InteropServices;
using Akka.IoActors.Native;
using Akka.IoActors.Native.Uring;

namespace Akka.IoActors;

/// <summary>Where the path of an <see cref="Open"/> must not lead (<c>openat2(2)</c>).</summary>
[Flags]
public enum ResolveFlags
{
    /// <summary>Anywhere.</summary>
    None = 0,

    /// <summary>RESOLVE_NO_XDEV: to no other file system.</summary>
    NoXDev = 0x01,

    /// <summary>RESOLVE_NO_MAGICLINKS: through no link of /proc that stands for an open file.</summary>
    NoMagicLinks = 0x02,

    /// <summary>RESOLVE_NO_SYMLINKS: through no symbolic link at all.</summary>
    NoSymlinks = 0x04,

    /// <summary>RESOLVE_BENEATH: never out of the directory, by ".." or a link: −EXDEV.</summary>
    Beneath = 0x08,

    /// <summary>RESOLVE_IN_ROOT: the directory is the root of all paths, and of links too.</summary>
    InRoot = 0x10,
}

/// <summary>
/// Opens, and on demand makes, a file. The descriptor is close-on-exec: no child inherits it.
/// </summary>
/// <remarks>
/// The reply is the descriptor, to be taken by <see cref="IoResult.Value"/> or
/// <see cref="IoResult.Handle"/>; one that nobody takes closes itself. −ENOENT, −EACCES, −EEXIST,
/// −EISDIR, −ENOTDIR, −ELOOP, −EMFILE, −ENFILE, −ENAMETOOLONG, −ENOSPC, −EROFS, −EINVAL.
/// <c>openat(2)</c>; <c>IORING_OP_OPENAT</c>, since Linux 5.6. With <see cref="Resolve"/> also −EXDEV and −ELOOP (the path leaves
/// what it must not), −EAGAIN (somebody renames on the way: try again); <c>openat2(2)</c>, <c>IORING_OP_OPENAT2</c>, since Linux 5.6.
/// </remarks>
public sealed class Open : PathOperation
{
    /// <summary>rw-rw-rw-, less the process's umask.</summary>
    public const UnixFileMode DefaultMode =
        UnixFileMode.UserRead | UnixFileMode.UserWrite
        | UnixFileMode.GroupRead | UnixFileMode.GroupWrite
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    private const ResolveFlags AllResolve = (ResolveFlags)0x1f;

    // struct open_how: flags, mode, resolve, eight bytes each.
    private const int HowSize = 24;

    private readonly uint _mode;

    /// <summary>Makes the message.</summary>
    /// <param name="path">The path; a relative one starts at the process's working directory.</param>
    /// <param name="flags">How to open.</param>
    /// <param name="mode">The permissions of a file that is made, less the process's umask.</param>
    /// <exception cref="ArgumentException">
    /// The path is empty or contains a NUL, or the flags ask for more than one way of access.
    /// </exception>
    public Open(string path, OpenFlags flags = OpenFlags.ReadOnly, UnixFileMode mode = DefaultMode)
        : this(path, flags, mode, ResolveFlags.None, directory: null)
    {
    }

    /// <summary>Makes the message, for a path that starts at an open directory.</summary>
    /// <param name="directory">Where a relative path starts.</param>
    /// <param name="path">The path.</param>
    /// <param name="flags">How to open.</param>
    /// <param name="mode">The permissions of a file that is made, less the process's umask.</param>
    /// <param name="resolve">Where the path must not lead.</param>
    /// <exception cref="ArgumentException">
    /// The path is empty or contains a NUL, the flags ask for more than one way of access, or there are no such flags.
    /// </exception>
    public Open(
        Descriptor directory,
        string path,
        OpenFlags flags = OpenFlags.ReadOnly,
        UnixFileMode mode = DefaultMode,
        ResolveFlags resolve = ResolveFlags.None)
        : this(path, flags, mode, resolve, directory)
    {
    }

    private Open(string path, OpenFlags flags, UnixFileMode mode, ResolveFlags resolve, Descriptor? directory)
        : base(directory, path)
    {
        flags.Check(nameof(flags));
        Flags = flags;
        _mode = (uint)mode;
        Resolve = (resolve & ~AllResolve) == 0
            ? resolve
            : throw new ArgumentException($"{resolve} are no flags of openat2.", nameof(resolve));
    }

    /// <summary>How to open.</summary>
    public OpenFlags Flags { get; }

    /// <summary>The permissions of a file that is made.</summary>
    public UnixFileMode Mode => (UnixFileMode)_mode;

    /// <summary>Where the path must not lead.</summary>
    public ResolveFlags Resolve { get; }

    /// <inheritdoc/>
    public override OperationKind Kind => OperationKind.Open;

    internal override UringOpcode? Opcode => Resolve == ResolveFlags.None ? UringOpcode.OpenAt : UringOpcode.OpenAt2;

    private protected override int Room => Resolve == ResolveFlags.None ? 0 : HowSize;

    internal override int Begin(OperationArguments arguments)
    {
        var error = base.Begin(arguments);
        if (error == 0 && Resolve != ResolveFlags.None)
        {
            // Unlike openat, openat2 refuses a mode that nothing is made with.
            var makes = (Flags & (OpenFlags.Create | OpenFlags.TemporaryFile)) != 0;
            ReadOnlySpan<ulong> how = [(ulong)Flags.ToNative(), makes ? _mode : 0u, (ulong)Resolve];
            MemoryMarshal.AsBytes(how).CopyTo(arguments.Lent);
        }

        return error;
    }

    internal override void Prepare(OperationArguments arguments, ref UringSqe sqe)
    {
        if (Resolve == ResolveFlags.None)
        {
            sqe.Set(UringOpcode.OpenAt, DirectoryOf(arguments), PathOf(arguments), _mode, 0, (uint)Flags.ToNative(), 0);
        }
        else
        {
            sqe.Set(
                UringOpcode.OpenAt2, DirectoryOf(arguments), PathOf(arguments), HowSize, (ulong)arguments.LentAddress, 0, 0);
        }
    }

    internal override long Call(OperationArguments arguments) => Resolve == ResolveFlags.None
        ? Sys.OpenAt(DirectoryOf(arguments), PathOf(arguments), Flags.ToNative(), _mode)
        : Sys.OpenAt2(DirectoryOf(arguments), PathOf(arguments), arguments.LentAddress, HowSize);

    internal override IoResult ToResult(OperationArguments arguments, long result) =>
        result < 0 ? new IoResult(this, result) : new DescriptorResult(this, (int)result, null);

    private protected override string Details => $"\"{Path}\", {Flags}{(Resolve == ResolveFlags.None ? "" : $", {Resolve}")}";
}
