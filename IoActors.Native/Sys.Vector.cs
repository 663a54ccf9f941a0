using System;
using System.Runtime.InteropServices;
using Tmds.Linux;

namespace Akka.IoActors.Native;

/// <summary>Vectored, non-waiting and copying calls.</summary>
internal static unsafe partial class Sys
{
    /// <summary>RWF_NOWAIT: −EAGAIN instead of a wait (since Linux 4.14; for pipes and sockets since 5.5).</summary>
    private const int NoWait = 0x8;

    /// <summary>SPLICE_F_NONBLOCK: −EAGAIN instead of a wait for the pipe.</summary>
    internal const uint SpliceNonBlock = 2;

    /// <summary><c>preadv2(2)</c>; offset −1 is the file position.</summary>
    internal static long PReadV2(int fd, nint vector, int count, long offset, int flags)
    {
        // SAFETY: the caller's block holds the vector, and pins hold what it names, during the call.
        long result;
        while (Interrupted(preadv2(fd, (void*)vector, count, offset, flags), out result))
        {
        }

        return result;
    }

    /// <summary><c>pwritev2(2)</c>; offset −1 is the file position.</summary>
    internal static long PWriteV2(int fd, nint vector, int count, long offset, int flags)
    {
        // SAFETY: the caller's block holds the vector, and pins hold what it names, during the call.
        long result;
        while (Interrupted(pwritev2(fd, (void*)vector, count, offset, flags), out result))
        {
        }

        return result;
    }

    /// <summary>
    /// Whether reads with RWF_NOWAIT wait for the device all the same: they do where the descriptor has O_DIRECT.
    /// <c>fcntl(2)</c>, F_GETFL; a descriptor that is closed has nothing to wait for.
    /// </summary>
    internal static bool IsDirect(int fd)
    {
        var flags = Result(LibC.fcntl(fd, LibC.F_GETFL));
        return flags >= 0 && (flags & NativeOpenFlags.Direct) != 0;
    }

    /// <summary>As <see cref="ReadCached(int, Span{byte}, long)"/>, for memory that is pinned.</summary>
    internal static long ReadCached(int fd, nint buffer, long count, long offset)
    {
        // SAFETY: the vector lives in this frame; the caller's pin keeps the buffer in place.
        var vector = new iovec { iov_base = (void*)buffer, iov_len = (size_t)(ulong)count };
        return PReadV2(fd, (nint)(&vector), 1, offset, NoWait);
    }

    /// <summary>As <see cref="ReadCached(int, Span{byte}, long)"/>, for a vector of pinned buffers.</summary>
    internal static long ReadCachedV(int fd, nint vector, int count, long offset) =>
        PReadV2(fd, vector, count, offset, NoWait);

    /// <summary>Reads at an offset what the page cache has: <c>preadv2(2)</c> with RWF_NOWAIT, −EAGAIN if that is nothing.</summary>
    internal static long ReadCached(int fd, Span<byte> buffer, long offset)
    {
        fixed (byte* start = buffer)
        {
            // SAFETY: the buffer is held in place for the call, and the vector lives in this frame.
            var vector = new iovec { iov_base = start, iov_len = buffer.Length };
            long result;
            while (Interrupted(preadv2(fd, &vector, 1, offset, NoWait), out result))
            {
            }

            return result;
        }
    }

    /// <summary>Reads what is there, without waiting: −EAGAIN if that is nothing.</summary>
    internal static long TryRead(int fd, nint buffer, long count)
    {
        // SAFETY: the vector lives in this frame; the caller's pin keeps the buffer in place.
        var vector = new iovec { iov_base = (void*)buffer, iov_len = (size_t)(ulong)count };
        return TryReadV(fd, (nint)(&vector), 1);
    }

    /// <summary>Writes what fits, without waiting: −EAGAIN if that is nothing.</summary>
    internal static long TryWrite(int fd, nint buffer, long count)
    {
        // SAFETY: the vector lives in this frame; the caller's pin keeps the buffer in place.
        var vector = new iovec { iov_base = (void*)buffer, iov_len = (size_t)(ulong)count };
        return TryWriteV(fd, (nint)(&vector), 1);
    }

    /// <summary>Reads what is there, without waiting: −EAGAIN if that is nothing.</summary>
    internal static long TryReadV(int fd, nint vector, int count)
    {
        var result = PReadV2(fd, vector, count, -1, NoWait);
        return result != -(long)Errno.EOPNOTSUPP ? result
            : IsReady(fd, PollEvents.In) ? PReadV2(fd, vector, count, -1, 0)
            : -(long)Errno.EAGAIN;
    }

    /// <summary>Writes what fits, without waiting: −EAGAIN if that is nothing.</summary>
    internal static long TryWriteV(int fd, nint vector, int count)
    {
        var result = PWriteV2(fd, vector, count, -1, NoWait);
        if (result != -(long)Errno.EOPNOTSUPP)
        {
            return result;
        }

        if (!IsReady(fd, PollEvents.Out))
        {
            return -(long)Errno.EAGAIN;
        }

        // A FIFO that is ready takes so much without a wait (PIPE_BUF).
        const int certain = 4096;
        // SAFETY: the caller's block holds the vector, and pins hold what it names.
        var entries = (iovec*)vector;
        while (count > 1 && (ulong)entries->iov_len == 0)
        {
            entries++;
            count--;
        }

        return Write(fd, (nint)entries->iov_base, (long)Math.Min((ulong)entries->iov_len, certain));
    }

    /// <summary>
    /// Whether a descriptor that knows no RWF_NOWAIT (a FIFO, a terminal) is ready; errors and ends count.
    /// </summary>
    private static bool IsReady(int fd, PollEvents events) => Poll(fd, events, TimeSpan.Zero) != PollEvents.None;

    /// <summary>Waits until a descriptor can be read, but not for ever; a signal ends the wait early.</summary>
    internal static bool WaitReadable(int fd, TimeSpan timeout) => Poll(fd, PollEvents.In, timeout) != PollEvents.None;

    /// <summary><c>poll(2)</c> of one descriptor.</summary>
    /// <returns>What it is ready for; none after the time, and after a signal.</returns>
    private static PollEvents Poll(int fd, PollEvents events, TimeSpan timeout)
    {
        // SAFETY: the structure lives in this frame, which outlives the call.
        var entry = new pollfd { fd = fd, events = (short)events };
        return LibC.poll(&entry, 1, Milliseconds(timeout)) > 0 ? (PollEvents)(ushort)entry.revents : PollEvents.None;
    }

    /// <summary>A time as poll and epoll take it: rounded up, so that nobody wakes before it; −1 for ever.</summary>
    internal static int Milliseconds(TimeSpan timeout) =>
        timeout < TimeSpan.Zero ? -1 : (int)Math.Min(int.MaxValue, Math.Ceiling(timeout.TotalMilliseconds));

    /// <summary>Sets O_NONBLOCK, if it is not set.</summary>
    /// <returns>0, or a negative errno.</returns>
    internal static int SetNonBlocking(int fd) => Math.Min(TrySetNonBlocking(fd), 0);

    /// <summary>Sets O_NONBLOCK, if it is not set.</summary>
    /// <returns>1 if it was not, 0 if it was, or a negative errno.</returns>
    internal static int TrySetNonBlocking(int fd)
    {
        var flags = Result(LibC.fcntl(fd, LibC.F_GETFL));
        if (flags < 0 || (flags & LibC.O_NONBLOCK) != 0)
        {
            return Math.Min(flags, 0);
        }

        var result = Result(LibC.fcntl(fd, LibC.F_SETFL, flags | LibC.O_NONBLOCK));
        return result < 0 ? result : 1;
    }

    /// <summary>Takes O_NONBLOCK away.</summary>
    internal static void SetBlocking(int fd)
    {
        var flags = LibC.fcntl(fd, LibC.F_GETFL);
        if (flags >= 0)
        {
            _ = LibC.fcntl(fd, LibC.F_SETFL, flags & ~LibC.O_NONBLOCK);
        }
    }

    /// <summary><c>splice(2)</c>; an offset of −1 is the file position, or a pipe.</summary>
    internal static long Splice(int input, long offset, int output, uint count, uint flags)
    {
        // SAFETY: the offset lives in this frame; the kernel updates it before the call returns.
        off_t at = offset;
        long result;
        while (Interrupted(
            LibC.splice(input, offset < 0 ? null : &at, output, null, (size_t)count, flags), out result))
        {
        }

        return result;
    }

    /// <summary><c>tee(2)</c>.</summary>
    internal static long Tee(int input, int output, uint count, uint flags)
    {
        long result;
        while (Interrupted(tee(input, output, (nint)count, flags), out result))
        {
        }

        return result;
    }

    /// <summary>
    /// What <c>sendfile(2)</c> checks before it moves anything, in its order. Not the call itself with no bytes to
    /// move: that waits for room in a full pipe.
    /// </summary>
    /// <returns>0, or a negative errno.</returns>
    internal static long CheckSendFile(int output, int input, long offset, long count)
    {
        var inputFlags = Result(LibC.fcntl(input, LibC.F_GETFL));
        if (!Allows(inputFlags, LibC.O_RDONLY))
        {
            return -(long)Errno.EBADF;
        }

        var seekable = IsSeekable(input);
        if (seekable < 0)
        {
            return seekable;
        }

        if (count > long.MaxValue - offset)
        {
            return -(long)Errno.EINVAL;
        }

        var outputFlags = Result(LibC.fcntl(output, LibC.F_GETFL));
        if (!Allows(outputFlags, LibC.O_WRONLY))
        {
            return -(long)Errno.EBADF;
        }

        if ((outputFlags & LibC.O_APPEND) != 0 && IsSeekable(output) > 0)
        {
            return -(long)Errno.EINVAL;
        }

        return IsPipeWithoutReader(output) ? -(long)Errno.EPIPE : 0;
    }

    /// <summary>Whether a descriptor with these flags (or this error) can be read, or written.</summary>
    private static bool Allows(int flags, int mode)
    {
        var accessMode = 3 | NativeOpenFlags.PathOnly;
        return flags >= 0 && ((flags & accessMode) == mode || (flags & accessMode) == LibC.O_RDWR);
    }

    private static bool IsPipeWithoutReader(int output)
    {
        const int getPipeSize = 1032;
        return LibC.fcntl(output, getPipeSize) >= 0
            && (Poll(output, PollEvents.None, TimeSpan.Zero) & PollEvents.Err) != PollEvents.None;
    }

    /// <summary><c>fdatasync(2)</c>.</summary>
    internal static long FDataSync(int fd)
    {
        long result;
        while (Interrupted(LibC.fdatasync(fd), out result))
        {
        }

        return result;
    }

    /// <summary>
    /// <c>copy_file_range(2)</c>, or reading and writing where the file systems cannot do that with each other.
    /// </summary>
    internal static long CopyFileRange(int input, long inputOffset, int output, long outputOffset, long count)
    {
        const int syscallX64 = 326;
        const int syscallGeneric = 285;
        var number = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? syscallX64 : syscallGeneric;

        // SAFETY: the offsets live in this frame; the kernel updates them before the call returns.
        long from = inputOffset;
        long to = outputOffset;
        long result;
        while (Interrupted(
            (long)LibC.syscall(number, input, &from, output, &to, (size_t)(ulong)count, 0), out result))
        {
        }

        return (Errno)(int)-result is Errno.EXDEV or Errno.EOPNOTSUPP or Errno.ENOSYS
            ? CopyByHand(input, inputOffset, output, outputOffset, count)
            : result;
    }

    private static long CopyByHand(int input, long inputOffset, int output, long outputOffset, long count)
    {
        const int chunk = 128 * 1024;
        var buffer = new byte[Math.Min(chunk, count)];

        // SAFETY: the buffer is pinned for the two calls.
        fixed (byte* memory = buffer)
        {
            var read = PRead(input, (nint)memory, buffer.Length, inputOffset);
            return read <= 0 ? read : PWrite(output, (nint)memory, read, outputOffset);
        }
    }

    // Not in Tmds.LibC. Both have 64-bit offsets on the architectures that we run on.
    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint preadv2(int fd, void* vector, int count, long offset, int flags);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint pwritev2(int fd, void* vector, int count, long offset, int flags);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint tee(int input, int output, nint count, uint flags);
}
