using System;
using System.Net;
using System.Net.Sockets;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.Configuration;
using Akka.IO;

namespace Akka.IoActors.Benchmarks.Sides;

/// <summary>
/// One program, an echo actor a connection, or one for all datagrams (<c>mode=udp</c>), on either manager: Akka.IO's
/// (<c>stack=akka</c>) or ours (<c>stack=ours</c>). With <c>handlers=loop</c> a handler lives on its connection's loop; with <c>listeners=2</c> two listeners share
/// the port by SO_REUSEPORT.
/// </summary>
internal sealed class ProtocolEchoServer : IEchoServer
{
    private readonly ActorSystem _system;

    public ProtocolEchoServer(SideSpec spec)
    {
        _system = MakeSystem(spec);
        var bound = new TaskCompletionSource<EndPoint>(TaskCreationOptions.RunContinuationsAsynchronously);
        var isOurs = spec.Get("stack") == "ours";
        if (spec.Get("mode") == "udp")
        {
            var manager = isOurs ? _system.IoUdp() : _system.Udp();
            _system.ActorOf(Props.Create(() => new Datagrams(manager, bound)));
        }
        else
        {
            var manager = isOurs ? _system.IoTcp() : _system.Tcp();
            var onLoop = spec.Get("handlers") == "loop";
            var listeners = spec.Number("listeners");
            _system.ActorOf(Props.Create(() => new Listener(manager, onLoop, listeners, bound)));
        }

        Address = bound.Task.GetAwaiter().GetResult();
    }

    public EndPoint Address { get; }

    /// <summary>An actor system with an I/O service of the backend and loops that are asked for.</summary>
    internal static ActorSystem MakeSystem(SideSpec spec) => ActorSystem.Create("echo", ConfigurationFactory.ParseString(
        $$"""
        io-actors.backend = {{spec.Get("backend", "io-uring")}}
        io-actors.loops = {{spec.Number("loops")}}
        {{(spec.Get("spin") is { Length: > 0 } spin ? $"io-actors.loop-dispatcher.spin = {spin}" : "")}}
        akka.loglevel = ERROR
        """));

    public async ValueTask DisposeAsync() => await _system.Terminate();

    private sealed class Listener : ReceiveActor
    {
        public Listener(IActorRef manager, bool onLoop, int listeners, TaskCompletionSource<EndPoint> bound)
        {
            var count = 0;
            Bind(new IPEndPoint(IPAddress.Loopback, 0));
            Receive<Tcp.Bound>(message =>
            {
                if (++count < listeners)
                {
                    Bind(message.LocalAddress);
                }
                else
                {
                    bound.SetResult(message.LocalAddress);
                }
            });
            Receive<Tcp.Connected>(_ =>
            {
                var handler = Props.Create<Handler>(Sender);
                var placed = onLoop ? handler.OnLoop(Context.System.IoActors().LoopOf(Sender)!) : handler;
                Sender.Tell(new Tcp.Register(Context.ActorOf(placed)));
            });

            void Bind(EndPoint address) => manager.Tell(
                new Tcp.Bind(Self, address, backlog: 4096, options: listeners > 1 ? [new ReusePort()] : null));
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

    private sealed class Datagrams : ReceiveActor
    {
        public Datagrams(IActorRef manager, TaskCompletionSource<EndPoint> bound)
        {
            manager.Tell(new Udp.Bind(Self, new IPEndPoint(IPAddress.Loopback, 0)));
            Receive<Udp.Bound>(message => bound.SetResult(message.LocalAddress));
            Receive<Udp.Received>(received => Sender.Tell(Udp.Send.Create(received.Data, received.Sender)));
        }
    }

    /// <summary>SO_REUSEPORT.</summary>
    private sealed class ReusePort : Inet.SocketOption
    {
        private const int SocketLevel = 1;
        private const int Name = 15;

        public override void BeforeServerSocketBind(Socket ss) => ss.SetRawSocketOption(SocketLevel, Name, BitConverter.GetBytes(1));
    }
}
