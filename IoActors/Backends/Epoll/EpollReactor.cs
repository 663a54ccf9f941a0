using System;
using System.Collections.Generic;
using Akka.IoActors.Loop;
using Akka.IoActors.Native;
using Akka.IoActors.Operations;

namespace Akka.IoActors.Backends.Epoll;

/// <summary>
/// Carries operations out without a ring: tries streams on the loop and waits for their readiness by
/// <c>epoll(7)</c>, has files read and written by the offload pool. Owned by the loop's thread.
/// </summary>
internal sealed class EpollReactor : IReactor, IOperationExecutor, IDisposable
{
    private readonly Native.Epoll _epoll = new();
    private readonly EventFd _wakeUps;
    private readonly EventLoop _loop;
    private readonly OperationTable _table;
    private readonly OffloadPool _pool;
    private readonly Action<Exception> _failed;

    /// <summary>Who waits for what.</summary>
    private readonly Dictionary<int, Waiters> _waiting = [];

    /// <exception cref="NativeException">There is no epoll instance to be had.</exception>
    internal EpollReactor(EventLoop loop, OperationTable table, OffloadPool pool, Action<Exception> failed)
    {
        _loop = loop;
        _table = table;
        _pool = pool;
        _failed = failed;
        _wakeUps = loop.Wake;
        var result = _epoll.Watch(_wakeUps.Descriptor, PollEvents.In);
        if (result < 0)
        {
            _epoll.Dispose();
            throw new NativeException("epoll_ctl", result);
        }
    }

    /// <summary>Whether epoll has events is for the kernel to know: a look costs a call.</summary>
    public bool HasWork => false;

    /// <summary>Nothing is prepared: everything starts at once.</summary>
    public bool HasDeferred => false;

    /// <summary>Calls of <c>epoll_wait</c> so far.</summary>
    internal long Waits => _epoll.Waits;

    // ---- start ---------------------------------------------------------------------------------

    /// <inheritdoc/>
    public bool TryStart(Slot slot)
    {
        if (slot.Polling)
        {
            WaitFor(slot);
        }
        else if (slot.IsStream)
        {
            _table.Complete(slot.UserData, slot.Operation.TryCall(slot));
        }
        else if (slot.TryCached(out var result))
        {
            _table.Complete(slot.UserData, result);
        }
        else
        {
            _pool.Start(slot, mayWait: true);
        }

        return true;
    }

    /// <inheritdoc/>
    public void Cancel(Slot slot)
    {
        if (_waiting.TryGetValue(slot.Wait.Fd, out var waiters) && waiters.Remove(slot))
        {
            _table.Complete(slot.UserData, -(long)Errno.ECANCELED);
        }
        else
        {
            _pool.Cancel(slot);
        }
    }

    private void WaitFor(Slot slot)
    {
        if (!_waiting.TryGetValue(slot.Wait.Fd, out var waiters))
        {
            _waiting.Add(slot.Wait.Fd, waiters = new Waiters());
        }

        waiters.Add(slot);
        var result = _epoll.WatchOnce(slot.Wait.Fd, waiters.Events);
        if (result < 0)
        {
            waiters.Remove(slot);
            if (_epoll.IsGone)
            {
                _epoll.LoseDescriptor();
                throw new NativeException("epoll_ctl", result);
            }

            _table.Complete(slot.UserData, result);
        }
    }

    // ---- reap ----------------------------------------------------------------------------------

    /// <inheritdoc/>
    public bool Turn(bool mayDefer)
    {
        _table.Pump();
        return Reap(0);
    }

    /// <inheritdoc/>
    public void Park(TimeSpan timeout) => Reap(Sys.Milliseconds(timeout));

    /// <inheritdoc/>
    public void OnFailed(Exception cause) => _failed(cause);

    private bool Reap(int milliseconds)
    {
        var count = _epoll.Wait(milliseconds);
        if (count < 0)
        {
            if (count == -(int)Errno.EINTR)
            {
                return false;
            }

            if (count is -(int)Errno.EBADF or -(int)Errno.EINVAL)
            {
                // Closed by somebody, or another file by now: the number is not ours.
                _epoll.LoseDescriptor();
            }

            throw new NativeException("epoll_wait", count);
        }

        for (var i = 0; i < count; i++)
        {
            var (fd, events) = _epoll.Event(i);
            if (fd == _wakeUps.Descriptor)
            {
                _wakeUps.Wait();
            }
            else if (_waiting.TryGetValue(fd, out var waiters))
            {
                Wake(fd, waiters, events);
            }
        }

        return count > 0;
    }

    private void Wake(int fd, Waiters waiters, PollEvents events)
    {
        const PollEvents trouble = PollEvents.Err | PollEvents.Hup;
        var input = (events & (PollEvents.In | trouble)) != 0 ? waiters.Take(PollEvents.In) : null;
        var output = (events & (PollEvents.Out | trouble)) != 0 ? waiters.Take(PollEvents.Out) : null;
        var error = waiters.Events == PollEvents.None ? 0 : _epoll.WatchOnce(fd, waiters.Events);
        if (input is not null)
        {
            _table.Complete(input.UserData, (long)events);
        }

        if (output is not null)
        {
            _table.Complete(output.UserData, (long)events);
        }

        if (error < 0)
        {
            // What still waits here would wait for ever: the next executor takes it up.
            throw new NativeException("epoll_ctl", error);
        }
    }

    // ---- teardown ------------------------------------------------------------------------------

    /// <summary>
    /// Ends the waits; the offload pool goes on with what it has. The table must have let go of this executor.
    /// </summary>
    internal void Close()
    {
        _loop.Detach(this);
        foreach (var waiters in _waiting.Values)
        {
            foreach (var slot in new[] { waiters.Take(PollEvents.In), waiters.Take(PollEvents.Out) })
            {
                if (slot is not null)
                {
                    _table.Complete(slot.UserData, -(long)Errno.ECANCELED);
                }
            }
        }

        Dispose();
    }

    /// <summary>Closes the epoll instance.</summary>
    public void Dispose() => _epoll.Dispose();

    /// <summary>The slots that wait for one descriptor: the law of order leaves one a direction.</summary>
    private sealed class Waiters
    {
        private Slot? _in;
        private Slot? _out;

        internal PollEvents Events =>
            (_in is null ? PollEvents.None : PollEvents.In) | (_out is null ? PollEvents.None : PollEvents.Out);

        internal void Add(Slot slot)
        {
            ref var place = ref PlaceOf(slot.Wait.Events);
            if (place is not null)
            {
                throw new BrokenInvariantException($"two operations wait for fd {slot.Wait.Fd} in one direction");
            }

            place = slot;
        }

        internal bool Remove(Slot slot)
        {
            ref var place = ref PlaceOf(slot.Wait.Events);
            if (place != slot)
            {
                return false;
            }

            place = null;
            return true;
        }

        internal Slot? Take(PollEvents direction)
        {
            ref var place = ref PlaceOf(direction);
            var slot = place;
            place = null;
            return slot;
        }

        private ref Slot? PlaceOf(PollEvents direction)
        {
            if (direction == PollEvents.In)
            {
                return ref _in;
            }

            return ref _out;
        }
    }
}
