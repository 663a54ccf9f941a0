using System;
using System.Runtime.InteropServices;
using Tmds.Linux;

namespace Akka.IoActors.Native;

/// <summary>An <c>epoll(7)</c> instance, used by one thread.</summary>
internal sealed unsafe class Epoll : IDisposable
{
    private const int MostEvents = 256;

    private readonly byte[] _memory = GC.AllocateArray<byte>(MostEvents * sizeof(epoll_event), pinned: true);
    private int _fd;

    /// <summary>Makes one, close-on-exec.</summary>
    /// <exception cref="NativeException">No descriptor is to be had (EMFILE, ENFILE, ENOMEM).</exception>
    internal Epoll()
    {
        _fd = LibC.epoll_create1(LibC.EPOLL_CLOEXEC);
        if (_fd < 0)
        {
            throw new NativeException("epoll_create1", -LibC.errno);
        }
    }

    /// <summary>Calls of <c>epoll_wait</c> so far.</summary>
    internal long Waits { get; private set; }

    /// <summary>Watches a descriptor for good: it is reported as long as it is ready.</summary>
    /// <returns>0, or a negative errno.</returns>
    internal int Watch(int fd, PollEvents events) => Control(LibC.EPOLL_CTL_ADD, fd, (uint)events);

    /// <summary>Watches a descriptor until it is reported once.</summary>
    /// <returns>0; −EPERM for a descriptor that is always ready, −EBADF, −ENOMEM, −ENOSPC.</returns>
    internal int WatchOnce(int fd, PollEvents events)
    {
        const uint oneShot = 1u << 30;
        var result = Control(LibC.EPOLL_CTL_MOD, fd, (uint)events | oneShot);
        return result == -(int)Errno.ENOENT ? Control(LibC.EPOLL_CTL_ADD, fd, (uint)events | oneShot) : result;
    }

    /// <summary>Waits for events.</summary>
    /// <param name="milliseconds">How long; 0 for not at all, −1 for ever.</param>
    /// <returns>The number of events, or a negative errno.</returns>
    internal int Wait(int milliseconds)
    {
        Waits++;

        // SAFETY: the array is pinned for good and holds MostEvents entries.
        fixed (byte* memory = _memory)
        {
            var result = LibC.epoll_wait(_fd, (epoll_event*)memory, MostEvents, milliseconds);
            return result >= 0 ? result : -LibC.errno;
        }
    }

    /// <summary>The n-th event of the last <see cref="Wait"/>.</summary>
    internal (int Fd, PollEvents Events) Event(int n)
    {
        var entry = MemoryMarshal.Cast<byte, epoll_event>(_memory)[n];
        return (entry.data.fd, (PollEvents)entry.events);
    }

    /// <summary>Whether somebody has closed the number.</summary>
    internal bool IsGone => LibC.fcntl(_fd, LibC.F_GETFD) < 0;

    /// <summary>The number is somebody else's: it is not to be closed.</summary>
    internal void LoseDescriptor() => _fd = -1;

    /// <summary>Closes the instance.</summary>
    public void Dispose()
    {
        if (_fd >= 0)
        {
            _ = Sys.Close(_fd);
            _fd = -1;
        }
    }

    private int Control(int operation, int fd, uint events)
    {
        // SAFETY: the structure lives in this frame; the kernel copies it.
        var entry = new epoll_event { events = (int)events };
        entry.data.fd = fd;
        return LibC.epoll_ctl(_fd, operation, fd, &entry) >= 0 ? 0 : -LibC.errno;
    }
}
