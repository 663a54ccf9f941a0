using System;
using Akka.Actor;
using Akka.IoActors.Clustering.Export;
using Akka.IoActors.Clustering.Routing;

namespace Akka.IoActors.Clustering.Handles;

/// <summary>Sees to it that a stream into a file is answered: where it goes, and then what has become of it, even if the node goes.</summary>
internal sealed class BodyWriter : ActorBase
{
    private readonly ClusterSettings _settings;
    private readonly Roots.WriteBody _request;
    private readonly Target _target;
    private readonly IActorRef _requester;

    internal BodyWriter(ClusterSettings settings, Roots.WriteBody request, Target target, IActorRef requester) =>
        (_settings, _request, _target, _requester) = (settings, request, target, requester);

    protected override void PreStart()
    {
        Context.Watch(_target.Exporter);
        Context.SetReceiveTimeout(_settings.RequestTimeout);
        _target.Exporter.Tell(_request with { Node = null }, Self);
    }

    protected override bool Receive(object message)
    {
        switch (message)
        {
            case Roots.Writing:
                Context.SetReceiveTimeout(null);
                _requester.Tell(message, Self);
                return true;
            case Roots.Stored or Files.Failed:
                _requester.Tell(message, Self);
                Context.Stop(Self);
                return true;
            case ReceiveTimeout:
                Fail(Errno.ETIMEDOUT, $"{_target.Name} has not answered within {_settings.RequestTimeout}");
                return true;
            case Terminated:
                Fail(Errno.EHOSTDOWN, $"{_target.Name} has gone");
                return true;
            default:
                return false;
        }
    }

    private void Fail(Errno error, string why)
    {
        _requester.Tell(RequestFailures.Of(_request, error, why, outcomeUnknown: true), Self);
        Context.Stop(Self);
    }

    internal sealed class Producer(ClusterSettings settings, Roots.WriteBody request, Target target, IActorRef requester) : IIndirectActorProducer
    {
        public Type ActorType => typeof(BodyWriter);

        public ActorBase Produce() => new BodyWriter(settings, request, target, requester);

        public void Release(ActorBase actor)
        {
        }
    }
}
