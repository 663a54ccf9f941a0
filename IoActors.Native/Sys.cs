using System.IO;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Tmds.Linux;

namespace Akka.IoActors.Native;

/// <summary>
/// System calls that answer as the kernel does: a value ≥ 0, or a negative errno. EINTR is retried
/// here wherever POSIX leaves the call without effect, so no caller ever sees it.
/// </summary>
internal static unsafe partial class Sys
{
    /// <summary>The negative errno of the call that has just failed on this thread.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int LastError() => -LibC.errno;

    private static int Result(int result) => result >= 0 ? result : LastError();

    /// <summary>Whether a call came to nothing because of a signal, and is to be made again.</summary>
    private static bool Interrupted(long raw, out long result)
    {
        result = raw >= 0 ? raw : LastError();
        return result == -(long)Errno.EINTR;
    }

    /// <summary><c>close(2)</c>. Never retried: on Linux the number is free even after EINTR.</summary>
    internal static int Close(int fd)
    {
        var result = Result(LibC.close(fd));
        return result == -(int)Errno.EINTR ? 0 : result;
    }

    /// <summary>
    /// Closes what the number stands for, but keeps the number taken, by <c>/dev/null</c>
    /// (<c>dup3(2)</c>): for numbers that somebody else insists on closing.
    /// </summary>
    internal static long ReplaceByNull(int fd)
    {
        var seekable = IsSeekable(fd);
        if (seekable == -(int)Errno.EBADF)
        {
            return seekable;
        }

        // SAFETY: a constant with its NUL.
        int nothing;
        fixed (byte* path = "/dev/null\0"u8)
        {
            nothing = (int)OpenAt(AtWorkingDirectory, (nint)path, LibC.O_RDWR | LibC.O_CLOEXEC, 0);
        }

        if (nothing < 0)
        {
            return nothing;
        }

        long result;
        while (Interrupted(LibC.dup3(nothing, fd, LibC.O_CLOEXEC), out result))
        {
        }

        _ = Close(nothing);
        return result < 0 ? result : 0;
    }

    /// <summary><c>eventfd(2)</c>, close-on-exec and blocking, so that a ring can wait on it.</summary>
    internal static int EventFd() => Result(LibC.eventfd(0, LibC.EFD_CLOEXEC));

    /// <summary>
    /// Moves the position of a file behind so many bytes that were written at it, unless that has been done: io_uring (seen on 6.18) does
    /// not when it has met an error behind them, such as a full disk.
    /// </summary>
    internal static void MovePosition(int fd, long before, long written)
    {
        if (LSeek(fd, 0, LibC.SEEK_CUR) == before)
        {
            var appends = (Result(LibC.fcntl(fd, LibC.F_GETFL)) & LibC.O_APPEND) != 0;
            _ = appends ? LSeek(fd, 0, LibC.SEEK_END) : LSeek(fd, before + written, LibC.SEEK_SET);
        }
    }

    /// <summary><c>lseek(2)</c>.</summary>
    internal static long LSeek(int fd, long offset, int whence)
    {
        // A file system in user space may be asked, and interrupted.
        long result;
        while (Interrupted(LibC.lseek(fd, offset, whence), out result))
        {
        }

        return result;
    }

    /// <summary>
    /// Whether the descriptor has a position: 1 for files, directories, block devices and the character devices
    /// that can be sought, −ESPIPE for pipes, sockets, terminals, eventfds and the like, −EBADF if it is not open.
    /// Asks no server and no disk (AT_STATX_DONT_SYNC).
    /// </summary>
    internal static int IsSeekable(int fd)
    {
        const uint typeOnly = 1;
        if (fd < 0)
        {
            return -(int)Errno.EBADF;
        }

        // SAFETY: the path and the structure that the kernel fills live in this frame.
        byte path = 0;
        Statx status;
        var result = Statx(fd, (nint)(&path), Native.Statx.EmptyPath | Native.Statx.DontSync, typeOnly, (nint)(&status));
        if (result < 0)
        {
            return (int)result;
        }

        const int typeMask = 0xf000;
        const int character = 0x2000;
        const int directory = 0x4000;
        const int block = 0x6000;
        const int regular = 0x8000;
        return (status.Mode & typeMask) switch
        {
            regular or block or directory => 1,

            // An eventfd, which has no type, would let itself be sought, but not be read at an offset.
            character when LSeek(fd, 0, LibC.SEEK_CUR) >= 0 => 1,
            _ => -(int)Errno.ESPIPE,
        };
    }

    /// <summary><c>ftruncate(2)</c>.</summary>
    internal static long FTruncate(int fd, long length)
    {
        long result;
        while (Interrupted(LibC.ftruncate(fd, length), out result))
        {
        }

        return result;
    }

    /// <summary><c>pipe2(2)</c>, close-on-exec.</summary>
    internal static int Pipe(out int readEnd, out int writeEnd)
    {
        // SAFETY: both numbers are written into this frame before the call returns.
        var ends = stackalloc int[2];
        var result = Result(LibC.pipe2(ends, LibC.O_CLOEXEC));
        readEnd = result < 0 ? -1 : ends[0];
        writeEnd = result < 0 ? -1 : ends[1];
        return result;
    }

    /// <summary><c>socketpair(2)</c> of Unix stream sockets, close-on-exec.</summary>
    internal static int SocketPair(out int first, out int second)
    {
        // SAFETY: both numbers are written into this frame before the call returns.
        var ends = stackalloc int[2];
        var result = Result(LibC.socketpair(LibC.AF_UNIX, LibC.SOCK_STREAM | LibC.SOCK_CLOEXEC, 0, ends));
        first = result < 0 ? -1 : ends[0];
        second = result < 0 ? -1 : ends[1];
        return result;
    }

    /// <summary><c>getrlimit(2)</c>; <see cref="ulong.MaxValue"/> stands for no limit.</summary>
    /// <param name="resource">RLIMIT_NOFILE (7) or RLIMIT_MEMLOCK (8).</param>
    /// <param name="soft">The limit in force.</param>
    /// <param name="hard">The limit up to which the process may raise it.</param>
    internal static int GetRLimit(int resource, out ulong soft, out ulong hard)
    {
        // SAFETY: the kernel fills two 64-bit words that live in this frame.
        var limits = stackalloc ulong[2];
        var result = Result(prlimit(0, resource, null, limits));
        soft = limits[0];
        hard = limits[1];
        return result;
    }

    /// <summary>The release of the running kernel (<c>uname -r</c>).</summary>
    internal static string KernelRelease { get; } =
        File.ReadAllText("/proc/sys/kernel/osrelease").Trim();

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int prlimit(int pid, int resource, void* newLimit, void* oldLimit);
}
