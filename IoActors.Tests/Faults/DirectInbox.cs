using System;
using System.Collections.Concurrent;
using Akka.Actor;
using Xunit;

namespace Akka.IoActors.Tests.Faults;

/// <summary>
/// A requester without a dispatcher: the replies stand here as soon as the loop has sent them, whatever keeps .NET's
/// thread pool.
/// </summary>
internal sealed class DirectInbox(ActorSystem system) : MinimalActorRef
{
    private readonly BlockingCollection<IoResult> _replies = [];

    // Written by the loop's thread alone.
    private readonly ConcurrentDictionary<DirectInbox, int> _othersAtLast = new();
    private int _count;

    public override ActorPath Path { get; } = ((ExtendedActorSystem)system).Provider.TempPath();

    public override IActorRefProvider Provider { get; } = ((ExtendedActorSystem)system).Provider;

    internal IoResult Receive()
    {
        Assert.True(_replies.TryTake(out var reply, FaultService.Deadline), "no reply");
        return reply;
    }

    /// <summary>How many replies another had when this one got its last.</summary>
    internal int CountOf(DirectInbox other) => _othersAtLast[other];

    /// <summary>Notes, with each reply, how many another has.</summary>
    internal void Compare(DirectInbox other) => _othersAtLast[other] = 0;

    protected override void TellInternal(object message, IActorRef sender)
    {
        foreach (var other in _othersAtLast.Keys)
        {
            _othersAtLast[other] = other._count;
        }

        _count++;
        _replies.Add((IoResult)message);
    }
}
