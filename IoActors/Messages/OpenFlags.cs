using System;
using Akka.IoActors.Native;

namespace Akka.IoActors;

/// <summary>
/// How a file is opened (<c>open(2)</c>). O_CLOEXEC is always set. The numbers are the library's own:
/// those of the kernel differ between architectures.
/// </summary>
[Flags]
public enum OpenFlags
{
    /// <summary>O_RDONLY.</summary>
    ReadOnly = 0,

    /// <summary>O_WRONLY.</summary>
    WriteOnly = 1,

    /// <summary>O_RDWR.</summary>
    ReadWrite = 2,

    /// <summary>O_CREAT: make it if it is not there.</summary>
    Create = 1 << 2,

    /// <summary>O_EXCL: with <see cref="Create"/>, −EEXIST if it is there.</summary>
    Exclusive = 1 << 3,

    /// <summary>O_TRUNC: cut it to nothing.</summary>
    Truncate = 1 << 4,

    /// <summary>O_APPEND: every write goes to the end.</summary>
    Append = 1 << 5,

    /// <summary>O_DIRECT: past the page cache; buffer, offset and length must be aligned.</summary>
    Direct = 1 << 6,

    /// <summary>O_DSYNC: a write is answered when its data is on the device.</summary>
    DataSync = 1 << 7,

    /// <summary>O_SYNC: a write is answered when its data and metadata are on the device.</summary>
    Sync = 1 << 8,

    /// <summary>O_DIRECTORY: −ENOTDIR unless it is a directory.</summary>
    Directory = 1 << 9,

    /// <summary>O_NOFOLLOW: −ELOOP if it is a symbolic link.</summary>
    NoFollow = 1 << 10,

    /// <summary>O_NONBLOCK: for FIFOs and devices.</summary>
    NonBlock = 1 << 11,

    /// <summary>O_NOATIME: do not touch the time of access; −EPERM unless the file is one's own.</summary>
    NoAccessTime = 1 << 12,

    /// <summary>O_TMPFILE: a nameless file in the directory that the path names.</summary>
    TemporaryFile = 1 << 13,

    /// <summary>O_PATH: a reference only, for no reading and no writing.</summary>
    PathOnly = 1 << 14,

    /// <summary>O_NOCTTY: a terminal does not become the controlling one.</summary>
    NoControllingTerminal = 1 << 15,
}

/// <summary>Checks and translates <see cref="OpenFlags"/>.</summary>
internal static class OpenFlagsExtensions
{
    private const OpenFlags Access = OpenFlags.WriteOnly | OpenFlags.ReadWrite;
    private const OpenFlags All = (OpenFlags)((1 << 16) - 1);

    internal static void Check(this OpenFlags flags, string parameter)
    {
        if ((flags & Access) == Access)
        {
            throw new ArgumentException("WriteOnly and ReadWrite exclude each other.", parameter);
        }

        if ((flags & ~All) != 0)
        {
            throw new ArgumentException(
                FormattableString.Invariant($"0x{(int)(flags & ~All):x} is no flag of open."), parameter);
        }
    }

    internal static int ToNative(this OpenFlags flags)
    {
        var native = (int)(flags & Access) | NativeOpenFlags.CloseOnExec;
        for (var rest = (int)(flags & ~Access); rest != 0; rest &= rest - 1)
        {
            native |= (OpenFlags)(rest & -rest) switch
            {
                OpenFlags.Create => NativeOpenFlags.Create,
                OpenFlags.Exclusive => NativeOpenFlags.Exclusive,
                OpenFlags.Truncate => NativeOpenFlags.Truncate,
                OpenFlags.Append => NativeOpenFlags.Append,
                OpenFlags.Direct => NativeOpenFlags.Direct,
                OpenFlags.DataSync => NativeOpenFlags.DataSync,
                OpenFlags.Sync => NativeOpenFlags.Sync,
                OpenFlags.Directory => NativeOpenFlags.Directory,
                OpenFlags.NoFollow => NativeOpenFlags.NoFollow,
                OpenFlags.NonBlock => NativeOpenFlags.NonBlock,
                OpenFlags.NoAccessTime => NativeOpenFlags.NoAccessTime,
                OpenFlags.TemporaryFile => NativeOpenFlags.TemporaryFile,
                OpenFlags.PathOnly => NativeOpenFlags.PathOnly,
                _ => NativeOpenFlags.NoControllingTerminal,
            };
        }

        return native;
    }
}
