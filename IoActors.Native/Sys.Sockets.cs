using System;
using System.Runtime.InteropServices;
using Tmds.Linux;

namespace Akka.IoActors.Native;

/// <summary>The calls that make, name and connect sockets. None of them waits, but for <see cref="Connect"/>.</summary>
internal static unsafe partial class Sys
{
    /// <summary><c>socket(2)</c>, close-on-exec and blocking.</summary>
    internal static int Socket(int family, int type, int protocol) => Result(socket(family, type | SocketCloseOnExec, protocol));

    /// <summary><c>fcntl(2)</c>, F_DUPFD_CLOEXEC: a second number for the same open file.</summary>
    internal static int Duplicate(int fd) => Result(LibC.fcntl(fd, LibC.F_DUPFD_CLOEXEC, 0));

    /// <summary>Sets O_NONBLOCK on a socket; SO_TYPE of anything else is ENOTSOCK.</summary>
    internal static void SetNonBlockingIfSocket(int fd)
    {
        const int socketLevel = 1;
        const int socketType = 3;
        if (GetSockOpt(fd, socketLevel, socketType, stackalloc byte[sizeof(int)]) >= 0)
        {
            _ = SetNonBlocking(fd);
        }
    }

    /// <summary><c>bind(2)</c>.</summary>
    internal static int Bind(int fd, nint address, int length) =>
        // SAFETY: the caller's block holds the address during the call; so below.
        Result(bind(fd, (void*)address, (uint)length));

    /// <summary><c>listen(2)</c>.</summary>
    internal static int Listen(int fd, int backlog) => Result(listen(fd, backlog));

    /// <summary>
    /// <c>connect(2)</c>. After a signal, as with O_NONBLOCK, it goes on by itself; the next call, once the socket is ready,
    /// tells how it has ended.
    /// </summary>
    internal static int Connect(int fd, nint address, int length)
    {
        int result;
        while ((result = Result(connect(fd, (void*)address, (uint)length))) == -(int)Errno.EINTR)
        {
            _ = Poll(fd, PollEvents.Out, System.Threading.Timeout.InfiniteTimeSpan);
        }

        return result;
    }

    /// <summary><c>shutdown(2)</c>.</summary>
    internal static int Shutdown(int fd, int how) => Result(shutdown(fd, how));

    /// <summary><c>getsockname(2)</c>; the length that the kernel reads and writes stands at <paramref name="length"/>.</summary>
    internal static int GetSockName(int fd, nint address, nint length) => Result(getsockname(fd, (void*)address, (uint*)length));

    /// <summary><c>getpeername(2)</c>; the length that the kernel reads and writes stands at <paramref name="length"/>.</summary>
    internal static int GetPeerName(int fd, nint address, nint length) => Result(getpeername(fd, (void*)address, (uint*)length));

    /// <summary><c>setsockopt(2)</c>.</summary>
    internal static int SetSockOpt(int fd, int level, int name, ReadOnlySpan<byte> value)
    {
        // SAFETY: `fixed` keeps the value in place during the call.
        fixed (byte* start = value)
        {
            return Result(setsockopt(fd, level, name, start, (uint)value.Length));
        }
    }

    /// <summary><c>getsockopt(2)</c>.</summary>
    /// <returns>The bytes that there are, or a negative errno.</returns>
    internal static int GetSockOpt(int fd, int level, int name, Span<byte> value)
    {
        // SAFETY: `fixed` keeps the value in place during the call; the length lives in this frame.
        fixed (byte* start = value)
        {
            var length = (uint)value.Length;
            var result = Result(getsockopt(fd, level, name, start, &length));
            return result < 0 ? result : (int)length;
        }
    }

    /// <summary><c>sendmsg(2)</c>.</summary>
    internal static long SendMsg(int fd, nint message, int flags)
    {
        // SAFETY: the caller's block holds the header and what it points to during the call; so below.
        long result;
        while (Interrupted(sendmsg(fd, (void*)message, flags), out result))
        {
        }

        return result;
    }

    /// <summary><c>recvmsg(2)</c>.</summary>
    internal static long RecvMsg(int fd, nint message, int flags)
    {
        long result;
        while (Interrupted(recvmsg(fd, (void*)message, flags), out result))
        {
        }

        return result;
    }

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint sendmsg(int fd, void* message, int flags);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint recvmsg(int fd, void* message, int flags);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int socket(int family, int type, int protocol);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int bind(int fd, void* address, uint length);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int listen(int fd, int backlog);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int connect(int fd, void* address, uint length);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int shutdown(int fd, int how);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int getsockname(int fd, void* address, uint* length);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int getpeername(int fd, void* address, uint* length);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int setsockopt(int fd, int level, int name, void* value, uint length);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int getsockopt(int fd, int level, int name, void* value, uint* length);
}
