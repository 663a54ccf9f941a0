using System;
using System.Collections.Generic;
using System.Runtime.CompilerServices;
using System.Threading;
using Akka.Actor;
using Akka.Dispatch;
using Akka.IoActors.Operations;
using Akka.Routing;
using Akka.Util;

namespace Akka.IoActors.Supervision;

/// <summary>
/// Hands each operation to the loop that owns its descriptor, on the sender's own thread: number modulo loops. What has no
/// descriptor yet (Open) goes to any, always the same for the same message, so that its Cancel finds it.
/// </summary>
internal sealed class LoopRouter(IReadOnlyList<IActorRef> loops) : Router(new NoLogic(), [])
{
    private readonly Lock _pairs = new();

    /// <inheritdoc/>
    public override void Route(object message, IActorRef sender)
    {
        var operation = (IoOperation)message;
        if (operation is Cancel cancel)
        {
            loops[IndexOf(cancel.Operation)].Tell(cancel, sender);
            return;
        }

        if (operation.Target is null && Gathering.TryAsk(operation, sender, loops))
        {
            return;
        }

        var first = IndexOf(operation);
        var second = operation.SecondTarget is { } target ? IndexOf(target) : first;
        if (first == second)
        {
            loops[first].Tell(operation, sender);
            return;
        }

        // Under a lock: two of them reach both their loops in the same order, so that neither waits for the other.
        var hold = new Hold(operation, loops[first], loops[second]);
        lock (_pairs)
        {
            hold.Keeper.Tell(hold, sender);
            hold.Carrier.Tell(hold, sender);
        }
    }

    /// <inheritdoc/>
    public override Router WithRoutees(params Routee[] routees) => this;

    /// <inheritdoc/>
    public override Router AddRoutee(Routee routee) => this;

    /// <inheritdoc/>
    public override Router RemoveRoutee(Routee routee) => this;

    private int IndexOf(IoOperation operation) => operation.Target is { } target
        ? IndexOf(target)
        : (int)((uint)RuntimeHelpers.GetHashCode(operation) % (uint)loops.Count);

    private int IndexOf(object target) => IndexOf(Descriptor.NumberOf(target), loops.Count);

    /// <summary>Which of so many loops owns a descriptor.</summary>
    internal static int IndexOf(int fd, int loops) => (int)((uint)fd % (uint)loops);

    private sealed class NoLogic : RoutingLogic
    {
        public override Routee Select(object message, Routee[] routees) => Routee.NoRoutee;
    }
}

/// <summary>Makes the ref of several loops. Its actor is there to be watched and stopped; operations pass it by.</summary>
internal sealed class LoopRouterConfig(IReadOnlyList<IActorRef> loops) : RouterConfig(Dispatchers.DefaultDispatcherId)
{
    /// <inheritdoc/>
    public override Router CreateRouter(ActorSystem system) => new LoopRouter(loops);

    /// <inheritdoc/>
#pragma warning disable AK1000 // This is what Akka calls to make the router's actor, within its cell.
    public override ActorBase CreateRouterActor() => new Resident();
#pragma warning restore AK1000

    /// <inheritdoc/>
    public override bool StopRouterWhenAllRouteesRemoved => false;

    /// <inheritdoc/>
    public override bool IsManagementMessage(object message) => message is not IoOperation;

    /// <inheritdoc/>
    public override ISurrogate ToSurrogate(ActorSystem system) =>
        throw new NotSupportedException("The backend is a local actor.");

    private sealed class Resident : ActorBase
    {
        protected override bool Receive(object message) => false;
    }
}
