using System.Collections.Generic;
using Akka.Actor;

namespace Akka.IoActors.Operations;

/// <summary>
/// The slots that may start. As long as they are few they start in the order in which they came; of a crowd one of
/// each requester in turn, so that whoever floods the backend waits for itself. Owned by the loop's thread.
/// </summary>
internal sealed class RunnableQueue
{
    /// <summary>Slots that are no crowd.</summary>
    private const int Few = 256;

    private readonly SlotQueue _next = new();
    private readonly Dictionary<IActorRef, SlotQueue> _crowd = [];
    private readonly Queue<IActorRef> _turns = new();

    /// <summary>A slot has become runnable.</summary>
    internal void Enqueue(Slot slot)
    {
        slot.Stage = SlotState.Runnable;
        if (_turns.Count == 0 && _next.Count < Few)
        {
            _next.Enqueue(slot);
            return;
        }

        var requester = (slot.Primary ?? slot).Requester;
        if (!_crowd.TryGetValue(requester, out var queue))
        {
            _crowd.Add(requester, queue = new SlotQueue());
            _turns.Enqueue(requester);
        }

        queue.Enqueue(slot);
    }

    /// <summary>A slot goes on, before all others.</summary>
    internal void EnqueueFirst(Slot slot)
    {
        slot.Stage = SlotState.Runnable;
        _next.EnqueueFirst(slot);
    }

    /// <summary>The slot whose turn it is; it stays until it is removed from its queue.</summary>
    internal Slot? Peek()
    {
        if (_next.IsEmpty && _turns.Count > 0)
        {
            TakeTurns();
        }

        return _next.First;
    }

    private void TakeTurns()
    {
        while (_next.Count < Few && _turns.TryDequeue(out var requester))
        {
            // Empty if its slots have been cancelled meanwhile.
            var queue = _crowd[requester];
            if (queue.Dequeue() is { } slot)
            {
                _next.Enqueue(slot);
            }

            if (queue.IsEmpty)
            {
                _crowd.Remove(requester);
            }
            else
            {
                _turns.Enqueue(requester);
            }
        }
    }
}
