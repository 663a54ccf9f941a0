namespace Akka.IoActors.Operations;

/// <summary>
/// Slots that wait, first in, first out; any can leave from the middle. Linked through the slots
/// themselves, so waiting allocates nothing. Owned by the loop's thread.
/// </summary>
internal sealed class SlotQueue
{
    private Slot? _last;

    internal Slot? First { get; private set; }

    internal int Count { get; private set; }

    internal bool IsEmpty => First is null;

    internal void Enqueue(Slot slot)
    {
        slot.Queue = this;
        slot.Previous = _last;
        if (_last is null)
        {
            First = slot;
        }
        else
        {
            _last.Next = slot;
        }

        _last = slot;
        Count++;
    }

    internal void EnqueueFirst(Slot slot)
    {
        slot.Queue = this;
        slot.Next = First;
        if (First is null)
        {
            _last = slot;
        }
        else
        {
            First.Previous = slot;
        }

        First = slot;
        Count++;
    }

    internal Slot? Dequeue()
    {
        var slot = First;
        if (slot is not null)
        {
            Remove(slot);
        }

        return slot;
    }

    internal void Remove(Slot slot)
    {
        if (slot.Previous is null)
        {
            First = slot.Next;
        }
        else
        {
            slot.Previous.Next = slot.Next;
        }

        if (slot.Next is null)
        {
            _last = slot.Previous;
        }
        else
        {
            slot.Next.Previous = slot.Previous;
        }

        slot.Next = null;
        slot.Previous = null;
        slot.Queue = null;
        Count--;
    }
}
