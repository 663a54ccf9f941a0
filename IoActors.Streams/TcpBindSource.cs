using System;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.Streams;
using Akka.Streams.Dsl;
using Akka.Streams.Stage;
using Akka.IO;
using Tcp = Akka.IO.Tcp;
using TcpStream = Akka.Streams.Dsl.Tcp;

namespace Akka.IoActors.Streams;

/// <summary>A listener, which accepts one connection for each that is asked for.</summary>
internal sealed class TcpBindSource(ActorSystem system, Tcp.Bind bind, bool halfClose, TimeSpan? idleTimeout)
    : GraphStageWithMaterializedValue<SourceShape<TcpStream.IncomingConnection>, Task<TcpStream.ServerBinding>>
{
    private readonly Outlet<TcpStream.IncomingConnection> _out = new("IoTcp.Bind.out");

    public override SourceShape<TcpStream.IncomingConnection> Shape => new(_out);

    public override ILogicAndMaterializedValue<Task<TcpStream.ServerBinding>> CreateLogicAndMaterializedValue(Attributes inheritedAttributes)
    {
        var binding = new TaskCompletionSource<TcpStream.ServerBinding>(TaskCreationOptions.RunContinuationsAsynchronously);
        return new LogicAndMaterializedValue<Task<TcpStream.ServerBinding>>(new Logic(this, system.IoTcp(), bind, binding), binding.Task);
    }

    private TcpStream.IncomingConnection Accepted(Tcp.Connected connected, IActorRef connection) => new(
        connected.LocalAddress,
        connected.RemoteAddress,
        IoTcp.WithTimeout(
            Flow.FromGraph(new TcpConnectionFlow(system, connection, halfClose)).MapMaterializedValue(_ => NotUsed.Instance), idleTimeout));

    private sealed class Logic : OutGraphStageLogic
    {
        private readonly TcpBindSource _stage;
        private readonly Tcp.Bind _bind;
        private readonly IActorRef _manager;
        private readonly TaskCompletionSource<TcpStream.ServerBinding> _binding;
        private readonly TaskCompletionSource _unbound = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly Action _unbind;
        private IActorRef? _listener;
        private bool _unbinding;

        internal Logic(TcpBindSource stage, IActorRef manager, Tcp.Bind bind, TaskCompletionSource<TcpStream.ServerBinding> binding)
            : base(stage.Shape)
        {
            _stage = stage;
            _manager = manager;
            _bind = bind;
            _binding = binding;
            _unbind = GetAsyncCallback(Unbind);
            SetHandler(stage._out, this);
        }

        public override void PreStart()
        {
            // Until it is unbound, even if nobody wants another connection.
            SetKeepGoing(true);
            var self = GetStageActor(Receive);
            self.Watch(_manager);
            _manager.Tell(new Tcp.Bind(self.Ref, _bind.LocalAddress, _bind.Backlog, _bind.Options, pullMode: true), self.Ref);
        }

        public override void OnPull() => _listener?.Tell(new Tcp.ResumeAccepting(1), StageActor.Ref);

        public override void OnDownstreamFinish(Exception cause) => Unbind();

        public override void PostStop()
        {
            _listener?.Tell(Tcp.Unbind.Instance, ActorRefs.NoSender);
            _unbound.TrySetResult();
            _binding.TrySetException(new StreamTcpException("The stream was stopped before it was bound."));
        }

        private void Receive((IActorRef Sender, object Message) args)
        {
            switch (args.Message)
            {
                case Tcp.Bound bound:
                    _listener = args.Sender;
                    StageActor.Unwatch(_manager);
                    StageActor.Watch(_listener);
                    _binding.TrySetResult(new TcpStream.ServerBinding(bound.LocalAddress, () =>
                    {
                        _unbind();
                        return _unbound.Task;
                    }));
                    if (_unbinding)
                    {
                        _listener.Tell(Tcp.Unbind.Instance, StageActor.Ref);
                    }
                    else if (IsAvailable(_stage._out))
                    {
                        OnPull();
                    }

                    break;
                case Tcp.CommandFailed failed:
                    Fail($"{_bind.LocalAddress} cannot be bound: {failed.Cause.GetOrElse(null!)?.Message}");
                    break;
                case Tcp.Connected connected when _unbinding:
                    args.Sender.Tell(Tcp.Abort.Instance, ActorRefs.NoSender);
                    break;
                case Tcp.Connected connected:
                    Push(_stage._out, _stage.Accepted(connected, args.Sender));
                    break;
                case Tcp.Unbound:
                    _listener = null;
                    CompleteStage();
                    break;
                case Terminated when _unbinding:
                    _listener = null;
                    CompleteStage();
                    break;
                case Terminated:
                    _listener = null;
                    Fail($"The listener of {_bind.LocalAddress} has stopped.");
                    break;
            }
        }

        private void Fail(string why)
        {
            var failure = new StreamTcpException(why);
            _binding.TrySetException(failure);
            FailStage(failure);
        }

        private void Unbind()
        {
            if (!_unbinding)
            {
                _unbinding = true;
                _listener?.Tell(Tcp.Unbind.Instance, StageActor.Ref);
            }
        }
    }
}
