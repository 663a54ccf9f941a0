using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using Akka.IoActors.Native;

namespace Akka.IoActors.Operations;

/// <summary>One direction of a stream, or the cursor of a file: one operation at a time, in order.</summary>
internal sealed class Direction
{
    /// <summary>Whose turn it is.</summary>
    internal Slot? Current { get; set; }

    /// <summary>Those behind it.</summary>
    internal SlotQueue Waiting { get; } = new();
}

/// <summary>
/// The operations between two Syncs. A Sync starts when its epoch and all before it are finished.
/// </summary>
internal sealed class Epoch
{
    /// <summary>Operations of the epoch that are not finished.</summary>
    internal int Unfinished { get; set; }

    /// <summary>The Sync that closes the epoch; null in the last one, or if it was cancelled.</summary>
    internal Slot? Sync { get; set; }

    /// <summary>Whether the Sync is one of a group (<see cref="SyncGroup"/>) and has been handed to that.</summary>
    internal bool IsInGroup { get; set; }
}

/// <summary>
/// The law of order, for one descriptor: decides which operations on it may start. Owned by the
/// loop's thread; every step is O(1).
/// </summary>
/// <remarks>
/// <code>
/// enter ──▶ backlog ──▶ in | out (one at a time each) ──▶ runnable
///   │    (behind an      positional ────────────────────▶ runnable
///   │     exclusive)     sync: when its epoch is empty ──▶ runnable
///   └───────────────▶    exclusive: when all is empty ───▶ runnable
/// </code>
/// </remarks>
internal sealed class Lane
{
    private readonly RunnableQueue _runnable;
    private readonly SlotQueue _backlog = new();
    private readonly Direction _in = new();
    private readonly Direction _out = new();
    private readonly Queue<Epoch> _epochs = new();
    private Epoch _last = new();
    private Slot? _exclusive;

    /// <summary>Whether the number came back from an Open or Accept while its Close was not answered yet.</summary>
    private bool _reopened;

    /// <summary>Closes that have been sent and not yet answered.</summary>
    private int _closing;

    private int _unfinished;

    /// <summary>FSyncs and FDataSyncs whose turn has come and that have not ended.</summary>
    private int _inGroup;

    /// <summary>The handle by which the descriptor was named last, when nothing else was going on.</summary>
    private WeakReference<SafeHandle>? _handle;

    /// <summary>The answer of <see cref="Look"/>; 0 before the question.</summary>
    private int _seekable;

    /// <summary>The answer of <see cref="HasCache"/>; null before the question.</summary>
    private bool? _hasCache;

    internal Lane(int fd, RunnableQueue runnable)
    {
        Fd = fd;
        _runnable = runnable;
        _epochs.Enqueue(_last);
    }

    internal int Fd { get; }

    /// <summary>The FSyncs and FDataSyncs whose turn has come; null before the first.</summary>
    internal SyncGroup? Syncs { get; set; }

    /// <summary>Whether nothing is going on here.</summary>
    internal bool IsIdle => _unfinished == 0 && _backlog.IsEmpty;

    /// <summary>Whether the descriptor has a position, as far as it has mattered yet.</summary>
    internal bool IsFile => _seekable > 0;

    /// <summary>
    /// Whether reads go through the page cache. Asked once while the lane is busy, and of a handle once: O_DIRECT that is set
    /// by <c>fcntl(2)</c> later is not noticed, and such a read then keeps the loop waiting for the device.
    /// </summary>
    internal bool HasCache => _hasCache ??= !Sys.IsDirect(Fd);

    /// <summary>Whether a Close is on its way: no idle wait may start any more.</summary>
    internal bool IsClosing => _closing > 0;

    /// <summary>Takes a slot in. It is runnable afterwards, or waits here.</summary>
    internal void Enter(Slot slot)
    {
        slot.Lane = this;
        if (IsIdle && !IsSameFile(slot.Handle))
        {
            // The number may mean another file by now.
            ForgetFile();
        }

        if (slot.Operation is Close)
        {
            _closing++;
        }

        if (_exclusive is null && _backlog.IsEmpty)
        {
            Admit(slot);
        }
        else
        {
            slot.MeansNewFile = _reopened;
            Wait(slot, _backlog);
        }
    }

    /// <summary>The slot has finished: whoever waited for it alone becomes runnable.</summary>
    /// <returns>
    /// The slots to be answered −EBADF, since they were sent to a descriptor that is closed now; null for none.
    /// </returns>
    internal List<Slot>? Leave(Slot slot)
    {
        List<Slot>? orphans = null;
        if (slot.Operation is Close)
        {
            _closing--;
        }

        if (slot == _exclusive)
        {
            _exclusive = null;
            _unfinished--;
            if (slot.Operation is Close)
            {
                ForgetFile();
                orphans = TakeOrphans();
            }
        }
        else if (slot.Epoch is { } epoch)
        {
            _unfinished--;
            if (epoch.Sync == slot)
            {
                epoch.Sync = null;
                _inGroup -= epoch.IsInGroup ? 1 : 0;
            }
            else
            {
                epoch.Unfinished--;
            }

            if (slot.Direction is { } direction && direction.Current == slot)
            {
                direction.Current = direction.Waiting.Dequeue();
                if (direction.Current is { } next)
                {
                    MakeRunnable(next);
                }
            }

            StartSync();
        }

        Release();
        return orphans;
    }

    /// <summary>
    /// Asks the kernel, once while the lane is busy, whether the descriptor has a position.
    /// </summary>
    /// <returns>1, −ESPIPE or −EBADF.</returns>
    internal int Look()
    {
        if (_seekable == 0)
        {
            _seekable = Sys.IsSeekable(Fd);
        }

        return _seekable;
    }

    /// <summary>
    /// The idle waits that stand in the way of a Close, the last one first, so that no cancelled one
    /// makes the next one start.
    /// </summary>
    internal List<Slot> IdleWaits()
    {
        var waits = new List<Slot>();
        if (_in.Current is { IsIdleWait: true } current)
        {
            waits.Add(current);
            Add(_in);
        }

        if (_out.Current is { IsIdleWait: true } writer)
        {
            waits.Add(writer);
            Add(_out);
        }

        waits.Reverse();
        return waits;

        void Add(Direction direction)
        {
            for (var slot = direction.Waiting.First; slot is not null; slot = slot.Next)
            {
                if (slot.IsIdleWait)
                {
                    waits.Add(slot);
                }
            }
        }
    }

    /// <summary>
    /// The number has come back from an Open or Accept. If the Close of its last life is not answered yet,
    /// what comes from now on is meant for the new one.
    /// </summary>
    internal void Reopened()
    {
        if (_exclusive?.Operation is Close)
        {
            _reopened = true;
        }
    }

    /// <summary>
    /// Whether the lane has looked at a file through this very handle, which has kept the number since. Where operations
    /// come one at a time, the question would be asked before each.
    /// </summary>
    private bool IsSameFile(SafeHandle? handle)
    {
        if (handle is null)
        {
            return false;
        }

        if (_handle is not null && _handle.TryGetTarget(out var known) && known == handle)
        {
            return _seekable > 0;
        }

        // Weak: a handle that its owner forgets must close itself.
        _handle = new WeakReference<SafeHandle>(handle);
        return false;
    }

    private void ForgetFile()
    {
        _seekable = 0;
        _hasCache = null;
    }

    private void Admit(Slot slot)
    {
        if (slot.UsesCursor)
        {
            Look();
        }

        slot.Epoch = _last;
        switch (slot.Order)
        {
            case OrderClass.Positional:
                Count(slot);
                MakeRunnable(slot);
                break;
            case OrderClass.In:
                Count(slot);
                TakeTurn(slot, _in);
                break;
            case OrderClass.Out:
                Count(slot);

                // A file has one cursor: its reads and writes go in one order.
                TakeTurn(slot, IsFile && slot.UsesCursor ? _in : _out);
                break;
            case OrderClass.Sync:
                _unfinished++;
                _last.Sync = slot;
                _last = new Epoch();
                _epochs.Enqueue(_last);
                slot.Stage = SlotState.Waiting;
                StartSync();
                break;
            case OrderClass.Exclusive when _unfinished == 0:
                _unfinished++;
                _exclusive = slot;
                MakeRunnable(slot);
                break;
            default:
                slot.Epoch = null;
                Wait(slot, _backlog);
                break;
        }
    }

    private void Count(Slot slot)
    {
        _unfinished++;
        slot.Epoch!.Unfinished++;
    }

    private void TakeTurn(Slot slot, Direction direction)
    {
        slot.Direction = direction;
        if (direction.Current is null)
        {
            direction.Current = slot;
            MakeRunnable(slot);
        }
        else
        {
            Wait(slot, direction.Waiting);
        }
    }

    /// <summary>
    /// Starts the Sync of the first epoch once that is finished; drops epochs without one. FSyncs and FDataSyncs do not
    /// wait for each other here: that is their group's affair.
    /// </summary>
    private void StartSync()
    {
        while (_epochs.Peek() is { Unfinished: 0 } first && first != _last)
        {
            if (first.Sync is { Operation: FSync or FDataSync } grouped)
            {
                first.IsInGroup = true;
                _inGroup++;
                MakeRunnable(grouped);
            }
            else if (first.Sync is { } sync)
            {
                if (sync.Stage == SlotState.Waiting && _inGroup == 0)
                {
                    MakeRunnable(sync);
                }

                return;
            }

            _epochs.Dequeue();
        }
    }

    /// <summary>Lets the backlog in, up to the next exclusive operation that must wait.</summary>
    private void Release()
    {
        while (_exclusive is null && _backlog.First is { } slot)
        {
            if (slot.Order == OrderClass.Exclusive && _unfinished > 0)
            {
                return;
            }

            _backlog.Remove(slot);
            Admit(slot);
        }
    }

    private List<Slot>? TakeOrphans()
    {
        List<Slot>? orphans = null;
        while (_backlog.First is { MeansNewFile: false } slot)
        {
            _backlog.Remove(slot);
            (orphans ??= []).Add(slot);
        }

        _reopened = false;
        return orphans;
    }

    private static void Wait(Slot slot, SlotQueue queue)
    {
        slot.Stage = SlotState.Waiting;
        queue.Enqueue(slot);
    }

    private void MakeRunnable(Slot slot) => _runnable.Enqueue(slot);
}
