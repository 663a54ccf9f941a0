using System;

namespace Akka.IoActors.Operations;

/// <summary>
/// The group commit of one descriptor: while an FSync or FDataSync is under way, those whose turn comes wait; then one of
/// them is carried out for all, since whatever they were to bring to the device was written before it started. So any
/// number of appenders share a flush, and a failed one is told to each of them, where the kernel tells it once.
/// Owned by the loop's thread.
/// </summary>
internal sealed class SyncGroup
{
    /// <summary>Those whose turn came too late for the one that is under way.</summary>
    private readonly SlotQueue _late = new();

    /// <summary>Those that the one under way stands for.</summary>
    private readonly SlotQueue _covered = new();

    /// <summary>The one that is carried out, or is next to be.</summary>
    internal Slot? Leader { get; private set; }

    /// <summary>A slot's turn has come; it stands among the runnable ones.</summary>
    /// <returns>Whether it waits here; if not, it is to be started.</returns>
    internal bool Waits(Slot slot)
    {
        Leader ??= slot;
        if (Leader != slot)
        {
            slot.Queue!.Remove(slot);
            _late.Enqueue(slot);
            return true;
        }

        while (_late.Dequeue() is { } late)
        {
            _covered.Enqueue(late);
        }

        return false;
    }

    /// <summary>The leader has ended.</summary>
    /// <param name="isOwn">Whether its result is its own affair: it was cancelled, or its time was up.</param>
    /// <param name="finish">Ends one that is covered by it.</param>
    /// <param name="start">Lets the next one start.</param>
    internal void Ended(bool isOwn, Action<Slot> finish, Action<Slot> start)
    {
        Leader = null;
        while (_covered.Dequeue() is { } covered)
        {
            if (isOwn)
            {
                _late.Enqueue(covered);
            }
            else
            {
                finish(covered);
            }
        }

        // What finishing set off may have started another one.
        if (Leader is null && Strongest() is { } next)
        {
            _late.Remove(next);
            Leader = next;
            start(next);
        }
    }

    /// <summary>One that can stand for all: an FSync does what an FDataSync does, but not the other way round.</summary>
    private Slot? Strongest()
    {
        for (var slot = _late.First; slot is not null; slot = slot.Next)
        {
            if (slot.Operation is FSync)
            {
                return slot;
            }
        }

        return _late.First;
    }
}
