using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.Event;
using Akka.IO;
using Akka.IoActors.Supervision;

namespace Akka.IoActors.Sockets;

/// <summary>
/// Takes <see cref="Udp.Bind"/>, <see cref="Udp.SimpleSender"/> and <see cref="UdpConnected.Connect"/>, as Akka.IO's own managers do:
/// <c>system.IoUdp()</c> and <c>system.IoUdpConnected()</c> are this one actor.
/// </summary>
internal sealed class UdpManager : ActorBase
{
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly IoActorsExtension _io;
    private readonly ActorSystem _system = Context.System;
    private readonly SocketMaker _sockets;

    public UdpManager(IoActorsExtension io)
    {
        _io = io;
        _sockets = new SocketMaker(io.Client);
    }

    protected override SupervisorStrategy SupervisorStrategy() => Tcp.ConnectionSupervisorStrategy;

    protected override bool Receive(object message)
    {
        switch (message)
        {
            case Udp.Bind bind:
                Make(new Udp.CommandFailed(bind), Bind(bind, Sender));
                return true;
            case Udp.SimpleSender sender:
                Make(new Udp.CommandFailed(sender), MakeSender([.. sender.Options], Sender));
                return true;
            case UdpConnected.Connect connect:
                Make(new UdpConnected.CommandFailed(connect), Connect(connect, Sender));
                return true;
            case NewSocket socket:
                var loop = _io.LoopOf(socket.Fd);
                Context.ActorOf(Props.CreateBy(new Producer(loop, socket.Make)).OnLoop(loop));
                return true;
            case Failed failed:
                _log.Debug("{0}: {1}", failed.Message, failed.Cause.Message);
                failed.Commander.Tell(failed.Message, Self);
                return true;
            case Udp.Command command:
                Sender.Tell(new Udp.CommandFailed(command), Self);
                return true;
            case UdpConnected.Command command:
                Sender.Tell(new UdpConnected.CommandFailed(command), Self);
                return true;
            case IoSupervisor.StopServing:
                Context.Stop(Self);
                return true;
            default:
                return false;
        }
    }

    private void Make(object failure, Task<NewSocket> making)
    {
        var commander = Sender;
        making.PipeTo(Self, failure: e => new Failed(failure, commander, e));
    }

    private async Task<NewSocket> Bind(Udp.Bind bind, IActorRef commander)
    {
        Inet.SocketOption[] options = [.. bind.Options];
        EndPoint? local = null;
        var fd = await MakeSocket(bind.LocalAddress.AddressFamily, options, async fd =>
        {
            (await _io.Client.BindAsync(fd, bind.LocalAddress)).ThrowIfFailed();
            SocketOptionsOf.Apply(fd, options, static (option, socket) => (option as Inet.SocketOptionV2)?.AfterBind(socket));
            local = (await _io.Client.GetSockNameAsync(fd)).ThrowIfFailed().Address;
        });
        return new NewSocket(fd, loop => new UdpListener(loop, fd, local!, bind, commander));
    }

    private async Task<NewSocket> MakeSender(Inet.SocketOption[] options, IActorRef commander)
    {
        // One that reaches both families, where there are both.
        var family = Socket.OSSupportsIPv6 ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork;
        var fd = await MakeSocket(family, options, async fd =>
        {
            if (family == AddressFamily.InterNetworkV6)
            {
                (await _io.Client.SetSockOptAsync(fd, SocketOption.V6Only, 0)).ThrowIfFailed();
            }

            SocketOptionsOf.Apply(fd, options, static (option, socket) => option.AfterConnect(socket));
        });
        return new NewSocket(fd, loop => new UdpSender(loop, fd, family, commander));
    }

    private async Task<NewSocket> Connect(UdpConnected.Connect connect, IActorRef commander)
    {
        Inet.SocketOption[] options = [.. connect.Options];
        var remote = (await Names.Resolve(connect.RemoteAddress, null, ipv4Only: false, _system))[0];
        var fd = await MakeSocket(remote.AddressFamily, options, async fd =>
        {
            await _sockets.Connect(fd, connect.LocalAddress, remote, null);
            SocketOptionsOf.Apply(fd, options, static (option, socket) => option.AfterConnect(socket));
        });
        return new NewSocket(fd, loop => new UdpConnection(loop, fd, remote, connect, commander));
    }

    private Task<int> MakeSocket(AddressFamily family, Inet.SocketOption[] options, Func<int, Task> prepare) =>
        _sockets.Make(family, SocketType.Dgram, options, static (option, socket) => option.BeforeDatagramBind(socket), prepare);

    /// <summary>A socket that is to have its actor.</summary>
    private sealed record NewSocket(int Fd, Func<IoLoop, UdpSocket> Make) : LocalMessage, ICarriesDescriptor;

    private sealed record Failed(object Message, IActorRef Commander, Exception Cause) : LocalMessage;

    private sealed class Producer(IoLoop loop, Func<IoLoop, UdpSocket> make) : IIndirectActorProducer
    {
        public Type ActorType => typeof(UdpSocket);

        public ActorBase Produce() => make(loop);

        public void Release(ActorBase actor)
        {
        }
    }
}
