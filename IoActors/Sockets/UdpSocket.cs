using System;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using Akka.Actor;
using Akka.Event;
using Akka.IO;

namespace Akka.IoActors.Sockets;

/// <summary>A UDP socket: what its three kinds have in common. On the loop that owns its descriptor.</summary>
internal abstract class UdpSocket : ActorBase, IWithTimers
{
    // The longest datagram.
    private const int MostBytes = 65535;

    private readonly IActorRef _backend;
    private readonly int _fd;
    private readonly bool _mapsToV6;

    private RecvMsg? _receive;
    private byte[]? _buffer;
    private bool _receiving;
    private bool _suspended;
    private bool _closing;

    /// <summary>What came while reading was suspended.</summary>
    private (ByteString Data, EndPoint? From)? _held;

    private protected UdpSocket(IoLoop loop, int fd, AddressFamily family)
    {
        _backend = loop.Backend;
        _fd = fd;
        _mapsToV6 = family == AddressFamily.InterNetworkV6;
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected ILoggingAdapter Log { get; } = Context.GetLogger();

    protected override bool Receive(object message)
    {
        switch (message)
        {
            case IoResult { Operation: RecvMsg } received:
                OnReceived(received);
                return true;
            case IoResult { Operation: SendMsg { Tag: Sending sending } } sent:
                OnSent(sent, sending);
                return true;
            case IoResult { Operation: Close }:
                OnClosed();
                Context.Stop(Self);
                return true;
            case Resolved { Sending: var sending } resolved:
                Start(sending, resolved.To);
                return true;
            case Rest:
                ReadOn();
                return true;
            case Terminated:
                CloseSocket();
                return true;
            default:
                return false;
        }
    }

    protected override void PostRestart(Exception reason) =>
        throw new InvalidOperationException("A socket does not start again.");

    protected override void PostStop() => CloseSocket();

    /// <summary>A datagram has come.</summary>
    protected abstract void Deliver(ByteString data, EndPoint? from);

    /// <summary>The socket is closed.</summary>
    protected virtual void OnClosed()
    {
    }

    /// <summary>Has the next datagram come, unless that is not wanted, or under way.</summary>
    protected void ReadOn()
    {
        if (_receiving || _suspended || _closing)
        {
            return;
        }

        if (_held is { } held)
        {
            _held = null;
            Deliver(held.Data, held.From);
        }

        _receiving = true;
        _backend.Tell(_receive ??= new RecvMsg(_fd, _buffer = new byte[MostBytes]) { Timeout = Timeout.InfiniteTimeSpan }, Self);
    }

    protected void SuspendReading() => _suspended = true;

    protected void ResumeReading()
    {
        _suspended = false;
        ReadOn();
    }

    /// <summary>Sends a datagram, in the order of these calls. An empty one is not sent, as Akka has it, but acknowledged.</summary>
    /// <param name="payload">The datagram.</param>
    /// <param name="to">Where to; null for where the socket is connected to.</param>
    /// <param name="ack">What the sender gets when it is sent; null for nothing.</param>
    /// <param name="failure">What he gets if it cannot be.</param>
    protected void Send(ByteString payload, EndPoint? to, object? ack, object failure)
    {
        if (payload.IsEmpty)
        {
            Tell(Sender, ack);
            return;
        }

        var sending = new Sending(payload.ToArray(), Sender, ack, failure);
        if (to is DnsEndPoint name)
        {
            Names.Resolve(name, null, ipv4Only: false, Context.System).PipeTo(
                Self,
                success: addresses => new Resolved(sending, addresses[0]),
                failure: _ => new Resolved(sending, null));
        }
        else
        {
            Start(sending, to);
        }
    }

    /// <summary>Closes the socket; the actor stops when that is done.</summary>
    protected void CloseSocket()
    {
        if (!_closing)
        {
            _closing = true;
            _backend.Tell(new Close(_fd), Self);
        }
    }

    private void Start(Sending sending, EndPoint? to)
    {
        if (_closing)
        {
            // The number may be another's by now.
            Tell(sending.Sender, sending.Failure);
            return;
        }

        if (to is IPEndPoint { AddressFamily: AddressFamily.InterNetwork } ip && _mapsToV6)
        {
            to = new IPEndPoint(ip.Address.MapToIPv6(), ip.Port);
        }

        _backend.Tell(new SendMsg(_fd, sending.Bytes, to) { Tag = sending }, Self);
    }

    private void OnReceived(IoResult received)
    {
        _receiving = false;
        if (received.IsSuccess)
        {
            var data = ByteString.CopyFrom(_buffer, 0, (int)received.Value);
            var from = Unmap(received.Message.Sender);
            if (_suspended)
            {
                _held = (data, from);
                return;
            }

            Deliver(data, from);
        }
        else if (received.Error is Errno.EBADF or Errno.ENOTSOCK or Errno.ECANCELED or Errno.ESHUTDOWN)
        {
            CloseSocket();
            return;
        }
        else if (received.Error is Errno.EAGAIN or Errno.ENOMEM or Errno.ENOBUFS)
        {
            Log.Warning("{0}: receiving rests for {1}.", received, Rest.Time);
            Rest.Begin(Timers);
            return;
        }
        else
        {
            // ECONNREFUSED and its like: what became of a datagram that was sent. The socket is none the worse.
            Log.Debug("{0}", received);
        }

        ReadOn();
    }

    private void OnSent(IoResult sent, Sending sending)
    {
        if (sent.IsSuccess)
        {
            Tell(sending.Sender, sending.Ack);
        }
        else if (sent.Error == Errno.ECONNREFUSED && !sending.IsSecond)
        {
            // The kernel reports what became of an earlier datagram, and has not sent this one.
            Start(sending with { IsSecond = true }, ((SendMsg)sent.Operation).To);
        }
        else
        {
            Log.Debug("{0}", sent);
            Tell(sending.Sender, sending.Failure);
        }
    }

    private static EndPoint? Unmap(EndPoint? from) => from is IPEndPoint { Address.IsIPv4MappedToIPv6: true } ip
        ? new IPEndPoint(ip.Address.MapToIPv4(), ip.Port)
        : from;

    private void Tell(IActorRef to, object? message)
    {
        if (message is not null)
        {
            to.Tell(message, Self);
        }
    }

    /// <summary>A datagram on its way.</summary>
    private sealed record Sending(byte[] Bytes, IActorRef Sender, object? Ack, object Failure)
    {
        internal bool IsSecond { get; init; }
    }

    private sealed record Resolved(Sending Sending, EndPoint? To) : LocalMessage;
}
