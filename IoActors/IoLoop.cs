using System;
using Akka.Actor;

namespace Akka.IoActors;

/// <summary>One event loop of the I/O service: a thread, its backend, and the dispatcher that both are.</summary>
/// <remarks>
/// An actor placed on the loop that owns a descriptor (<see cref="IoActorsExtension.LoopOf(Descriptor)"/>,
/// <see cref="IoLoopProps.OnLoop"/>) runs on the very thread that drives the ring: its operations and their replies
/// take no hop, which is the fastest way there is. In turn it must not block: while it does, everything on its loop waits
/// (health: <see cref="IoHealth.Stalled"/>).
/// </remarks>
public sealed class IoLoop
{
    internal IoLoop(ActorSystem system, int index, IActorRef backend)
    {
        Index = index;
        Backend = backend;
        Client = new IoClient(system, backend, inlineCachedReads: false, continueOnLoop: true);
        Dispatcher = ((ActorCell)((ActorRefWithCell)backend).Underlying).Dispatcher.Id;
    }

    /// <summary>Its number: it owns the descriptors whose number modulo the number of loops this is.</summary>
    public int Index { get; }

    /// <summary>
    /// The backend of this loop alone. It takes any descriptor's operations; but order, barriers and the cancelling by Close
    /// hold only among those that were sent to one and the same ref. Send everything of a descriptor here, or
    /// nothing.
    /// </summary>
    public IActorRef Backend { get; }

    /// <summary>
    /// A client of this loop whose continuations run on the loop's own thread, one after the other: what follows an await
    /// (without a context of its own: use <c>ConfigureAwait(false)</c>) goes on there, and the next operation takes no hop.
    /// It must not block. The first call may come from anywhere.
    /// </summary>
    public IoClient Client { get; }

    /// <summary>The id of the dispatcher that is the loop, for <c>Props.WithDispatcher</c>.</summary>
    public string Dispatcher { get; }

    /// <summary>Such as <c>loop 1</c>.</summary>
    public override string ToString() => FormattableString.Invariant($"loop {Index}");
}

/// <summary>Places actors on loops.</summary>
public static class IoLoopProps
{
    /// <summary>Has the actor run on a loop's own thread. It must not block there.</summary>
    /// <param name="props">The actor's Props.</param>
    /// <param name="loop">The loop.</param>
    public static Props OnLoop(this Props props, IoLoop loop)
    {
        ArgumentNullException.ThrowIfNull(props);
        ArgumentNullException.ThrowIfNull(loop);
        return props.WithDispatcher(loop.Dispatcher);
    }
}
