using System.Net;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.Configuration;
using Akka.IO;

namespace Akka.IoActors.Benchmarks.Sides;

/// <summary>An echo actor on Akka.IO, a handler actor a connection.</summary>
internal sealed class AkkaEchoServer : IEchoServer
{
    private readonly ActorSystem _system = ActorSystem.Create(
        "akka-io", ConfigurationFactory.ParseString("akka.loglevel = WARNING"));

    public AkkaEchoServer()
    {
        var bound = new TaskCompletionSource<EndPoint>(TaskCreationOptions.RunContinuationsAsynchronously);
        _system.ActorOf(Props.Create(() => new Listener(bound)));
        Address = bound.Task.GetAwaiter().GetResult();
    }

    public EndPoint Address { get; }

    public async ValueTask DisposeAsync() => await _system.Terminate();

    private sealed class Listener : ReceiveActor
    {
        public Listener(TaskCompletionSource<EndPoint> bound)
        {
            Context.System.Tcp().Tell(new Tcp.Bind(Self, new IPEndPoint(IPAddress.Loopback, 0), backlog: 4096));
            Receive<Tcp.Bound>(message => bound.SetResult(message.LocalAddress));
            Receive<Tcp.Connected>(_ =>
                Sender.Tell(new Tcp.Register(Context.ActorOf(Props.Create<Handler>(Sender)))));
        }
    }

    private sealed class Handler : ReceiveActor
    {
        public Handler(IActorRef connection)
        {
            Context.Watch(connection);
            Receive<Tcp.Received>(received => connection.Tell(Tcp.Write.Create(received.Data)));
            Receive<Tcp.ConnectionClosed>(_ => Context.Stop(Self));
            Receive<Terminated>(_ => Context.Stop(Self));
        }
    }
}
