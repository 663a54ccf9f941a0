using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Threading;
using Akka.Dispatch;
using Akka.IoActors.Loop;
using Akka.IoActors.Native;

namespace Akka.IoActors.Operations;

/// <summary>
/// A bounded pool of named threads for operations that would block a loop. It belongs to one loop's table, and
/// completes into it on the loop's thread.
/// </summary>
internal sealed class OffloadPool : IRunnable, IDisposable
{
    private readonly string _name;
    private readonly int _maxThreads;
    private readonly int _maxQueued;
    private readonly EventLoop _loop;
    private readonly OperationTable _table;

    /// <summary>Work for the pool's threads. Any thread.</summary>
    private readonly ConcurrentQueue<Work> _queue = new();

    /// <summary>
    /// Where threads wait for work: in the kernel, which wakes one for each ring, and without looking around first, since
    /// whoever has nothing to do must leave the cores to the others.
    /// </summary>
    private readonly Native.Semaphore _wake = new();

    /// <summary>Work that is done, on its way back. Any thread.</summary>
    private readonly ConcurrentQueue<(ulong UserData, long Result)> _done = new();

    /// <summary>What nobody has begun yet. Owned by the loop's thread; the work itself tells who came first.</summary>
    private readonly Dictionary<ulong, Work> _inFlight = [];

    /// <summary>Owned by the loop's thread.</summary>
    private readonly List<Thread> _threads = [];

    /// <summary>
    /// Threads that wait, or are about to, and that nobody has rung for. Interlocked: whoever takes one off rings, or is
    /// that thread itself.
    /// </summary>
    private int _idle;

    /// <summary>Threads that have not ended, and 1 until the pool is disposed of. Interlocked: the last one frees the semaphore.</summary>
    private int _users = 1;

    /// <summary>No more work will come. Any thread.</summary>
    private volatile bool _closed;

    /// <param name="name">The prefix of the names of its threads.</param>
    /// <param name="maxThreads">Its threads at the most; they start on demand.</param>
    /// <param name="maxQueued">Operations that may wait for a thread; past it, −EAGAIN.</param>
    /// <param name="loop">The loop on whose thread completions are delivered.</param>
    /// <param name="table">The operations.</param>
    internal OffloadPool(string name, int maxThreads, int maxQueued, EventLoop loop, OperationTable table)
    {
        _name = name;
        _maxThreads = maxThreads;
        _maxQueued = maxQueued;
        _loop = loop;
        _table = table;
    }

    /// <summary>Operations that the pool has. Owned by the loop's thread.</summary>
    internal int InFlight => _inFlight.Count;

    /// <summary>Operations that the pool has been given so far. Owned by the loop's thread.</summary>
    internal long Started { get; private set; }

    /// <summary>Has a thread of the pool carry the operation out. Loop's thread only.</summary>
    /// <param name="slot">The operation.</param>
    /// <param name="mayWait">Whether the call may wait for readiness; −EAGAIN otherwise.</param>
    internal void Start(Slot slot, bool mayWait)
    {
        var work = new Work(slot, mayWait);
        slot.Offloaded = true;
        _inFlight.Add(slot.UserData, work);
        var isFull = _inFlight.Count > _maxQueued && _queue.Count >= _maxQueued;
        if (isFull || (_threads.Count == 0 && !AddThread()))
        {
            slot.Refused = true;
            Done(slot.UserData, -(long)Errno.EAGAIN);
            return;
        }

        Started++;
        _queue.Enqueue(work);

        // The interlocked look at the idle ones pairs with that in Serve: either we see the thread that goes to wait, or
        // it sees this work.
        if (TakeIdle())
        {
            _wake.Post();
        }
        else if (!_queue.IsEmpty)
        {
            AddThread();
        }
    }

    /// <summary>
    /// Has the first thread there from the start: at the limit of descriptors .NET can start none. Loop's thread only.
    /// </summary>
    /// <exception cref="NativeException">There is no thread to be had.</exception>
    internal void Warm()
    {
        if (_threads.Count == 0 && !AddThread())
        {
            throw new NativeException($"start of a thread of {_name}", -(int)Errno.EAGAIN);
        }
    }

    /// <summary>Starts a thread if there may be one more.</summary>
    /// <returns>Whether there is one more; the work waits for the others if not.</returns>
    private bool AddThread()
    {
        if (_threads.Count == _maxThreads)
        {
            return false;
        }

        var thread = new Thread(Serve) { Name = $"{_name}-{_threads.Count}", IsBackground = true };
        Interlocked.Increment(ref _users);
        try
        {
            thread.Start();
        }
        catch (Exception e) when (e is OutOfMemoryException or ThreadStartException)
        {
            // No memory for a stack, or no descriptor for what .NET opens: those that are there do the work.
            Interlocked.Decrement(ref _users);
            return false;
        }

        _threads.Add(thread);
        return true;
    }

    /// <summary>Ends an operation that no thread has begun. Loop's thread only.</summary>
    internal void Cancel(Slot slot)
    {
        if (_inFlight.TryGetValue(slot.UserData, out var work) && work.TryBegin())
        {
            Done(slot.UserData, -(long)Errno.ECANCELED);
        }
    }

    /// <summary>Delivers what is done. Loop's thread only.</summary>
    public void Run()
    {
        while (_done.TryDequeue(out var done))
        {
            _inFlight.Remove(done.UserData);
            _table.Complete(done.UserData, done.Result);
        }
    }

    /// <inheritdoc/>
    public void Execute() => Run();

    /// <summary>Waits until everything is done and delivered. Loop's thread only.</summary>
    /// <returns>Whether it was in time.</returns>
    internal bool Drain(TimeSpan deadline) =>
        SpinWait.SpinUntil(
            () =>
            {
                Run();
                return InFlight == 0;
            },
            deadline);

    /// <summary>Ends the threads once they have nothing to do.</summary>
    public void Dispose()
    {
        _closed = true;
        while (TakeIdle())
        {
            _wake.Post();
        }

        Leave();
    }

    private void Serve()
    {
        while (true)
        {
            if (_queue.TryDequeue(out var work))
            {
                if (work.TryBegin())
                {
                    var userData = work.Slot.UserData;
                    Done(userData, work.Call());
                }

                continue;
            }

            // Idle first, then a last look, with a full barrier between: pairs with Start, which does it the other way round.
            Interlocked.Increment(ref _idle);
            if ((!_queue.IsEmpty || _closed) && TakeIdle())
            {
                if (_closed && _queue.IsEmpty)
                {
                    break;
                }

                continue;
            }

            _wake.Wait();
        }

        Leave();
    }

    /// <summary>Takes one off those that wait; another may have been faster.</summary>
    private bool TakeIdle()
    {
        Interlocked.MemoryBarrier();
        for (var idle = _idle; idle > 0; idle = _idle)
        {
            if (Interlocked.CompareExchange(ref _idle, idle - 1, idle) == idle)
            {
                return true;
            }
        }

        return false;
    }

    private void Leave()
    {
        if (Interlocked.Decrement(ref _users) == 0)
        {
            _wake.Dispose();
        }
    }

    private void Done(ulong userData, long result)
    {
        _done.Enqueue((userData, result));
        _loop.Post(this);
    }

    /// <summary>One operation on the pool: begun by a thread, or cancelled, but not both.</summary>
    private sealed class Work(Slot slot, bool mayWait)
    {
        private int _begun;

        internal Slot Slot { get; } = slot;

        internal bool TryBegin() => Interlocked.Exchange(ref _begun, 1) == 0;

        internal long Call() => mayWait ? Slot.Operation.Call(Slot) : Slot.Operation.TryCall(Slot);
    }
}
