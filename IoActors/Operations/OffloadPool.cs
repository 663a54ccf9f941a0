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
    private readonly EventLoop _loop;
    private readonly OperationTable _table;

    /// <summary>Work for the pool's threads. Any thread.</summary>
    private readonly BlockingCollection<Work> _queue;

    /// <summary>Work that is done, on its way back. Any thread.</summary>
    private readonly ConcurrentQueue<(ulong UserData, long Result)> _done = new();

    /// <summary>What nobody has begun yet. Owned by the loop's thread; the work itself tells who came first.</summary>
    private readonly Dictionary<ulong, Work> _inFlight = [];

    /// <summary>Owned by the loop's thread.</summary>
    private readonly List<Thread> _threads = [];

    /// <summary>Threads that wait for work. Interlocked.</summary>
    private int _idle;

    /// <param name="name">The prefix of the names of its threads.</param>
    /// <param name="maxThreads">Its threads at the most; they start on demand.</param>
    /// <param name="maxQueued">Operations that may wait for a thread; past it, −EAGAIN.</param>
    /// <param name="loop">The loop on whose thread completions are delivered.</param>
    /// <param name="table">The operations.</param>
    internal OffloadPool(string name, int maxThreads, int maxQueued, EventLoop loop, OperationTable table)
    {
        _name = name;
        _maxThreads = maxThreads;
        _loop = loop;
        _table = table;
        _queue = new BlockingCollection<Work>(maxQueued);
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
        Started++;
        _inFlight.Add(slot.UserData, work);
        if (!_queue.TryAdd(work))
        {
            slot.Refused = true;
            Done(slot.UserData, -(long)Errno.EAGAIN);
            return;
        }

        if (Volatile.Read(ref _idle) < _queue.Count && !AddThread() && _threads.Count == 0 && work.TryBegin())
        {
            slot.Refused = true;
            Done(slot.UserData, -(long)Errno.EAGAIN);
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
        try
        {
            thread.Start();
        }
        catch (Exception e) when (e is OutOfMemoryException or ThreadStartException)
        {
            // No memory for a stack, or no descriptor for what .NET opens: those that are there do the work.
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
    public void Dispose() => _queue.CompleteAdding();

    private void Serve()
    {
        while (true)
        {
            Interlocked.Increment(ref _idle);
            var more = _queue.TryTake(out var work, Timeout.Infinite);
            Interlocked.Decrement(ref _idle);
            if (!more)
            {
                return;
            }

            if (work!.TryBegin())
            {
                var userData = work.Slot.UserData;
                Done(userData, work.Call());
            }
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
