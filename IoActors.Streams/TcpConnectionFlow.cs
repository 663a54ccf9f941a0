using System;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.IO;
using Akka.Streams;
using Akka.Streams.Stage;
using Tcp = Akka.IO.Tcp;
using TcpStream = Akka.Streams.Dsl.Tcp;

namespace Akka.IoActors.Streams;

/// <summary>A connection: one that was accepted, or one that is to be made.</summary>
internal sealed class TcpConnectionFlow : GraphStageWithMaterializedValue<FlowShape<ByteString, ByteString>, Task<TcpStream.OutgoingConnection>>
{
    private readonly Inlet<ByteString> _in = new("IoTcp.in");
    private readonly Outlet<ByteString> _out = new("IoTcp.out");
    private readonly ActorSystem _system;
    private readonly bool _halfClose;
    private readonly IActorRef? _accepted;
    private readonly Tcp.Connect? _connect;

    internal TcpConnectionFlow(ActorSystem system, IActorRef accepted, bool halfClose)
    {
        (_system, _accepted, _halfClose) = (system, accepted, halfClose);
        Shape = new FlowShape<ByteString, ByteString>(_in, _out);
    }

    internal TcpConnectionFlow(ActorSystem system, Tcp.Connect connect, bool halfClose)
    {
        (_system, _connect, _halfClose) = (system, connect, halfClose);
        Shape = new FlowShape<ByteString, ByteString>(_in, _out);
    }

    public override FlowShape<ByteString, ByteString> Shape { get; }

    public override ILogicAndMaterializedValue<Task<TcpStream.OutgoingConnection>> CreateLogicAndMaterializedValue(Attributes inheritedAttributes)
    {
        var connected = new TaskCompletionSource<TcpStream.OutgoingConnection>(TaskCreationOptions.RunContinuationsAsynchronously);
        return new LogicAndMaterializedValue<Task<TcpStream.OutgoingConnection>>(new Logic(this, connected), connected.Task);
    }

    /// <remarks>
    /// <code>
    /// Connecting ─▶ Open ── in finishes ──▶ half closed, or closing ─▶ Closed, ConfirmedClosed: completed
    ///    │            └──── out finishes ──▶ what comes is thrown away    Aborted, ErrorClosed:    failed
    ///    └─▶ failed
    /// </code>
    /// </remarks>
    private sealed class Logic : InAndOutGraphStageLogic
    {
        private readonly TcpConnectionFlow _stage;
        private readonly TaskCompletionSource<TcpStream.OutgoingConnection> _connected;
        private IActorRef? _connection;

        /// <summary>The connection has told its end.</summary>
        private bool _ended;

        internal Logic(TcpConnectionFlow stage, TaskCompletionSource<TcpStream.OutgoingConnection> connected)
            : base(stage.Shape)
        {
            _stage = stage;
            _connected = connected;
            SetHandler(stage._in, this);
            SetHandler(stage._out, this);
        }

        public override void PreStart()
        {
            // The connection has an end of its own, after both of ours.
            SetKeepGoing(true);
            var self = GetStageActor(Receive);
            if (_stage._accepted is { } accepted)
            {
                Open(accepted);
            }
            else
            {
                var manager = _stage._system.IoTcp();
                self.Watch(manager);
                manager.Tell(_stage._connect!, self.Ref);
            }
        }

        public override void PostStop()
        {
            if (!_ended)
            {
                _connection?.Tell(Tcp.Abort.Instance, ActorRefs.NoSender);
            }

            _connected.TrySetException(new StreamTcpException("The stream was stopped before there was a connection."));
        }

        // ---- what the stream wants --------------------------------------------------------------

        public override void OnPush() => Say(Tcp.Write.Create(Grab(_stage._in), Written.Instance));

        public override void OnPull() => Say(Tcp.ResumeReading.Instance);

        public override void OnUpstreamFinish()
        {
            if (_connection is not null)
            {
                EndOutput();
            }
        }

        public override void OnUpstreamFailure(Exception e)
        {
            // PostStop resets the connection.
            FailStage(e);
        }

        public override void OnDownstreamFinish(Exception cause)
        {
            if (cause is not SubscriptionWithCancelException.NonFailureCancellation)
            {
                FailStage(cause);
            }
            else if (_connection is null)
            {
                // Nobody wants to read: but there may be something to write.
            }
            else if (IsClosed(_stage._in))
            {
                Say(Tcp.Close.Instance);
            }
            else
            {
                Say(Tcp.ResumeReading.Instance);
            }
        }

        private void EndOutput() => Say(
            IsClosed(_stage._out) || !_stage._halfClose ? Tcp.Close.Instance : Tcp.ConfirmedClose.Instance);

        private void Say(Tcp.Command command) => _connection?.Tell(command, StageActor.Ref);

        // ---- what the connection tells ----------------------------------------------------------

        private void Receive((IActorRef Sender, object Message) args)
        {
            switch (args.Message)
            {
                case Tcp.Received when IsClosed(_stage._out):
                    Say(Tcp.ResumeReading.Instance);
                    break;
                case Tcp.Received received:
                    Push(_stage._out, received.Data);
                    break;
                case Written:
                    if (!IsClosed(_stage._in))
                    {
                        Pull(_stage._in);
                    }

                    break;
                case Tcp.Connected connected:
                    _connected.TrySetResult(new TcpStream.OutgoingConnection(connected.RemoteAddress, connected.LocalAddress));
                    Open(args.Sender);
                    break;
                case Tcp.PeerClosed:
                    Complete(_stage._out);
                    break;
                case Tcp.CommandFailed failed:
                    Fail($"{failed.Cmd} has failed: {failed.Cause.GetOrElse(null!)?.Message}");
                    break;
                case Tcp.ErrorClosed error:
                    _ended = true;
                    Fail($"The connection has ended with an error: {error.Cause}");
                    break;
                case Tcp.Aborted:
                    _ended = true;
                    Fail("The connection has been aborted.");
                    break;
                case Tcp.ConnectionClosed:
                    _ended = true;
                    CompleteStage();
                    break;
                case Terminated:
                    _ended = true;
                    Fail(_connection is null ? "The manager of connections has stopped." : "The connection has been stopped.");
                    break;
            }
        }

        private void Open(IActorRef connection)
        {
            _connection = connection;
            if (_stage._connect is not null)
            {
                StageActor.Unwatch(_stage._system.IoTcp());
            }

            StageActor.Watch(connection);
            Say(new Tcp.Register(StageActor.Ref, keepOpenOnPeerClosed: true, useResumeWriting: false));
            if (IsAvailable(_stage._out) || IsClosed(_stage._out))
            {
                Say(Tcp.ResumeReading.Instance);
            }

            // It may have finished meanwhile.
            if (IsClosed(_stage._in))
            {
                EndOutput();
            }
            else
            {
                Pull(_stage._in);
            }
        }

        private void Fail(string why)
        {
            var failure = new StreamTcpException(why);
            _connected.TrySetException(failure);
            FailStage(failure);
        }
    }

    /// <summary>An element is with the kernel.</summary>
    private sealed class Written : Tcp.Event
    {
        internal static readonly Written Instance = new();
    }
}
