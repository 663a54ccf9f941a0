using System;
using System.Threading.Tasks;
using Akka.Actor;

namespace Akka.IoActors.Clustering.Handles;

/// <summary>The two answers to a <see cref="Roots.WriteBody"/>, to be awaited.</summary>
internal sealed class BodyAnswers
{
    internal TaskCompletionSource<Roots.Writing> Writing { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal TaskCompletionSource<Roots.Stored> Stored { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>Asks for a way into a file, and gets the answers: there are two, which is one more than an Ask takes.</summary>
internal sealed class BodyReceiver(IActorRef manager, Roots.WriteBody request, BodyAnswers answers) : ActorBase
{
    protected override void PreStart() => manager.Tell(request, Self);

    protected override void PostStop() => Fail(new OperationCanceledException("The system ends."));

    protected override bool Receive(object message)
    {
        switch (message)
        {
            case Roots.Writing writing:
                answers.Writing.TrySetResult(writing);
                return true;
            case Roots.Stored stored:
                answers.Stored.TrySetResult(stored);
                Context.Stop(Self);
                return true;
            case Files.Failed failed:
                Fail(new FileException(failed));
                Context.Stop(Self);
                return true;
            default:
                return false;
        }
    }

    private void Fail(Exception e)
    {
        // Who has no way into the file is not interested in what has become of that.
        if (!answers.Writing.TrySetException(e))
        {
            answers.Stored.TrySetException(e);
        }
    }

    internal sealed class Producer(IActorRef manager, Roots.WriteBody request, BodyAnswers answers) : IIndirectActorProducer
    {
        public Type ActorType => typeof(BodyReceiver);

        public ActorBase Produce() => new BodyReceiver(manager, request, answers);

        public void Release(ActorBase actor)
        {
        }
    }
}
