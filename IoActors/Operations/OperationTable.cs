using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Threading;
using Akka.Actor;
using Akka.IoActors.Native;
using Akka.IoActors.Telemetry;

namespace Akka.IoActors.Operations;

/// <summary>
/// Every operation of one loop from its submission to its one reply: the laws of one reply, ownership,
/// order and bounds stand here. It belongs to the loop, not to an incarnation of the backend actor, and so
/// outlives a restart. Owned by the loop's thread.
/// </summary>
/// <remarks>
/// <code>
/// Submit ─▶ lane ─▶ runnable ─▶ executor ─▶ Complete ─▶ reply
///                      ▲                        │
///                      └── short, EAGAIN, EINTR ┘
/// </code>
/// </remarks>
internal sealed class OperationTable : IDisposable
{
    private readonly int _maxInFlight;
    private readonly int _maxWaiting;
    private readonly int _maxWaitingEach;
    private readonly Action _pumpLater;
    private readonly Dictionary<int, Lane> _lanes = [];
    private readonly RunnableQueue _runnable = new();

    /// <summary>Whether <see cref="Feed"/> is about to be called.</summary>
    private bool _feeds;

    /// <summary>Those that wait for a buffer.</summary>
    private readonly SlotQueue _starving = new();
    private readonly Dictionary<IActorRef, int> _waitingOf = [];
    private readonly Deadlines _deadlines;
    private readonly TimeSpan _timeout;
    private readonly Stack<Slot> _free = new();

    /// <summary>Slots that have a place in a lane of another loop, or are one.</summary>
    private readonly Dictionary<Hold, Slot> _holds = [];
    private Slot?[] _slots = new Slot?[64];
    private int _slotCount;
    private IOperationExecutor? _executor;
    private bool _pumping;

    private long _submitted;
    private long _replied;
    private long _bytesRead;
    private long _bytesWritten;
    private long _failed;
    private long _rejected;
    private long _canceled;
    private long _timedOut;
    private long _pinned;
    private long _leaked;
    private long _late;
    private int _running;
    private int _used;

    /// <param name="settings">The limits.</param>
    /// <param name="pumpLater">Has the loop call <see cref="Pump"/> again, after others had their turn.</param>
    /// <param name="callAt">Has the loop call something at a timestamp.</param>
    /// <param name="clock">Tells the time; the system if null.</param>
    internal OperationTable(
        IoSettings settings, Action pumpLater, Action<long, Action> callAt, TimeProvider? clock = null)
    {
        _pumpLater = pumpLater;
        _maxInFlight = settings.MaxInFlight;
        _maxWaiting = settings.MaxWaiting;
        _maxWaitingEach = settings.MaxWaitingPerRequester;
        _timeout = settings.OperationTimeout;
        _deadlines = new Deadlines(clock ?? TimeProvider.System, callAt, slot => End(slot, Errno.ETIMEDOUT));
    }

    /// <summary>The backend's ref, the sender of replies.</summary>
    internal IActorRef Replier { get; set; } = ActorRefs.Nobody;

    /// <summary>The name of the backend, for metrics.</summary>
    internal string Backend { get; set; } = "";

    /// <summary>Told of each descriptor that an Open or Accept has brought; null while no other loop may own it.</summary>
    internal Action<int>? Brought { get; set; }

    /// <summary>What receives take buffers from.</summary>
    internal required BufferPool Buffers { get; set; }

    /// <summary>Operations that the executor has.</summary>
    internal int Running => _running;

    /// <summary>Operations that are not answered.</summary>
    internal int Unanswered => _used;

    /// <summary>Operations that wait for their turn.</summary>
    internal int Waiting => _used - _running;

    /// <summary>Who wants to hear of how many wait.</summary>
    internal Watermarks Watermarks { get; } = new();

    /// <summary>Whether the backend stops: nothing is taken in any more.</summary>
    internal bool Refuses { get; set; }

    /// <summary>Called when the last operation has been answered; null while nobody waits for that.</summary>
    internal Action? Emptied { get; set; }

    /// <summary>Completions taken in, those in the middle of an operation included.</summary>
    internal long Completions { get; private set; }

    /// <summary>Called when an operation has completed; null while nobody waits for that.</summary>
    internal Action? Completed { get; set; }

    /// <summary>Times that a new executor took over.</summary>
    internal long Restarts { get; set; }

    /// <summary>
    /// Whether operations that the teardown of their executor has cancelled start over with the next one,
    /// instead of being answered −ECANCELED: they have had no effect.
    /// </summary>
    internal bool Resumes { get; set; }

    /// <summary>Gives the operations to an executor, or, with null, lets them wait for the next.</summary>
    internal void UseExecutor(IOperationExecutor? executor)
    {
        _executor = executor;
        Pump();
    }

    /// <summary>Takes an operation in. Its reply is certain from here on.</summary>
    /// <param name="operation">The operation.</param>
    /// <param name="requester">Who gets the reply.</param>
    /// <param name="hold">The place of its second descriptor, if another loop keeps that.</param>
    internal void Submit(IoOperation operation, IActorRef requester, Hold? hold = null)
    {
        _submitted++;
        if (Refuses)
        {
            hold?.Keeper.Tell(new HoldEnded(hold, Errno.None));
            Reply(requester, new IoResult(operation, -(long)operation.WhenStopped));
            return;
        }

        var slot = Allocate();
        slot.Begin = IoMetrics.Begin();
        var error = slot.Take(operation, requester);
        _pinned += slot.PinCount;
        if (operation.WantsBuffer)
        {
            Buffers.Ensure();
            slot.Buffers = Buffers;
        }

        if (hold is not null)
        {
            slot.Hold = hold;
            _holds.Add(hold, slot);
            error = hold.Refusal != Errno.None ? -(int)hold.Refusal : error;
        }

        if (error < 0)
        {
            Finish(slot, error);
            return;
        }

        if ((operation.Timeout ?? (operation is Close ? Timeout.InfiniteTimeSpan : _timeout)) is var timeout && timeout != Timeout.InfiniteTimeSpan)
        {
            _deadlines.Add(slot, timeout);
        }

        if (operation is Delay)
        {
            slot.Stage = SlotState.Waiting;
        }
        else if (operation.Order == OrderClass.None)
        {
            _runnable.Enqueue(slot);
        }
        else
        {
            if (operation.SecondTarget is not null && hold is null)
            {
                var companion = AllocateSlot();
                companion.Accompany(slot);
                LaneOf(slot.SecondFd).Enter(companion);
            }

            LaneOf(slot.Fd).Enter(slot);
        }

        Pump();
        if (slot.Stage is not (SlotState.Waiting or SlotState.Runnable) || slot.Operation != operation)
        {
            return;
        }

        if (operation is Close)
        {
            // Never refused: a descriptor that cannot be closed is lost, and it is what makes room.
            CancelIdleWaits(slot.Lane!);
            Pump();
        }
        else if (Waiting > _maxWaiting || !CountAsWaiting(slot))
        {
            _rejected++;
            slot.Queue?.Remove(slot);
            Finish(slot, -(long)Errno.EAGAIN);
        }

        Watermarks.Look(Waiting);
    }

    /// <summary>Whether the requester may have one more that waits.</summary>
    private bool CountAsWaiting(Slot slot)
    {
        ref var count = ref CollectionsMarshal.GetValueRefOrAddDefault(_waitingOf, slot.Requester, out _);
        slot.CountsAsWaiting = count < _maxWaitingEach || slot.Requester.IsNobody();
        count += slot.CountsAsWaiting ? 1 : 0;
        return slot.CountsAsWaiting;
    }

    private void CountNoMore(Slot slot)
    {
        if (slot.CountsAsWaiting)
        {
            slot.CountsAsWaiting = false;
            ref var count = ref CollectionsMarshal.GetValueRefOrNullRef(_waitingOf, slot.Requester);
            if (--count == 0)
            {
                _waitingOf.Remove(slot.Requester);
            }
        }
    }

    /// <summary>Starts what may start and has room: so many at once, and the rest in the next turn.</summary>
    internal void Pump()
    {
        const int mostAtOnce = 256;
        if (_pumping)
        {
            return;
        }

        _pumping = true;
        try
        {
            for (var left = mostAtOnce; _executor is { } executor && _running < _maxInFlight && _runnable.Peek() is { } slot; left--)
            {
                if (left == 0)
                {
                    _pumpLater();
                    return;
                }

                if (WaitsForCompanion(slot) || WaitsForSync(slot))
                {
                    continue;
                }

                var error = BeforeStart(slot);
                if (error < 0)
                {
                    slot.Queue!.Remove(slot);
                    Finish(slot, error);
                    continue;
                }

                if (slot.Buffers is not null && WaitsForBuffer(slot))
                {
                    continue;
                }

                if (!Start(executor, slot))
                {
                    return;
                }
            }
        }
        finally
        {
            _pumping = false;
            Watermarks.Look(Waiting);
        }
    }

    /// <summary>An operation has ended, or its wait for readiness has.</summary>
    /// <param name="userData">Index and generation, as <see cref="Slot.UserData"/> gave them.</param>
    /// <param name="result">A value ≥ 0 or a negative errno.</param>
    /// <exception cref="BrokenInvariantException">There is no such slot.</exception>
    internal void Complete(ulong userData, long result)
    {
        if ((uint)userData >= (uint)_slotCount)
        {
            throw new BrokenInvariantException($"a completion for slot {(uint)userData} of {_slotCount}");
        }

        if (FindRunning(userData) is not { } slot)
        {
            _late++;
            return;
        }

        _running--;
        Completions++;
        if (result == -(long)Errno.ENOBUFS && slot.Buffers is not null)
        {
            if (!slot.CancelRequested)
            {
                Starve(slot);
                Pump();
                return;
            }

            result = -(long)Errno.ECANCELED;
        }

        if (MustGoOn(slot, ref result))
        {
            PutBack(slot);
        }
        else
        {
            Finish(slot, result);
            Completed?.Invoke();
        }

        Pump();
    }

    /// <summary>The kernel has chosen a buffer for an operation, whose completion comes next.</summary>
    internal void Provide(ulong userData, int id)
    {
        Buffers.Chosen(id);
        if (FindRunning(userData) is { Buffers: not null } slot)
        {
            slot.GiveBufferBack();
            slot.BufferId = id;
        }
        else
        {
            Buffers.GiveBack(id);
        }
    }

    /// <summary>
    /// Buffers have come back: as many of those that wait for one start. If all did, thousands would find none again for each
    /// that does. One that starts need not take a buffer, so there is another look in the next turn, while there are any.
    /// </summary>
    internal void Feed()
    {
        _feeds = false;
        for (var room = Buffers.TakeRoom(); room > 0 && _starving.Dequeue() is { } slot; room--)
        {
            _runnable.Enqueue(slot);
        }

        Pump();
        if (!_starving.IsEmpty && Buffers.Starve() > 0)
        {
            // If there are none, each will be given back, and that brings us here again.
            FeedLater();
        }
    }

    /// <summary>The kernel found no buffer; what is to be received stays in the socket. Starts over when there is one.</summary>
    private void Starve(Slot slot)
    {
        slot.Stage = SlotState.Runnable;
        _starving.Enqueue(slot);

        // Not at once: the completions of those that have got the last buffers may stand behind this one.
        FeedLater();
    }

    private void FeedLater()
    {
        if (!_feeds)
        {
            _feeds = true;
            Buffers.FeedLater();
        }
    }

    /// <summary>The running operation that this user data stands for; null if it has ended.</summary>
    internal Slot? FindRunning(ulong userData)
    {
        var index = (uint)userData;
        return index < (uint)_slotCount
            && _slots[index] is { Stage: SlotState.Running } slot
            && slot.UserData == userData
                ? slot
                : null;
    }

    /// <summary>
    /// Asks that an operation end soon: one that has not started is answered −ECANCELED at once.
    /// </summary>
    /// <returns>0, or −ENOENT if it is not here (any more).</returns>
    internal long Cancel(IoOperation operation)
    {
        var found = false;
        for (var i = 0; i < _slotCount; i++)
        {
            if (_slots[i] is { Stage: not SlotState.Free, Primary: null } slot && slot.Operation == operation)
            {
                found = true;
                End(slot, Errno.ECANCELED);
            }
        }

        Pump();
        return found ? 0 : -(long)Errno.ENOENT;
    }

    /// <summary>
    /// A submission that no kernel has seen: the operation starts over, with whatever executor comes, unless somebody has
    /// asked that it end.
    /// </summary>
    internal void Unstart(ulong userData)
    {
        if (FindRunning(userData) is not { } slot)
        {
            return;
        }

        _running--;
        if (slot.CancelRequested)
        {
            Finish(slot, slot.Done > 0 ? slot.Done : -(long)slot.EndsWith);
        }
        else
        {
            PutBack(slot);
        }
    }

    // ---- places in the lanes of other loops ----------------------------------------------------

    /// <summary>Keeps a place in the lane of an operation's second descriptor; another loop carries the operation out.</summary>
    internal void Keep(Hold hold)
    {
        var slot = AllocateSlot();
        var error = slot.Keep(hold);
        _holds.Add(hold, slot);
        if (Refuses || error < 0)
        {
            LoseHold(slot, error < 0 ? (Errno)(-error) : hold.Operation.WhenStopped);
            return;
        }

        LaneOf(slot.Fd).Enter(slot);
        Pump();
    }

    /// <summary>The keeper says that it is the operation's turn.</summary>
    internal void Grant(Hold hold)
    {
        hold.IsGranted = true;
        if (_holds.TryGetValue(hold, out var slot) && slot is { Stage: SlotState.Runnable, Queue: null })
        {
            PutBack(slot);
            Pump();
        }
    }

    /// <summary>As keeper: the operation has ended. As carrier: there is no place for it.</summary>
    internal void End(Hold hold, Errno reason)
    {
        _holds.TryGetValue(hold, out var slot);
        if (slot is { IsKept: true })
        {
            LetGo(slot);
        }
        else if (reason != Errno.None)
        {
            hold.Refusal = reason;
            if (slot is { Stage: SlotState.Waiting or SlotState.Runnable })
            {
                slot.Queue?.Remove(slot);
                Finish(slot, -(long)reason);
            }
        }

        Pump();
    }

    /// <summary>Gives up all places that are kept for other loops: this one stops.</summary>
    internal void LoseHolds()
    {
        foreach (var slot in new List<Slot>(_holds.Values))
        {
            if (slot.IsKept)
            {
                LoseHold(slot, slot.Operation.WhenStopped);
            }
        }
    }

    /// <summary>The number has come back from an Open or Accept, on this loop or another.</summary>
    internal void Reopen(int fd)
    {
        if (_lanes.TryGetValue(fd, out var lane))
        {
            lane.Reopened();
        }
    }

    private void LoseHold(Slot slot, Errno reason)
    {
        slot.Hold!.Carrier.Tell(new HoldEnded(slot.Hold, reason), Replier);
        LetGo(slot);
    }

    private void LetGo(Slot slot)
    {
        _holds.Remove(slot.Hold!);
        slot.Queue?.Remove(slot);
        var orphans = slot.Lane?.Leave(slot);
        slot.Release();
        _free.Push(slot);
        FinishAll(orphans);
    }

    /// <summary>Visits what the executor has.</summary>
    internal void ForEachRunning(Action<Slot> action)
    {
        for (var i = 0; i < _slotCount; i++)
        {
            if (_slots[i] is { Stage: SlotState.Running, Primary: null } slot)
            {
                action(slot);
            }
        }
    }

    /// <summary>
    /// Answers what is running and will never be seen to complete: −ECANCELED, outcome unknown. The kernel
    /// may still write into the buffers, so they stay pinned for ever, and are counted.
    /// </summary>
    internal void Abandon(Predicate<Slot> which) => ForEachRunning(slot =>
    {
        if (which(slot))
        {
            _running--;
            _leaked += slot.PinCount;
            _slots[slot.Index] = null;
            Depart(slot, new UnknownResult(slot.Operation), forget: true);
        }
    });

    /// <summary>Answers everything that waits: the backend will not carry it out.</summary>
    internal void CancelWaiting()
    {
        for (var i = 0; i < _slotCount; i++)
        {
            if (_slots[i] is { Stage: SlotState.Waiting or SlotState.Runnable, Primary: null } slot)
            {
                End(slot, Errno.ECANCELED);
            }
        }
    }

    /// <summary>Asks that operations end soon: those that have not started are answered −ECANCELED at once.</summary>
    /// <returns>How many it asked.</returns>
    internal int CancelAll(Predicate<Slot> which)
    {
        var count = 0;

        // From the back: of those that wait for each other the later one first, so that none starts for nothing.
        for (var i = _slotCount - 1; i >= 0; i--)
        {
            if (_slots[i] is { Stage: not SlotState.Free, Primary: null, CancelRequested: false } slot && which(slot))
            {
                count++;
                End(slot, Errno.ECANCELED);
            }
        }

        Pump();
        return count;
    }

    /// <summary>Whether this very message has been taken in and is not answered yet.</summary>
    internal bool Has(IoOperation operation) =>
        Array.Exists(_slots, slot => slot is { Stage: not SlotState.Free } && slot.Operation == operation);

    /// <summary>Answers an operation that does not pass through the table.</summary>
    internal void Answer(IoOperation operation, IActorRef requester, IoResult result)
    {
        Debug.Assert(result.Operation == operation, "an answer to something else");
        _submitted++;
        Reply(requester, result);
    }

    /// <summary>What has been counted.</summary>
    internal BackendCounters Count(long enters, long wakeUps, long offloaded, TimeSpan parked = default) => new()
    {
        Submitted = _submitted,
        Replied = _replied,
        Failed = _failed,
        Rejected = _rejected,
        Canceled = _canceled,
        TimedOut = _timedOut,
        InFlight = _running,
        Waiting = _used - _running,
        PinnedBuffers = _pinned,
        LeakedBuffers = _leaked,
        LateCompletions = _late,
        Restarts = Restarts,
        Enters = enters,
        WakeUps = wakeUps,
        Parked = parked,
        BytesRead = _bytesRead,
        BytesWritten = _bytesWritten,
        Offloaded = offloaded,
        BuffersInUse = Buffers.InUse,
        BuffersForgotten = Buffers.ForgottenCount,
    };

    /// <summary>Frees the memory of free slots. Nothing may be unanswered.</summary>
    public void Dispose()
    {
        while (_free.TryPop(out var slot))
        {
            slot.Dispose();
        }

        _slotCount = 0;
        _slots = [];
        _lanes.Clear();
    }

    /// <summary>
    /// An operation on two descriptors starts when it is its turn on both: the first of the two to become
    /// runnable steps aside.
    /// </summary>
    private bool WaitsForCompanion(Slot slot)
    {
        if (slot.IsKept)
        {
            slot.Queue!.Remove(slot);
            slot.Stage = SlotState.Running;
            slot.Hold!.Carrier.Tell(new HoldGranted(slot.Hold), Replier);
            return true;
        }

        if (slot.Primary is { } primary)
        {
            slot.Queue!.Remove(slot);
            slot.Stage = SlotState.Running;
            if (primary is { Stage: SlotState.Runnable, Queue: null })
            {
                PutBack(primary);
            }

            return true;
        }

        if (slot.Companion is { Stage: not SlotState.Running } || slot.Hold is { IsGranted: false })
        {
            slot.Queue!.Remove(slot);
            return true;
        }

        return false;
    }

    /// <summary>Whether another FSync or FDataSync on the descriptor stands for this one, or comes first.</summary>
    private static bool WaitsForSync(Slot slot) =>
        slot.Order == OrderClass.Sync
        && slot.Operation is FSync or FDataSync
        && (slot.Lane!.Syncs ??= new SyncGroup()).Waits(slot);

    /// <summary>The FSync or FDataSync that stood for others has ended: so have they, unless it was cancelled.</summary>
    private void EndSync(SyncGroup syncs, IoResult reply)
    {
        var isOwn = reply.OutcomeUnknown || reply.Error is Errno.ECANCELED or Errno.ETIMEDOUT;
        syncs.Ended(isOwn, covered => Finish(covered, -(long)reply.Error), _runnable.Enqueue);
    }

    /// <summary>Whether there is no buffer to be lent, where the kernel does not choose one itself.</summary>
    private bool WaitsForBuffer(Slot slot)
    {
        slot.Buffers = Buffers;
        if (slot.Polling || slot.BufferId >= 0 || Buffers.KernelChooses)
        {
            return false;
        }

        slot.BufferId = Buffers.Rent();
        if (slot.BufferId >= 0)
        {
            return false;
        }

        slot.Queue!.Remove(slot);
        _starving.Enqueue(slot);
        return true;
    }

    private bool Start(IOperationExecutor executor, Slot slot)
    {
        // Taken off first: the executor may complete it before it returns.
        slot.Queue!.Remove(slot);
        slot.Stage = SlotState.Running;
        CountNoMore(slot);
        _running++;
        if (slot.Operation.IsQuick)
        {
            Complete(slot.UserData, slot.Operation.Call(slot));
            return true;
        }

        var started = false;
        try
        {
            return started = executor.TryStart(slot);
        }
        finally
        {
            if (!started)
            {
                _running--;
                PutBack(slot);
            }
        }
    }

    /// <summary>What the kernel does not check, or checks differently from the system call.</summary>
    private static long BeforeStart(Slot slot)
    {
        if (slot.Lane is not { } lane)
        {
            return 0;
        }

        if (lane.IsClosing && slot.IsIdleWait)
        {
            return -(long)Errno.ECANCELED;
        }

        // A ring reads a pipe whatever the offset says; pread(2) does not. Of two descriptors the call itself knows.
        var look = slot.Operation.NeedsPosition ? lane.Look() : 0;
        return look < 0 ? look : slot.Operation.Precheck(slot);
    }

    /// <summary>Whether the operation is not at its end: it came short, or only its wait has ended.</summary>
    private bool MustGoOn(Slot slot, ref long result)
    {
        if (!slot.Polling)
        {
            result = slot.Operation.Interpret(slot, result);
        }

        if (slot.Refused)
        {
            _rejected++;
        }
        else if (slot.Polling)
        {
            slot.Polling = false;
            if (result >= 0)
            {
                // Ready; or asked to end just then, with nothing done yet.
                result = -(long)Errno.ECANCELED;
                if (!slot.CancelRequested)
                {
                    return true;
                }
            }
        }
        else if (result == -(long)Errno.EAGAIN && slot.Operation.Readiness != PollEvents.None)
        {
            // Not ready, and nobody waits for it in our place.
            slot.Polling = !slot.CancelRequested;
            if (slot.Polling)
            {
                // An idle wait holds none.
                slot.GiveBufferBack();
                slot.Wait = slot.Operation.WaitsFor(slot);
                return true;
            }

            result = -(long)Errno.ECANCELED;
        }
        else if (slot.Operation.GoesOn(slot, ref result))
        {
            if (!slot.CancelRequested)
            {
                return true;
            }

            result = -(long)Errno.ECANCELED;
        }

        if (result == -(long)Errno.EINTR && slot.Operation is Close)
        {
            // close(2): the number is free already, and may be another's. Never twice.
            result = 0;
        }

        if (result == -(long)Errno.EINTR || (result == -(long)Errno.ECANCELED && Resumes))
        {
            if (!slot.CancelRequested)
            {
                return true;
            }

            result = -(long)Errno.ECANCELED;
        }

        if (result == -(long)Errno.ECANCELED && slot.CancelRequested)
        {
            result = -(long)slot.EndsWith;
        }

        if (result <= 0 && slot.Done > 0)
        {
            result = slot.Done;
        }

        return false;
    }

    /// <summary>Whether a Close with this result has freed the number; on Linux most errors do too.</summary>
    private static bool FreesNumber(long result) =>
        result is not (-(long)Errno.EBADF or -(long)Errno.ECANCELED or -(long)Errno.EAGAIN);

    /// <summary>Asks that an operation end soon; the first reason is the reply.</summary>
    private void End(Slot slot, Errno reason)
    {
        if (slot.IsKept)
        {
            // Whoever carries it out ends it, and lets go of the place then.
            slot.Hold!.Carrier.Tell(new Cancel(slot.Operation), ActorRefs.NoSender);
            return;
        }

        slot = slot.Primary ?? slot;
        if (slot.Stage == SlotState.Running)
        {
            if (!slot.CancelRequested)
            {
                slot.EndsWith = reason;
            }

            _executor?.Cancel(slot);
            return;
        }

        slot.Queue?.Remove(slot);
        Finish(slot, slot.Done > 0 ? slot.Done : -(long)reason);
    }

    private void CancelIdleWaits(Lane lane)
    {
        foreach (var slot in lane.IdleWaits())
        {
            End(slot, Errno.ECANCELED);
        }
    }

    private void Finish(Slot slot, long result)
    {
        var operation = slot.Operation;
        if (operation is Close && slot.Handle is { } handle && FreesNumber(result))
        {
            Close.Invalidate(handle);
        }

        var reply = operation.ToResult(slot, result);
        if (result >= 0 && reply is DescriptorResult)
        {
            Reopen((int)result);
            Brought?.Invoke((int)result);
        }

        Depart(slot, reply, forget: false);
    }

    /// <summary>Empties the slot, sends the reply, and lets those start that waited for it.</summary>
    private void Depart(Slot slot, IoResult reply, bool forget)
    {
        var requester = slot.Requester;
        _deadlines.Remove(slot);
        CountNoMore(slot);
        if (slot.Companion is { } companion)
        {
            companion.Queue?.Remove(companion);
            FinishAll(companion.Lane?.Leave(companion));
            companion.Release();
            _free.Push(companion);
        }

        if (slot.Hold is { } hold)
        {
            _holds.Remove(hold);
            hold.Keeper.Tell(new HoldEnded(hold, Errno.None), Replier);
        }

        var lane = slot.Lane;
        var orphans = lane?.Leave(slot);
        if (lane is { IsIdle: true } && (slot.Operation is Close || reply.Error == Errno.EBADF))
        {
            // What was known of the descriptor is void.
            _lanes.Remove(lane.Fd);
        }

        var begin = slot.Begin;
        _used--;
        _pinned -= slot.PinCount;
        if (forget)
        {
            slot.Forget();
        }
        else
        {
            slot.Release();
            _free.Push(slot);
        }

        Reply(requester, reply);
        if (lane?.Syncs is { } syncs && syncs.Leader == slot)
        {
            EndSync(syncs, reply);
        }

        FinishAll(orphans);
        if (begin != 0)
        {
            IoMetrics.End(begin, Backend, reply, Replier);
        }

        if (_used == 0)
        {
            Emptied?.Invoke();
        }
    }

    /// <summary>Answers those that were sent to a descriptor which is closed now.</summary>
    private void FinishAll(List<Slot>? orphans)
    {
        if (orphans is null)
        {
            return;
        }

        foreach (var orphan in orphans)
        {
            // An operation whose two descriptors are one stands here twice.
            var slot = orphan.Primary ?? orphan;
            if (slot.IsKept)
            {
                LoseHold(slot, Errno.EBADF);
            }
            else if (slot.Stage != SlotState.Free)
            {
                slot.Queue?.Remove(slot);
                Finish(slot, -(long)Errno.EBADF);
            }
        }
    }

    private void Reply(IActorRef requester, IoResult reply)
    {
        _replied++;
        if (reply.Seen > 0)
        {
            switch (reply.Operation.Kind.Moves())
            {
                case BytesDirection.In:
                    _bytesRead += reply.Seen;
                    break;
                case BytesDirection.Out:
                    _bytesWritten += reply.Seen;
                    break;
            }
        }

        if (!reply.IsSuccess)
        {
            _failed++;
            _canceled += reply.Error == Errno.ECANCELED ? 1 : 0;
            _timedOut += reply.Error == Errno.ETIMEDOUT ? 1 : 0;
        }

        reply.DeliverTo(requester, Replier);
    }

    private void PutBack(Slot slot)
    {
        slot.Offloaded = false;
        _runnable.EnqueueFirst(slot);
    }

    private Lane LaneOf(int fd)
    {
        if (!_lanes.TryGetValue(fd, out var lane))
        {
            lane = new Lane(fd, _runnable);
            _lanes.Add(fd, lane);
        }

        return lane;
    }

    private Slot Allocate()
    {
        _used++;
        return AllocateSlot();
    }

    private Slot AllocateSlot()
    {
        if (_free.TryPop(out var free))
        {
            return free;
        }

        if (_slotCount == _slots.Length)
        {
            Array.Resize(ref _slots, _slots.Length * 2);
        }

        var slot = new Slot(_slotCount);
        _slots[_slotCount++] = slot;
        return slot;
    }
}
