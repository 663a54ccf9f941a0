using System;
using System.Collections.Generic;

namespace Akka.IoActors.Operations;

/// <summary>
/// The operations that must end at a time, the next one first. An operation that ends earlier leaves its entry
/// behind; those are swept out before they outnumber the others. Owned by the loop's thread.
/// </summary>
/// <param name="clock">Tells the time.</param>
/// <param name="callAt">Has the loop call something at a timestamp.</param>
/// <param name="expired">Gets each operation whose time has come.</param>
internal sealed class Deadlines(TimeProvider clock, Action<long, Action> callAt, Action<Slot> expired)
{
    /// <summary>Stale entries that are not worth sweeping.</summary>
    private const int FewStale = 64;

    private readonly PriorityQueue<(Slot Slot, uint Generation), long> _queue = new();
    private int _live;
    private long _next = long.MaxValue;

    /// <summary>Gives an operation its time.</summary>
    internal void Add(Slot slot, TimeSpan timeout)
    {
        var due = clock.GetTimestamp() + (long)(timeout.TotalSeconds * clock.TimestampFrequency);
        slot.HasDeadline = true;
        _live++;
        if (_queue.Count > 2 * _live + FewStale)
        {
            Sweep();
        }

        _queue.Enqueue((slot, slot.Generation), due);
        CallAt(Math.Min(due, _next));
    }

    /// <summary>The operation has ended.</summary>
    internal void Remove(Slot slot)
    {
        if (slot.HasDeadline)
        {
            slot.HasDeadline = false;
            _live--;
        }
    }

    private void Expire()
    {
        _next = long.MaxValue;
        var now = clock.GetTimestamp();
        while (_queue.TryPeek(out var entry, out var due) && (due <= now || !IsLive(entry)))
        {
            _queue.Dequeue();
            if (IsLive(entry))
            {
                expired(entry.Slot);
            }
        }

        if (_queue.TryPeek(out _, out var next))
        {
            CallAt(next);
        }
    }

    private void CallAt(long due)
    {
        if (due != _next)
        {
            _next = due;
            callAt(due, Expire);
        }
    }

    private void Sweep()
    {
        var live = new List<((Slot, uint), long)>(_live);
        foreach (var (entry, due) in _queue.UnorderedItems)
        {
            if (IsLive(entry))
            {
                live.Add((entry, due));
            }
        }

        _queue.Clear();
        _queue.EnqueueRange(live);
    }

    private static bool IsLive((Slot Slot, uint Generation) entry) =>
        entry.Slot.HasDeadline && entry.Slot.Generation == entry.Generation;
}
