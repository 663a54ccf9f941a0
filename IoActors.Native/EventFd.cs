using System;
using System.Runtime.InteropServices;
using Tmds.Linux;

namespace Akka.IoActors.Native;

/// <summary>
/// An <c>eventfd(2)</c>: any thread rings it, and the one that waits on it (through a ring, epoll or
/// poll) wakes up.
/// </summary>
internal sealed unsafe class EventFd : IDisposable
{
    private int _fd;

    /// <summary>Makes one.</summary>
    /// <exception cref="NativeException">No descriptor is to be had (EMFILE, ENFILE, ENOMEM).</exception>
    internal EventFd()
    {
        _fd = Sys.EventFd();
        if (_fd < 0)
        {
            throw new NativeException("eventfd", _fd);
        }
    }

    /// <summary>The descriptor.</summary>
    internal int Descriptor => _fd;

    /// <summary>Wakes the waiter. Callable from any thread; cannot block before 2⁶⁴ − 2 rings.</summary>
    internal void Signal()
    {
        ulong one = 1;
        // SAFETY: eight bytes of this frame; write(2) has copied them when it returns.
        while (WriteNoTransition(_fd, &one, sizeof(ulong)) < 0)
        {
            // Only EINTR is possible: the counter never comes near its limit.
            if (Marshal.GetLastSystemError() != (int)Errno.EINTR)
            {
                return;
            }
        }
    }

    /// <summary>Blocks until somebody rings, and takes all the rings at once.</summary>
    internal void Wait()
    {
        ulong count;
        // SAFETY: eight bytes of this frame; the call blocks with the frame alive.
        while ((long)LibC.read(_fd, &count, sizeof(ulong)) < 0 && LibC.errno == LibC.EINTR)
        {
        }
    }

    /// <summary>Blocks until somebody rings, or for a time, and takes all the rings at once.</summary>
    internal void Wait(TimeSpan timeout)
    {
        if (timeout == System.Threading.Timeout.InfiniteTimeSpan || Sys.WaitReadable(_fd, timeout))
        {
            Wait();
        }
    }

    /// <summary>Closes the descriptor.</summary>
    public void Dispose()
    {
        if (_fd >= 0)
        {
            _ = Sys.Close(_fd);
            _fd = -1;
        }
    }

    // The transition to preemptive mode costs more than this call, which never blocks.
    [DllImport("libc", EntryPoint = "write")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [SuppressGCTransition]
    private static extern nint WriteNoTransition(int fd, void* buffer, nint count);
}
