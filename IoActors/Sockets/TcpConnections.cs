using System.Collections.Generic;
using System.Net;
using Akka.Actor;
using Akka.IO;

namespace Akka.IoActors.Sockets;

/// <summary>A connected socket that is to have its actor.</summary>
/// <param name="Fd">The descriptor.</param>
/// <param name="Remote">The peer; null where .NET has no name for it.</param>
/// <param name="Commander">Who hears of the connection.</param>
/// <param name="PullMode">Whether each read is to be asked for.</param>
/// <param name="Options">What is set once it is connected.</param>
/// <param name="Settings">Akka's settings for it.</param>
/// <param name="Listener">Who hears of its end, for his statistics; nobody for one that was connected from here.</param>
internal sealed record NewConnection(
    int Fd,
    EndPoint? Remote,
    IActorRef Commander,
    bool PullMode,
    IReadOnlyCollection<Inet.SocketOption> Options,
    TcpSettings Settings,
    IActorRef Listener) : LocalMessage, ICarriesDescriptor;

/// <summary>
/// The parent of the connections of one loop, on that loop: whoever has accepted or connected a socket hands it to the loop that
/// owns its descriptor.
/// </summary>
internal sealed class TcpConnections(IoLoop loop) : ActorBase
{
    protected override SupervisorStrategy SupervisorStrategy() => Tcp.ConnectionSupervisorStrategy;

    protected override bool Receive(object message)
    {
        if (message is not NewConnection connection)
        {
            return false;
        }

        Context.ActorOf(ConnectionMailbox.Of(Props.CreateBy(new Producer(loop, connection)).OnLoop(loop)));
        return true;
    }

    /// <summary>Makes the actor without reflection: there may be a thousand a second and more.</summary>
    private sealed class Producer(IoLoop loop, NewConnection connection) : IIndirectActorProducer
    {
        public System.Type ActorType => typeof(TcpConnection);

        public ActorBase Produce() => new TcpConnection(loop, connection);

        public void Release(ActorBase actor)
        {
        }
    }
}
