using System;
using System.Collections.Generic;
using Akka.Actor;
using Akka.IoActors.Operations;

namespace Akka.IoActors.Backends;

/// <summary>The <see cref="Poll"/>s that wait for a completion. Owned by the loop's thread.</summary>
internal sealed class PendingPolls(OperationTable table)
{
    private readonly Dictionary<Poll, (IActorRef Requester, long Baseline)> _waiting = [];

    /// <summary>Lets a poll wait.</summary>
    internal void Add(Poll poll, IActorRef requester, long baseline)
    {
        _waiting[poll] = (requester, baseline);
        table.Completed = AnswerAll;
    }

    /// <summary>A poll's time has passed: answers it, if it still waits.</summary>
    internal void End(Poll poll)
    {
        if (_waiting.Remove(poll, out var waiting))
        {
            Answer(poll, waiting);
        }
    }

    /// <summary>Answers all that wait with what has completed since they came.</summary>
    internal void AnswerAll()
    {
        table.Completed = null;
        foreach (var (poll, waiting) in _waiting)
        {
            Answer(poll, waiting);
        }

        _waiting.Clear();
    }

    private void Answer(Poll poll, (IActorRef Requester, long Baseline) waiting) =>
        table.Answer(poll, waiting.Requester, new IoResult(poll, table.Completions - waiting.Baseline));
}
