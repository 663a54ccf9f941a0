using System;
using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.IO;

namespace Akka.IoActors.Sockets;

/// <summary>A bound UDP socket: <see cref="Udp.Bind"/>.</summary>
internal sealed class UdpListener(IoLoop loop, int fd, EndPoint local, Udp.Bind bind, IActorRef commander)
    : UdpSocket(loop, fd, local.AddressFamily)
{
    private IActorRef _unbinder = ActorRefs.Nobody;

    protected override void PreStart()
    {
        Context.Watch(bind.Handler);
        commander.Tell(new Udp.Bound(local), Self);
        ReadOn();
    }

    protected override bool Receive(object message)
    {
        switch (message)
        {
            case Udp.Send send:
                Send(send.Payload, send.Target, send.WantsAck ? send.Ack : null, new Udp.CommandFailed(send));
                return true;
            case Udp.SuspendReading:
                SuspendReading();
                return true;
            case Udp.ResumeReading:
                ResumeReading();
                return true;
            case Udp.Unbind:
                _unbinder = Sender;
                CloseSocket();
                return true;
            default:
                return base.Receive(message);
        }
    }

    protected override void Deliver(ByteString data, EndPoint? from) => bind.Handler.Tell(new Udp.Received(data, from), Self);

    protected override void OnClosed() => _unbinder.Tell(Udp.Unbound.Instance, Self);
}

/// <summary>A UDP socket that only sends, to any address: <see cref="Udp.SimpleSender"/>.</summary>
internal sealed class UdpSender(IoLoop loop, int fd, AddressFamily family, IActorRef commander) : UdpSocket(loop, fd, family)
{
    protected override void PreStart() => commander.Tell(Udp.SimpleSenderReady.Instance, Self);

    protected override bool Receive(object message)
    {
        if (message is Udp.Send send)
        {
            Send(send.Payload, send.Target, send.WantsAck ? send.Ack : null, new Udp.CommandFailed(send));
            return true;
        }

        return base.Receive(message);
    }

    protected override void Deliver(ByteString data, EndPoint? from) => throw new NotSupportedException("it never receives");
}

/// <summary>A UDP socket with one peer: <see cref="UdpConnected.Connect"/>.</summary>
internal sealed class UdpConnection(IoLoop loop, int fd, EndPoint remote, UdpConnected.Connect connect, IActorRef commander)
    : UdpSocket(loop, fd, remote.AddressFamily)
{
    private IActorRef _disconnecter = ActorRefs.Nobody;

    protected override void PreStart()
    {
        Context.Watch(connect.Handler);
        commander.Tell(UdpConnected.Connected.Instance, Self);
        ReadOn();
    }

    protected override bool Receive(object message)
    {
        switch (message)
        {
            case UdpConnected.Send send:
                Send(send.Payload, null, send.WantsAck ? send.Ack : null, new UdpConnected.CommandFailed(send));
                return true;
            case UdpConnected.SuspendReading:
                SuspendReading();
                return true;
            case UdpConnected.ResumeReading:
                ResumeReading();
                return true;
            case UdpConnected.Disconnect:
                _disconnecter = Sender;
                CloseSocket();
                return true;
            default:
                return base.Receive(message);
        }
    }

    protected override void Deliver(ByteString data, EndPoint? from) =>
        connect.Handler.Tell(new UdpConnected.Received(data), Self);

    protected override void OnClosed() => _disconnecter.Tell(UdpConnected.Disconnected.Instance, Self);
}
