using System.Net;
using Akka.Actor;
using Akka.IO;

namespace Akka.IoActors.Service.Echo;

// begin echo
/// <summary>Gives each connection back what it sends: a program of Akka.IO's protocol, on whose manager it is given.</summary>
internal sealed class EchoServer : ReceiveActor
{
    public EchoServer(IActorRef tcp, EndPoint address, IActorRef listener)
    {
        tcp.Tell(new Tcp.Bind(Self, address, backlog: 1024, pullMode: true));

        Receive<Tcp.Bound>(bound =>
        {
            Sender.Tell(new Tcp.ResumeAccepting(100));
            listener.Tell(bound);
            Become(() => Bound(Sender));
        });
        Receive<Tcp.CommandFailed>(listener.Tell);
    }

    private void Bound(IActorRef acceptor) => Receive<Tcp.Connected>(_ =>
    {
        Context.ActorOf(Props.Create<Echo>(Sender));
        acceptor.Tell(new Tcp.ResumeAccepting(1));
    });

    private sealed class Echo : ReceiveActor
    {
        public Echo(IActorRef connection)
        {
            connection.Tell(new Tcp.Register(Self));
            connection.Tell(Tcp.ResumeReading.Instance);

            // The next bytes are asked for when these have been written: a peer that does not read is not read from.
            Receive<Tcp.Received>(received => connection.Tell(Tcp.Write.Create(received.Data, new Written())));
            Receive<Written>(_ => connection.Tell(Tcp.ResumeReading.Instance));
            Receive<Tcp.ConnectionClosed>(_ => Context.Stop(Self));
        }

        private sealed class Written : Tcp.Event;
    }
}
// end echo
