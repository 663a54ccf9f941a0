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

    public override ActorPath Path { get; } = ((ExtendedActorSystem)system).Provider.TempPath();

    public override IActorRefProvider Provider { get; } = ((ExtendedActorSystem)system).Provider;

    internal IoResult Receive()
    {
        Assert.True(_replies.TryTake(out var reply, FaultService.Deadline), "no reply");
        return reply;
    }

    protected override void TellInternal(object message, IActorRef sender) => _replies.Add((IoResult)message);
}
