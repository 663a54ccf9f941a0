using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Threading;
using Akka.Dispatch;
using Akka.IoActors.Loop;

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
    private readonly BlockingCollection<Slot> _queue;

    /// <summary>Work that is done, on its way back. Any thread.</summary>
    private readonly ConcurrentQueue<(ulong UserData, long Result)> _done = new();

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
        _queue = new BlockingCollection<Slot>(maxQueued);
    }

    /// <summary>Operations that the pool has. Owned by the loop's thread.</summary>
    internal int InFlight { get; private set; }

    /// <summary>Has a thread of the pool carry the operation out. Loop's thread only.</summary>
    internal void Start(Slot slot)
    {
        InFlight++;
        slot.Offloaded = true;
        if (!_queue.TryAdd(slot))
        {
            _done.Enqueue((slot.UserData, -(long)Errno.EAGAIN));
            _loop.Post(this);
            return;
        }

        if (Volatile.Read(ref _idle) < _queue.Count && _threads.Count < _maxThreads)
        {
            var thread = new Thread(Work) { Name = $"{_name}-{_threads.Count}", IsBackground = true };
            _threads.Add(thread);
            thread.Start();
        }
    }

    /// <summary>Delivers what is done. Loop's thread only.</summary>
    public void Run()
    {
        while (_done.TryDequeue(out var done))
        {
            InFlight--;
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

    private void Work()
    {
        while (true)
        {
            Interlocked.Increment(ref _idle);
            var more = _queue.TryTake(out var slot, Timeout.Infinite);
            Interlocked.Decrement(ref _idle);
            if (!more)
            {
                return;
            }

            _done.Enqueue((slot!.UserData, slot.Operation.Call(slot)));
            _loop.Post(this);
        }
    }
}
