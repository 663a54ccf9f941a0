using System;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Tmds.Linux;

namespace Akka.IoActors.Native;

/// <summary>
/// Calls on names and attributes. Paths are bytes that end with a NUL, since a name on Linux need not be
/// text in any encoding.
/// </summary>
internal static unsafe partial class Sys
{
    /// <summary>SEEK_DATA: the next offset that holds data.</summary>
    internal const int SeekData = 3;

    /// <summary>SEEK_HOLE: the next offset that holds none; the end of the file is a hole.</summary>
    internal const int SeekHole = 4;

    private const int NoFollow = 0x100;

    /// <summary>The user that the kernel takes this process for (<c>geteuid(2)</c>).</summary>
    internal static uint EffectiveUser => (uint)LibC.geteuid();

    /// <summary><c>open(2)</c>, close-on-exec, of something that exists.</summary>
    internal static int OpenPath(ReadOnlySpan<byte> path, int flags)
    {
        // SAFETY: `fixed` keeps the path in place during the call.
        fixed (byte* name = Terminated(path))
        {
            return (int)OpenAt(AtWorkingDirectory, (nint)name, flags | NativeOpenFlags.CloseOnExec, 0);
        }
    }

    /// <summary><c>statx(2)</c> of a path.</summary>
    /// <param name="path">The path.</param>
    /// <param name="follow">Whether a symbolic link stands for what it points to.</param>
    /// <param name="status">The answer.</param>
    internal static int Stat(ReadOnlySpan<byte> path, bool follow, out Statx status)
    {
        // SAFETY: `fixed` keeps the path in place during the call; the answer is written into this frame.
        Statx answer = default;
        int result;
        fixed (byte* name = Terminated(path))
        {
            result = (int)Statx(
                AtWorkingDirectory, (nint)name, follow ? 0u : NoFollow, Native.Statx.AllMask, (nint)(&answer));
        }

        status = answer;
        return result;
    }

    /// <summary><c>statx(2)</c> of a descriptor.</summary>
    internal static int Stat(int fd, out Statx status)
    {
        // SAFETY: the empty path and the answer live in this frame.
        Statx answer = default;
        byte empty = 0;
        var result = (int)Statx(
            fd, (nint)(&empty), Native.Statx.EmptyPath, Native.Statx.AllMask, (nint)(&answer));
        status = answer;
        return result;
    }

    /// <summary><c>getdents64(2)</c>: the next entries of a directory, as many as fit; 0 at the end.</summary>
    internal static int ReadDirectory(int fd, Span<byte> entries)
    {
        // SAFETY: `fixed` keeps the buffer in place during the call.
        fixed (byte* buffer = entries)
        {
            var result = (int)getdents64(fd, buffer, (nuint)entries.Length);
            return result >= 0 ? result : LastError();
        }
    }

    /// <summary><c>syncfs(2)</c>: the whole file system of a descriptor to its device.</summary>
    internal static int SyncFileSystem(int fd) => Result(syncfs(fd));

    /// <summary>
    /// <c>ioctl_ficlone(2)</c>: a file shares all blocks of another. −EOPNOTSUPP, −ENOTTY, −EINVAL or −EXDEV where the file
    /// system cannot do that with these two.
    /// </summary>
    internal static int Clone(int to, int from)
    {
        const int ficlone = 0x40049409;
        return Result(LibC.ioctl(to, ficlone, from));
    }

    /// <summary><c>mkdir(2)</c>.</summary>
    internal static int MakeDirectory(ReadOnlySpan<byte> path, uint mode)
    {
        // SAFETY: `fixed` keeps the path in place during the call.
        fixed (byte* name = Terminated(path))
        {
            return Result(LibC.mkdir(name, (mode_t)mode));
        }
    }

    /// <summary><c>readlink(2)</c>: the bytes of the target, without a NUL, cut off at the end of the buffer.</summary>
    internal static int ReadLink(ReadOnlySpan<byte> path, Span<byte> target)
    {
        // SAFETY: `fixed` keeps path and buffer in place during the call.
        fixed (byte* name = Terminated(path), buffer = target)
        {
            return Result((int)(long)LibC.readlink(name, buffer, (size_t)(ulong)target.Length));
        }
    }

    /// <summary><c>symlink(2)</c>.</summary>
    internal static int MakeLink(ReadOnlySpan<byte> target, ReadOnlySpan<byte> path)
    {
        // SAFETY: `fixed` keeps both in place during the call.
        fixed (byte* to = Terminated(target), name = Terminated(path))
        {
            return Result(LibC.symlink(to, name));
        }
    }

    /// <summary><c>rename(2)</c>: replaces what has the new name, in one step.</summary>
    internal static int Rename(ReadOnlySpan<byte> from, ReadOnlySpan<byte> to)
    {
        // SAFETY: `fixed` keeps both in place during the call.
        fixed (byte* old = Terminated(from), name = Terminated(to))
        {
            return Result(rename(old, name));
        }
    }

    /// <summary><c>unlink(2)</c>.</summary>
    internal static int Unlink(ReadOnlySpan<byte> path)
    {
        // SAFETY: `fixed` keeps the path in place during the call.
        fixed (byte* name = Terminated(path))
        {
            return Result(LibC.unlink(name));
        }
    }

    /// <summary><c>chmod(2)</c>: permissions, of what a symbolic link points to.</summary>
    internal static int SetMode(ReadOnlySpan<byte> path, uint mode)
    {
        // SAFETY: `fixed` keeps the path in place during the call.
        fixed (byte* name = Terminated(path))
        {
            return Result(chmod(name, mode));
        }
    }

    /// <summary><c>fchmod(2)</c>.</summary>
    internal static int SetMode(int fd, uint mode) => Result(LibC.fchmod(fd, (mode_t)mode));

    /// <summary><c>lchown(2)</c>: owner and group, of a symbolic link itself.</summary>
    internal static int SetOwner(ReadOnlySpan<byte> path, uint user, uint group)
    {
        // SAFETY: `fixed` keeps the path in place during the call.
        fixed (byte* name = Terminated(path))
        {
            return Result(LibC.lchown(name, (uid_t)user, (gid_t)group));
        }
    }

    /// <summary><c>fchown(2)</c>.</summary>
    internal static int SetOwner(int fd, uint user, uint group) =>
        Result(LibC.fchown(fd, (uid_t)user, (gid_t)group));

    /// <summary><c>utimensat(2)</c>: times to the nanosecond, of a symbolic link itself.</summary>
    internal static int SetTimes(ReadOnlySpan<byte> path, in StatxTimestamp access, in StatxTimestamp modify)
    {
        // SAFETY: `fixed` keeps the path in place during the call; the times live in this frame.
        var times = stackalloc long[] { access.Seconds, access.Nanoseconds, modify.Seconds, modify.Nanoseconds };
        fixed (byte* name = Terminated(path))
        {
            return Result(utimensat(AtWorkingDirectory, name, times, NoFollow));
        }
    }

    /// <summary><c>futimens(3)</c>: times to the nanosecond.</summary>
    internal static int SetTimes(int fd, in StatxTimestamp access, in StatxTimestamp modify)
    {
        // SAFETY: the times live in this frame.
        var times = stackalloc long[] { access.Seconds, access.Nanoseconds, modify.Seconds, modify.Nanoseconds };
        return Result(futimens(fd, times));
    }

    /// <summary>
    /// <c>posix_fadvise(2)</c>, DONTNEED: the page cache may forget the file, so that it is read from its
    /// device next time. Dirty pages stay.
    /// </summary>
    internal static int ForgetCached(int fd)
    {
        const int dontNeed = 4;
        return -LibC.posix_fadvise(fd, 0, 0, dontNeed);
    }

    private static ReadOnlySpan<byte> Terminated(ReadOnlySpan<byte> path)
    {
        Debug.Assert(path[^1] == 0, "a path without its NUL");
        return path;
    }

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint getdents64(int fd, byte* buffer, nuint length);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int syncfs(int fd);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int rename(byte* from, byte* to);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int chmod(byte* path, uint mode);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int utimensat(int directory, byte* path, long* times, int flags);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int futimens(int fd, long* times);
}
