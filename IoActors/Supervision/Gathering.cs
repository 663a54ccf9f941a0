using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Akka.Actor;
using Akka.IoActors.Backends;

namespace Akka.IoActors.Supervision;

/// <summary>
/// A question to the whole backend, asked of each of its loops: the sender of the parts, which makes one answer of theirs.
/// Sent on the asker's own thread, so that it comes to each loop in order with what he sends else.
/// </summary>
internal sealed class Gathering : MinimalActorRef
{
    private readonly IoOperation _whole;
    private readonly IActorRef _requester;
    private readonly IReadOnlyList<IActorRef> _loops;
    private readonly IReadOnlyList<IoOperation> _parts;
    private readonly Lock _lock = new();

    /// <summary>Any loop's thread, under the lock.</summary>
    private readonly List<IoResult> _results = [];

    private Gathering(
        IoOperation whole, IActorRef requester, IReadOnlyList<IActorRef> loops, Func<IoOperation> part)
    {
        _whole = whole;
        _requester = requester;
        _loops = loops;
        _parts = [.. loops.Select(_ => part())];
        Provider = ((IInternalActorRef)loops[0]).Provider;
        Path = Provider.TempPath();
    }

    /// <inheritdoc/>
    public override ActorPath Path { get; }

    /// <inheritdoc/>
    public override IActorRefProvider Provider { get; }

    /// <summary>Asks all loops, if that is whom the operation concerns.</summary>
    /// <returns>Whether it is.</returns>
    internal static bool TryAsk(IoOperation whole, IActorRef requester, IReadOnlyList<IActorRef> loops)
    {
        Func<IoOperation>? part = whole switch
        {
            GetInfo => static () => new GetInfo(),
            Flush => static () => new Flush(),
            Poll poll => () => new Poll(poll.Wait),
            Own own => () => new Own(own.Owner),
            Watermark { High: 0 } watermark => () => Watermark.Off(watermark.Subscriber),
            Watermark watermark => () => new Watermark(watermark.Subscriber, watermark.High, watermark.Low),
            Stop stop => () => new Stop(stop.Deadline),
            _ => null,
        };
        if (part is null)
        {
            return false;
        }

        var gathering = new Gathering(whole, requester, loops, part);
        foreach (var (loop, asked) in loops.Zip(gathering._parts))
        {
            loop.Tell(asked, gathering);
        }

        return true;
    }

    /// <inheritdoc/>
    protected override void TellInternal(object message, IActorRef sender)
    {
        if (message is not IoResult result)
        {
            return;
        }

        bool isLast;
        lock (_lock)
        {
            _results.Add(result);
            isLast = _results.Count == _loops.Count;
        }

        if (isLast)
        {
            var noRequester = _requester.IsNobody() || _requester.Equals(Provider.DeadLetters);
            Merge().DeliverTo(noRequester ? ActorRefs.Nobody : _requester, _loops[0]);
        }
        else if (_whole is Poll && result is { IsSuccess: true, Value: > 0 })
        {
            // The first loop on which something completes ends the wait on all.
            foreach (var (loop, asked) in _loops.Zip(_parts))
            {
                loop.Tell(new BackendActor.PollTimeout((Poll)asked));
            }
        }
    }

    /// <summary>The sum of what the loops answered; the first error if all failed.</summary>
    private IoResult Merge()
    {
        var answers = _results.Where(result => result.IsSuccess).ToList();
        if (answers.Count == 0)
        {
            return new IoResult(_whole, -(long)_results[0].Error);
        }

        if (_whole is not GetInfo)
        {
            return new IoResult(_whole, answers.Sum(result => result.Value));
        }

        var infos = answers.ConvertAll(result => result.Info);
        return new InfoResult(_whole, infos[0] with { Counters = BackendCounters.Sum(infos.ConvertAll(info => info.Counters)) });
    }
}
