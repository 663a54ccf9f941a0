using System;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.IoActors.Clustering.Export;
using Akka.Streams;
using Akka.Streams.Dsl;

namespace Akka.IoActors.Clustering.Handles;

/// <summary>
/// Streams from another node that fail when the node goes. A stream ref of Akka.Streams hears of its other end only from that itself: a node that is killed
/// says nothing, and whoever reads would wait for ever.
/// </summary>
internal static class GuardedStreams
{
    /// <summary>The stream, as it fails with its node.</summary>
    internal static Source<T, NotUsed> Guarded<T>(this ISourceRef<T> stream, ActorSystem system, IActorRef? exporter, Roots.Request request)
    {
        if (exporter is null)
        {
            // It is this node's own.
            return stream.Source;
        }

        var gone = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var watch = system.ActorOf(Props.CreateBy(new NodeWatch.Producer(exporter, () => gone.TrySetException(
            new FileException(RequestFailures.Of(request, Errno.EHOSTDOWN, "its node has gone"))))));

        // Merged, eagerly: the failure of the one that never has an element is the failure of both.
        return stream.Source
            .Merge(Source.FromTask(gone.Task), eagerComplete: true)
            .WatchTermination((_, ended) =>
            {
                ended.ContinueWith(_ => watch.Tell(PoisonPill.Instance), TaskScheduler.Default);
                return NotUsed.Instance;
            });
    }

    /// <summary>An actor, since only those are told that a whole node has gone.</summary>
    private sealed class NodeWatch(IActorRef exporter, Action gone) : ActorBase
    {
        protected override void PreStart() => Context.Watch(exporter);

        protected override bool Receive(object message)
        {
            if (message is not Terminated)
            {
                return false;
            }

            gone();
            Context.Stop(Self);
            return true;
        }

        internal sealed class Producer(IActorRef exporter, Action gone) : IIndirectActorProducer
        {
            public Type ActorType => typeof(NodeWatch);

            public ActorBase Produce() => new NodeWatch(exporter, gone);

            public void Release(ActorBase actor)
            {
            }
        }
    }
}
