using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.Event;
using Akka.IO;
using Akka.IoActors.Supervision;

namespace Akka.IoActors.Sockets;

/// <summary>
/// Takes <see cref="Tcp.Bind"/> and <see cref="Tcp.Connect"/>, as Akka.IO's own manager does: <c>system.IoTcp()</c>. Sockets are
/// made by the operations of the service; once there is one, an actor on the loop that owns it does the rest.
/// </summary>
internal sealed class TcpManager : ActorBase
{
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly IoActorsExtension _io;
    private readonly TcpSettings _settings;
    private readonly ActorSystem _system = Context.System;
    private readonly SocketMaker _sockets;
    private readonly List<IActorRef> _connections = [];

    public TcpManager(IoActorsExtension io)
    {
        _io = io;
        _settings = TcpSettings.Create(Context.System);
        _sockets = new SocketMaker(io.Client);
    }

    protected override SupervisorStrategy SupervisorStrategy() => Tcp.ConnectionSupervisorStrategy;

    protected override void PreStart()
    {
        foreach (var loop in _io.Loops)
        {
            _connections.Add(Context.ActorOf(
                Props.Create(() => new TcpConnections(loop)).OnLoop(loop), FormattableString.Invariant($"connections-{loop.Index}")));
        }
    }

    protected override bool Receive(object message)
    {
        switch (message)
        {
            case Tcp.Bind bind:
                Bind(bind, Sender).PipeTo(Self);
                return true;
            case Tcp.Connect connect:
                Connect(connect, Sender).PipeTo(Self);
                return true;
            case Listening listening:
                var loop = _io.LoopOf(listening.Fd);
                var settings = listening.Bind.TcpSettings ?? _settings;
                Func<int, IActorRef> connectionsOf = ConnectionsOf;
                Context.ActorOf(Props.Create(() => new TcpListener(loop, listening, settings, connectionsOf)).OnLoop(loop));
                return true;
            case NewConnection connection:
                ConnectionsOf(connection.Fd).Tell(connection, Self);
                return true;
            case Failed failed:
                _log.Debug("{0}: {1}", failed.Command, failed.Cause.Message);
                failed.Commander.Tell(failed.Command.FailureMessage.WithCause(failed.Cause), Self);
                return true;
            case Tcp.Command command:
                Sender.Tell(command.FailureMessage.WithCause(new ArgumentException(
                    $"{command.GetType().Name} is for a connection or listener, the sender of Connected or Bound; the manager takes Bind and Connect.")));
                return true;
            case IoSupervisor.StopServing:
                Context.Stop(Self);
                return true;
            default:
                return false;
        }
    }

    private IActorRef ConnectionsOf(int fd) => _connections[_io.LoopOf(fd).Index];

    private async Task<object> Bind(Tcp.Bind bind, IActorRef commander)
    {
        try
        {
            EndPoint? name = null;
            var fd = await _sockets.Make(
                bind.LocalAddress.AddressFamily, SocketType.Stream, [.. bind.Options],
                static (option, socket) => option.BeforeServerSocketBind(socket),
                async fd =>
                {
                    await _sockets.Bind(fd, bind.LocalAddress);
                    (await _io.Client.ListenAsync(fd, bind.Backlog)).ThrowIfFailed();
                    name = (await _io.Client.GetSockNameAsync(fd)).ThrowIfFailed().Address;
                });
            return new Listening(fd, name, bind, commander);
        }
        catch (Exception e)
        {
            return new Failed(bind, commander, e);
        }
    }

    private async Task<object> Connect(Tcp.Connect connect, IActorRef commander)
    {
        try
        {
            var settings = connect.TcpSettings ?? _settings;
            var begin = Stopwatch.GetTimestamp();
            var timeout = connect.Timeout == Timeout.InfiniteTimeSpan ? null : connect.Timeout;
            Exception? failure = null;
            foreach (var address in await Names.Resolve(
                connect.RemoteAddress, timeout, settings.OutgoingSocketForceIpv4, _system))
            {
                try
                {
                    Inet.SocketOption[] options = [.. connect.Options];
                    var fd = await _sockets.Make(
                        address.AddressFamily, SocketType.Stream, options, static (option, socket) => option.BeforeConnect(socket),
                        fd => _sockets.Connect(
                            fd, connect.LocalAddress, address, timeout - Stopwatch.GetElapsedTime(begin)));
                    return new NewConnection(fd, address, commander, connect.PullMode, options, settings, ActorRefs.Nobody);
                }
                catch (Exception e) when (e is IoException or SocketException)
                {
                    failure ??= e;
                }
            }

            return new Failed(connect, commander, failure!);
        }
        catch (Exception e)
        {
            return new Failed(connect, commander, e);
        }
    }

    private sealed record Failed(Tcp.Command Command, IActorRef Commander, Exception Cause) : LocalMessage;
}

/// <summary>A socket that listens.</summary>
/// <param name="Fd">The descriptor.</param>
/// <param name="Address">What it is bound to.</param>
/// <param name="Bind">What was wanted.</param>
/// <param name="Commander">Who wants it.</param>
internal sealed record Listening(int Fd, EndPoint? Address, Tcp.Bind Bind, IActorRef Commander) : LocalMessage, ICarriesDescriptor;
