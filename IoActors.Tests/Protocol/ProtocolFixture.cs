using System;
using Akka.Actor;
using Akka.IO;
using Akka.IoActors.Tests.Support;

namespace Akka.IoActors.Tests.Protocol;

/// <summary>Something that speaks Akka.IO's protocols: Akka.IO itself, or ours on one of the backends.</summary>
public abstract class ProtocolFixture : IDisposable
{
    /// <summary>Starts it.</summary>
    /// <param name="backend">The backend; null for Akka.IO.</param>
    /// <param name="loops">How many loops there are.</param>
    protected ProtocolFixture(string? backend, int loops = 1)
    {
        IsOurs = backend is not null;
        System = BackendFixture.Start(
            backend ?? "auto", FormattableString.Invariant($"io-actors.loops = {loops}\nakka.loglevel = OFF"));
        Tcp = IsOurs ? System.IoTcp() : System.Tcp();
        Udp = IsOurs ? System.IoUdp() : System.Udp();
        UdpConnected = IsOurs ? System.IoUdpConnected() : Akka.IO.UdpConnected.Instance.Apply(System).Manager;
    }

    /// <summary>Whether it is ours.</summary>
    public bool IsOurs { get; }

    /// <summary>The actor system.</summary>
    public ActorSystem System { get; }

    /// <summary>The manager for TCP.</summary>
    public IActorRef Tcp { get; }

    /// <summary>The manager for UDP.</summary>
    public IActorRef Udp { get; }

    /// <summary>The manager for UDP with a peer.</summary>
    public IActorRef UdpConnected { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        GC.SuppressFinalize(this);
        if (!System.Terminate().Wait(TimeSpan.FromSeconds(30)))
        {
            throw new TimeoutException("the actor system did not stop");
        }
    }
}

/// <summary>Akka.IO.</summary>
public sealed class AkkaIoFixture() : ProtocolFixture(null);

/// <summary>Ours on io_uring.</summary>
public sealed class IoUringProtocolFixture() : ProtocolFixture("io-uring");

/// <summary>Ours on two loops of io_uring.</summary>
public sealed class IoUringLoopsProtocolFixture() : ProtocolFixture("io-uring", 2);

/// <summary>Ours on epoll.</summary>
public sealed class EpollProtocolFixture() : ProtocolFixture("epoll");

/// <summary>Ours on three loops of epoll.</summary>
public sealed class EpollLoopsProtocolFixture() : ProtocolFixture("epoll", 3);

/// <summary>Ours on threads.</summary>
public sealed class ThreadPoolProtocolFixture() : ProtocolFixture("thread-pool");
