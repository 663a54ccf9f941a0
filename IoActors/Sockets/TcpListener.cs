using System;
using System.Collections.Generic;
using System.Net;
using System.Threading;
using Akka.Actor;
using Akka.Event;
using Akka.IO;

namespace Akka.IoActors.Sockets;

/// <summary>
/// A listening socket, on the loop that owns it. What it accepts goes to the loops that own the new descriptors, which spreads
/// them evenly: the kernel gives numbers out in a row.
/// </summary>
internal sealed class TcpListener : ActorBase, IWithTimers
{
    private static readonly TimeSpan s_statisticsEvery = TimeSpan.FromSeconds(10);

    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Listening _listening;
    private readonly Tcp.Bind _bind;
    private readonly TcpSettings _settings;
    private readonly IReadOnlyCollection<Inet.SocketOption> _options;
    private readonly IActorRef _backend;
    private readonly Func<int, IActorRef> _connectionsOf;
    private readonly HashSet<IActorRef> _subscribers = [];

    /// <summary>Connections that are wanted, without those in flight; a few at once are asked for.</summary>
    private long _wanted;
    private int _inFlight;
    private bool _rests;

    private bool _isClosing;
    private bool _closeSent;
    private IActorRef _unbinder = ActorRefs.Nobody;

    private long _accepted;
    private long _failed;
    private long _retried;
    private long _ended;

    public TcpListener(IoLoop loop, Listening listening, TcpSettings settings, Func<int, IActorRef> connectionsOf)
    {
        _backend = loop.Backend;
        _listening = listening;
        _bind = listening.Bind;
        _settings = settings;
        _options = [.. _bind.Options];
        _connectionsOf = connectionsOf;
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private int AtOnce => int.Max(1, _settings.BatchAcceptLimit);

    private Tcp.TcpListenerStatistics Statistics => new()
    {
        AcceptedIncomingConnections = _accepted,
        FailedIncomingConnections = _failed,
        RetriedIncomingConnections = _retried,
        IncomingConnectionsClosed = _ended,
    };

    protected override void PreStart()
    {
        Context.Watch(_bind.Handler);
        _listening.Commander.Tell(new Tcp.Bound(_listening.Address), Self);
        AcceptMore(_bind.PullMode ? 0 : AtOnce);
    }

    protected override bool Receive(object message)
    {
        switch (message)
        {
            case IoResult { Operation: Accept } accepted:
                OnAccepted(accepted);
                return true;
            case IoResult { Operation: Unlink } unlinked:
                if (!unlinked.IsSuccess)
                {
                    _log.Debug("{0}", unlinked);
                }

                SendClose();
                return true;
            case IoResult { Operation: Close }:
                _unbinder.Tell(Tcp.Unbound.Instance, Self);
                Context.Stop(Self);
                return true;
            case ConnectionEnded:
                _ended++;
                return true;
            case Tcp.ResumeAccepting more when _bind.PullMode:
                AcceptMore(int.Max(0, more.BatchSize));
                return true;
            case Tcp.ResumeAccepting:
                return true;
            case Rest:
                _rests = false;
                AcceptMore(0);
                return true;
            case Tcp.Unbind:
                _unbinder = Sender;
                CloseSocket();
                return true;
            case Terminated terminated when terminated.ActorRef.Equals(_bind.Handler):
                _log.Info("The handler of the connections to {0} has stopped: so does the listener.", _listening.Address);
                CloseSocket();
                return true;
            case Terminated terminated:
                Unsubscribe(terminated.ActorRef);
                return true;
            case Tcp.SubscribeToTcpListenerStats subscribe:
                Subscribe(subscribe.Subscriber);
                return true;
            case Tcp.UnsubscribeFromTcpListenerStats unsubscribe:
                Context.Unwatch(unsubscribe.Subscriber);
                Unsubscribe(unsubscribe.Subscriber);
                return true;
            case PublishStatistics:
                foreach (var subscriber in _subscribers)
                {
                    subscriber.Tell(Statistics, Self);
                }

                return true;
            default:
                return false;
        }
    }

    protected override void PostRestart(Exception reason) =>
        throw new InvalidOperationException("A listener does not start again: its socket is gone.");

    protected override void PostStop()
    {
        // If it was stopped from outside, nothing of this has been done, or not all of it.
        CloseSocket();
        SendClose();
    }

    private void AcceptMore(int count)
    {
        _wanted += count;
        while (_wanted > 0 && _inFlight < AtOnce && !_rests && !_isClosing)
        {
            _wanted--;
            _inFlight++;
            _backend.Tell(new Accept(_listening.Fd) { Timeout = Timeout.InfiniteTimeSpan }, Self);
        }
    }

    private void OnAccepted(IoResult accepted)
    {
        _inFlight--;
        if (accepted.IsSuccess)
        {
            _accepted++;
            var remote = accepted.Peer;
            var fd = (int)accepted.Value;
            _connectionsOf(fd).Tell(new NewConnection(fd, remote, _bind.Handler, _bind.PullMode, _options, _settings, Self), Self);
            AcceptMore(_bind.PullMode ? 0 : 1);
        }
        else if (_isClosing)
        {
            return;
        }
        else if (Rest.IsFor(accepted.Error))
        {
            _retried++;
            _wanted++;
            if (!_rests)
            {
                _rests = true;
                _log.Warning("{0}: accepting rests for {1}.", accepted, Rest.Time);
                Rest.Begin(Timers);
            }
        }
        else if (accepted.Error is Errno.EBADF or Errno.EINVAL or Errno.ENOTSOCK or Errno.EOPNOTSUPP or Errno.ECANCELED or Errno.ESHUTDOWN)
        {
            _failed++;
            _log.Error("{0}: the listener stops.", accepted);
            CloseSocket();
        }
        else
        {
            // accept(2): ECONNABORTED, and what the network has done to one connection. The listener is none the worse.
            _retried++;
            AcceptMore(1);
        }
    }

    private void CloseSocket()
    {
        if (!_isClosing)
        {
            _isClosing = true;
            if (SocketMaker.PathOf(_listening.Address) is { } path)
            {
                // First, while it is still ours: nobody takes the name of one that listens.
                _backend.Tell(new Unlink(path), Self);
            }
            else
            {
                SendClose();
            }
        }
    }

    /// <summary>Once: a second Close could find the number with another.</summary>
    private void SendClose()
    {
        if (!_closeSent)
        {
            _closeSent = true;
            _backend.Tell(new Close(_listening.Fd), Self);
        }
    }

    private void Subscribe(IActorRef subscriber)
    {
        if (!_subscribers.Add(subscriber))
        {
            return;
        }

        Context.Watch(subscriber);
        subscriber.Tell(Statistics, Self);
        Timers.StartPeriodicTimer(PublishStatistics.Instance, PublishStatistics.Instance, s_statisticsEvery);
    }

    private void Unsubscribe(IActorRef subscriber)
    {
        if (_subscribers.Remove(subscriber) && _subscribers.Count == 0)
        {
            Timers.Cancel(PublishStatistics.Instance);
        }
    }

    /// <summary>A connection that came from here has ended.</summary>
    internal sealed class ConnectionEnded : INoSerializationVerificationNeeded, IDeadLetterSuppression
    {
        internal static readonly ConnectionEnded Instance = new();
    }

    private sealed class PublishStatistics
    {
        internal static readonly PublishStatistics Instance = new();
    }
}
