using Tmds.Linux;

namespace Akka.IoActors.Native;

/// <summary>The blocking forms of the operations, for threads that may block.</summary>
internal static unsafe partial class Sys
{
    /// <summary>PATH_MAX: the longest path in bytes, its NUL included.</summary>
    internal const int PathMax = 4096;

    /// <summary>AT_FDCWD: relative paths start at the working directory.</summary>
    internal const int AtWorkingDirectory = -100;

    /// <summary>MSG_NOSIGNAL: EPIPE without SIGPIPE.</summary>
    internal const uint MessageNoSignal = 0x4000;

    /// <summary>SOCK_CLOEXEC: no child inherits the socket.</summary>
    internal static int SocketCloseOnExec => LibC.SOCK_CLOEXEC;

    /// <summary><c>read(2)</c>.</summary>
    internal static long Read(int fd, nint buffer, long count)
    {
        // SAFETY: the caller's pin keeps `count` bytes at `buffer` in place during the call.
        long result;
        while (Interrupted(LibC.read(fd, (void*)buffer, (size_t)(ulong)count), out result))
        {
        }

        return result;
    }

    /// <summary><c>write(2)</c>.</summary>
    internal static long Write(int fd, nint buffer, long count)
    {
        // SAFETY: the caller's pin keeps `count` bytes at `buffer` in place during the call.
        long result;
        while (Interrupted(LibC.write(fd, (void*)buffer, (size_t)(ulong)count), out result))
        {
        }

        return result;
    }

    /// <summary><c>pread(2)</c>.</summary>
    internal static long PRead(int fd, nint buffer, long count, long offset)
    {
        // SAFETY: the caller's pin keeps `count` bytes at `buffer` in place during the call.
        long result;
        while (Interrupted(LibC.pread(fd, (void*)buffer, (size_t)(ulong)count, offset), out result))
        {
        }

        return result;
    }

    /// <summary><c>pwrite(2)</c>.</summary>
    internal static long PWrite(int fd, nint buffer, long count, long offset)
    {
        // SAFETY: the caller's pin keeps `count` bytes at `buffer` in place during the call.
        long result;
        while (Interrupted(LibC.pwrite(fd, (void*)buffer, (size_t)(ulong)count, offset), out result))
        {
        }

        return result;
    }

    /// <summary><c>openat(2)</c>.</summary>
    internal static long OpenAt(int directory, nint path, int flags, uint mode)
    {
        // SAFETY: the caller's block holds the path with its NUL during the call.
        long result;
        while (Interrupted(LibC.openat(directory, (byte*)path, flags, (mode_t)mode), out result))
        {
        }

        return result;
    }

    /// <summary><c>fsync(2)</c>.</summary>
    internal static long FSync(int fd)
    {
        long result;
        while (Interrupted(LibC.fsync(fd), out result))
        {
        }

        return result;
    }

    /// <summary><c>statx(2)</c>.</summary>
    internal static long Statx(int fd, nint path, uint flags, uint mask, nint result)
    {
        // SAFETY: the caller's block holds the path and 256 bytes for the answer during the call.
        long outcome;
        while (Interrupted(LibC.statx(fd, (byte*)path, (int)flags, mask, (statx*)result), out outcome))
        {
        }

        return outcome;
    }

    /// <summary><c>accept4(2)</c> with SOCK_CLOEXEC.</summary>
    internal static long Accept(int fd, nint address, nint addressLength)
    {
        // SAFETY: the caller's block holds the address and its length during the call.
        long result;
        while (Interrupted(LibC.accept4(fd, (sockaddr*)address, (socklen_t*)addressLength, SocketCloseOnExec), out result))
        {
        }

        return result;
    }

    /// <summary><c>recv(2)</c>.</summary>
    internal static long Recv(int fd, nint buffer, long count, int flags)
    {
        // SAFETY: the caller's pin keeps `count` bytes at `buffer` in place during the call.
        long result;
        while (Interrupted(LibC.recv(fd, (void*)buffer, (size_t)(ulong)count, flags), out result))
        {
        }

        return result;
    }

    /// <summary><c>send(2)</c>.</summary>
    internal static long Send(int fd, nint buffer, long count, int flags)
    {
        // SAFETY: the caller's pin keeps `count` bytes at `buffer` in place during the call.
        long result;
        while (Interrupted(LibC.send(fd, (void*)buffer, (size_t)(ulong)count, flags), out result))
        {
        }

        return result;
    }
}
