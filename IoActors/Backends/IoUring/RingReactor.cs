using System;
using System.Collections;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Threading;
using Akka.IoActors.Loop;
using Akka.IoActors.Native;
using Akka.IoActors.Native.Uring;
using Akka.IoActors.Operations;

namespace Akka.IoActors.Backends.IoUring;

/// <summary>
/// Carries operations out on one ring: enqueue, flush, reap, complete. Lives from one start of the backend
/// actor to the next; the table outlives it. Owned by the loop's thread.
/// </summary>
internal sealed class RingReactor : IReactor, IOperationExecutor, IDisposable
{
    // User data of submissions that belong to no slot: no slot has one of the two highest bits. A
    // cancellation carries the user data of its target beside its bit.
    private const ulong CancelBit = 1UL << 63;
    private const ulong WakeData = 1UL << 62;
    private const ulong NopData = CancelBit | WakeData | 1;

    /// <summary>Submissions in a row without a completion at once, before the next are taken to be alike.</summary>
    private const int SureThatLater = 2;

    /// <summary>After so many it is found out again.</summary>
    private const int AskAgain = 64;

    private readonly Ring _ring;
    private readonly BitArray _opcodes;
    private readonly uint _batch;
    private readonly EventLoop _loop;
    private readonly OperationTable _table;
    private readonly OffloadPool _pool;
    private readonly Action<Exception> _failed;
    private readonly NativeBlock _wakeCount = new();
    private readonly Queue<ulong> _cancels = new();
    private bool _wakeArmed;

    /// <summary>Submissions in a row after which no completion stood ready at once.</summary>
    private int _completeLater;

    /// <summary>Whether the ring can be entered no more, by its number at least.</summary>
    private bool _broken;

    /// <summary>Makes the ring, on the loop's thread.</summary>
    /// <param name="settings">Its size, and when it is flushed.</param>
    /// <param name="loop">The loop that will drive it.</param>
    /// <param name="table">The operations.</param>
    /// <param name="pool">Carries out what this kernel's rings cannot.</param>
    /// <param name="failed">Told once, on the loop's thread, when the ring has become unusable.</param>
    /// <exception cref="NativeException">There is no ring to be had.</exception>
    internal RingReactor(
        IoSettings settings, EventLoop loop, OperationTable table, OffloadPool pool, Action<Exception> failed)
    {
        _loop = loop;
        _table = table;
        _pool = pool;
        _failed = failed;
        _batch = (uint)settings.SubmitBatch;
        _ring = Ring.Create((uint)settings.Ring.SqEntries, (uint)settings.Ring.CqEntries, settings.UringSyscalls);
        _opcodes = settings.UringSyscalls.Probe(_ring);
        _table.Buffers.Attach(_ring);
    }

    /// <inheritdoc/>
    public bool HasWork => _ring.HasCompletions;

    /// <inheritdoc/>
    public bool HasDeferred => _ring.Unsubmitted > 0;

    /// <summary>The ring, for those who describe it or break it.</summary>
    internal Ring Ring => _ring;

    /// <summary>Whether this kernel's rings carry the operation out; the offload pool does otherwise.</summary>
    internal bool IsNative(UringOpcode opcode) => _opcodes[(int)opcode];

    // ---- enqueue -------------------------------------------------------------------------------

    /// <inheritdoc/>
    public bool TryStart(Slot slot)
    {
        var operation = slot.Operation;
        if (!slot.Polling && operation.IsTriedByRing)
        {
            _table.Complete(slot.UserData, operation.TryCall(slot));
            return true;
        }

        if (!slot.Polling && (operation.MustCall || operation.Opcode is not { } opcode || !IsNative(opcode)))
        {
            _pool.Start(slot, mayWait: true);
            return true;
        }

        if (!slot.Polling && operation.IsPuntedByRing && slot.TryCached(out var result))
        {
            _table.Complete(slot.UserData, result);
            return true;
        }

        if (slot.Buffers is { } buffers)
        {
            // Before making room, which may submit: the kernel looks for a buffer at once.
            buffers.Replenish();
        }

        if (!MakeRoom())
        {
            return false;
        }

        ref var sqe = ref _ring.Next();
        if (slot.Polling)
        {
            sqe.Set(UringOpcode.PollAdd, slot.Wait.Fd, 0, 0, 0, (uint)slot.Wait.Events, 0);
        }
        else
        {
            if (slot is { UsesCursor: true, Order: OrderClass.Out, Lane.IsFile: true })
            {
                // A write that comes short has met an error when the kernel tried the rest; the position has not been moved then.
                slot.Position = Sys.LSeek(slot.Fd, 0, (int)SeekWhence.Current);
            }

            operation.Prepare(slot, ref sqe);
        }

        sqe.UserData = slot.UserData;
        return true;
    }

    /// <inheritdoc/>
    public void Cancel(Slot slot)
    {
        if (slot.Offloaded)
        {
            _pool.Cancel(slot);
        }
        else
        {
            _cancels.Enqueue(slot.UserData);
        }
    }

    /// <summary>Asks the kernel to end what is to be cancelled; its entry stands before ours.</summary>
    private void PrepareCancels()
    {
        while (_cancels.Count > 0 && MakeRoom())
        {
            var target = _cancels.Dequeue();
            _ring.Next().Set(UringOpcode.AsyncCancel, -1, (nint)target, 0, 0, 0, target | CancelBit);
        }
    }

    /// <summary>
    /// Whether there is an entry to fill; submits those that are filled if there is none, or if they are a batch.
    /// </summary>
    private bool MakeRoom()
    {
        if (_broken)
        {
            return false;
        }

        if (!_ring.HasRoom || _ring.Unsubmitted >= _batch)
        {
            Check(_ring.Submit());
        }

        return _ring.HasRoom;
    }

    // ---- flush ---------------------------------------------------------------------------------

    /// <inheritdoc/>
    public bool Turn(bool mayDefer)
    {
        _table.Pump();
        _table.Buffers.Replenish();
        PrepareCancels();
        if (_ring.Unsubmitted == 0 && !_ring.NeedsEnter)
        {
            return Reap();
        }

        // Where operations complete later anyway, submitting them and waiting for them is one call. Where they
        // complete at once, from the page cache, the loop must not look parked meanwhile: others would wake it.
        if (mayDefer && _completeLater >= SureThatLater && !_ring.HasCompletions)
        {
            return false;
        }

        var submitted = _ring.Unsubmitted > 0;
        Check(_ring.Submit());
        var any = Reap();
        _completeLater = any ? 0 : submitted ? _completeLater + 1 : _completeLater;
        return any || submitted;
    }

    /// <summary>Submits what has been prepared, now.</summary>
    /// <returns>The entries that the kernel took.</returns>
    internal int Flush()
    {
        _table.Pump();
        return _ring.Unsubmitted > 0 ? Check(_ring.Submit()) : 0;
    }

    /// <inheritdoc/>
    public void Park(TimeSpan timeout)
    {
        if (_ring.Unsubmitted > 0 && ++_completeLater > AskAgain)
        {
            _completeLater = 0;
        }

        // Only here: nobody rings while the loop is up. Without it nobody could end the wait: then there is none.
        if (ArmWake())
        {
            Check(_ring.SubmitAndWait(timeout));
        }

        Reap();
    }

    /// <inheritdoc/>
    public void OnFailed(Exception cause)
    {
        _broken = true;
        _failed(cause);
    }

    /// <summary>Keeps a read of the loop's wake-up descriptor in the ring.</summary>
    /// <returns>Whether it is there.</returns>
    private bool ArmWake()
    {
        if (!_wakeArmed && !_ring.HasRoom)
        {
            // A full queue makes room by being submitted, unless the kernel has no memory just now.
            Check(_ring.Submit());
        }

        if (!_wakeArmed && _ring.HasRoom)
        {
            _wakeArmed = true;
            _ring.Next().Set(
                UringOpcode.Read,
                _loop.Wake.Descriptor,
                _wakeCount.Ensure(sizeof(ulong)),
                sizeof(ulong),
                UringOffset.Position,
                0,
                WakeData);
        }

        return _wakeArmed;
    }

    /// <summary>Tells the passing refusals of <c>io_uring_enter(2)</c> from the end of a ring.</summary>
    /// <returns>The entries that the kernel took.</returns>
    private int Check(int result)
    {
        switch (result)
        {
            case >= 0:
                return result;

            // A signal; no memory just now; completions to be reaped first. What was not taken stays in
            // the queue and goes with the next turn.
            case -(int)Errno.EINTR or -(int)Errno.EAGAIN or -(int)Errno.EBUSY or -(int)Errno.ETIME:
                return 0;

            // Closed, or another file by now, or another thread's ring: the number is not ours.
            case -(int)Errno.EBADF or -(int)Errno.EOPNOTSUPP or -(int)Errno.EEXIST:
                _ring.LoseDescriptor();
                goto default;
            default:
                _broken = true;
                throw new NativeException("io_uring_enter", result);
        }
    }

    // ---- reap ----------------------------------------------------------------------------------

    private bool Reap()
    {
        var any = false;
        while (_ring.TryReap(out var completion))
        {
            any = true;
            if (completion.UserData < WakeData)
            {
                if ((completion.Flags & UringAbi.CompletionHasBuffer) != 0)
                {
                    _table.Provide(completion.UserData, (int)(completion.Flags >> UringAbi.BufferShift));
                }

                if ((completion.Flags & (UringAbi.CompletionMore | UringAbi.CompletionNotification)) == 0)
                {
                    _table.Complete(completion.UserData, completion.Result);
                }
                else
                {
                    OnZeroCopy(completion);
                }
            }
            else if (completion.UserData == WakeData)
            {
                OnWake(completion.Result);
            }
            else if (completion.Result == -(int)Errno.EALREADY && completion.UserData != NopData)
            {
                CancelAgain(completion.UserData & ~CancelBit);
            }
        }

        return any;
    }

    /// <summary>A send without copying: first what it has sent, then that the buffer is free. The second is its end.</summary>
    private void OnZeroCopy(UringCqe completion)
    {
        var slot = _table.FindRunning(completion.UserData);
        if ((completion.Flags & UringAbi.CompletionMore) == 0)
        {
            _table.Complete(completion.UserData, slot?.Sent ?? 0);
        }
        else if (slot is not null)
        {
            slot.Sent = completion.Result;
        }
    }

    private void OnWake(int result)
    {
        _wakeArmed = false;
        if (result < 0 && result is not (-(int)Errno.ECANCELED or -(int)Errno.EINTR))
        {
            throw new NativeException("read of the wake-up eventfd", result);
        }
    }

    /// <summary>
    /// The kernel found the operation between two waits: it was awake, and may go to sleep once more. One
    /// that works on a file cannot be stopped, and is not asked again.
    /// </summary>
    private void CancelAgain(ulong target)
    {
        if (_table.FindRunning(target) is { Lane.IsFile: false } slot)
        {
            Cancel(slot);
        }
    }

    // ---- teardown ------------------------------------------------------------------------------

    /// <summary>
    /// Ends the ring: cancels what is in flight, reaps until nothing is or the deadline has come, and
    /// closes it. Closing alone would not stop the kernel from writing into buffers. The table must have
    /// let go of this executor.
    /// </summary>
    /// <returns>Whether every operation was reaped. If not, the rest is still marked as running.</returns>
    internal bool Close(TimeSpan deadline)
    {
        _loop.Detach(this);
        TakeBackUnsubmitted();
        var drained = Drain(deadline);
        _table.Buffers.Detach(drained);
        if (!drained)
        {
            _table.Buffers = _table.Buffers.Successor();
        }

        Dispose();
        return drained;
    }

    /// <summary>Closes the ring, and frees what the kernel is done with.</summary>
    public void Dispose()
    {
        _ring.Dispose();
        if (!_wakeArmed)
        {
            _wakeCount.Dispose();
        }
    }

    /// <summary>
    /// Entries that the kernel has not taken start over with the next ring. There is no way to take an entry
    /// back but to make it a NOP.
    /// </summary>
    private void TakeBackUnsubmitted()
    {
        for (var n = _ring.Unsubmitted; n > 0; n--)
        {
            // From the back: each goes to the head of those that wait.
            ref var sqe = ref _ring.UnsubmittedEntry(n - 1);
            _wakeArmed &= sqe.UserData != WakeData;
            if (sqe.UserData < WakeData)
            {
                _table.Unstart(sqe.UserData);
            }

            sqe.Set(UringOpcode.Nop, -1, 0, 0, 0, 0, NopData);
        }
    }

    private bool Drain(TimeSpan deadline)
    {
        // A last attempt, through the registered descriptor if the number is lost.
        _broken = false;
        _cancels.Clear();
        _table.ForEachRunning(slot =>
        {
            // What the pool has does not end with the ring.
            if (!slot.Offloaded)
            {
                Cancel(slot);
            }
        });
        if (_wakeArmed)
        {
            _cancels.Enqueue(WakeData);
        }

        var start = Stopwatch.GetTimestamp();
        try
        {
            while (InRing > 0 || _wakeArmed)
            {
                var left = deadline - Stopwatch.GetElapsedTime(start);
                if (left <= TimeSpan.Zero)
                {
                    return false;
                }

                PrepareCancels();
                Check(_ring.SubmitAndWait(left));
                Reap();
            }
        }
        catch (NativeException)
        {
            // Out of reach for good: who counts on the reply gets it as unknown, and the buffers are kept.
            return false;
        }

        return true;
    }

    /// <summary>Operations that the ring has, without those on the offload pool.</summary>
    private int InRing => _table.Running - _pool.InFlight;

    /// <summary>What the kernel offers that this ring uses.</summary>
    internal IReadOnlyList<string> Features
    {
        get
        {
            var names = new List<string>();
            foreach (var flag in Enum.GetValues<UringSetup>())
            {
                if (flag != UringSetup.None && _ring.SetupFlags.HasFlag(flag))
                {
                    names.Add("SETUP_" + MacroName(flag.ToString()));
                }
            }

            foreach (var flag in Enum.GetValues<UringFeatures>())
            {
                if (flag != UringFeatures.None && _ring.Features.HasFlag(flag))
                {
                    names.Add("FEAT_" + MacroName(flag.ToString()));
                }
            }

            return names;
        }
    }

    /// <summary><c>DeferTaskrun</c> as the kernel's headers write it: <c>DEFER_TASKRUN</c>.</summary>
    private static string MacroName(string name) =>
        string.Concat(name.Select((c, i) => (i > 0 && char.IsUpper(c) ? "_" : "") + char.ToUpperInvariant(c)));
}
