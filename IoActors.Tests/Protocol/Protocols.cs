using Xunit;

namespace Akka.IoActors.Tests.Protocol;

/// <summary>Akka.IO's Tcp: what is asked of ours is true of it.</summary>
public sealed class AkkaIoTcpSpec(AkkaIoFixture fixture) : TcpSpec(fixture), IClassFixture<AkkaIoFixture>;

/// <summary>Tcp on io_uring.</summary>
public sealed class IoUringTcpSpec(IoUringProtocolFixture fixture) : TcpSpec(fixture), IClassFixture<IoUringProtocolFixture>;

/// <summary>Tcp on two loops of io_uring.</summary>
public sealed class IoUringLoopsTcpSpec(IoUringLoopsProtocolFixture fixture)
    : TcpSpec(fixture), IClassFixture<IoUringLoopsProtocolFixture>;

/// <summary>Tcp on epoll.</summary>
public sealed class EpollTcpSpec(EpollProtocolFixture fixture) : TcpSpec(fixture), IClassFixture<EpollProtocolFixture>;

/// <summary>Tcp on three loops of epoll.</summary>
public sealed class EpollLoopsTcpSpec(EpollLoopsProtocolFixture fixture) : TcpSpec(fixture), IClassFixture<EpollLoopsProtocolFixture>;

/// <summary>Tcp on threads.</summary>
public sealed class ThreadPoolTcpSpec(ThreadPoolProtocolFixture fixture) : TcpSpec(fixture), IClassFixture<ThreadPoolProtocolFixture>;

/// <summary>Beyond Akka.IO, on io_uring.</summary>
public sealed class IoUringTcpBeyondSpec(IoUringProtocolFixture fixture)
    : TcpBeyondSpec(fixture), IClassFixture<IoUringProtocolFixture>;

/// <summary>Beyond Akka.IO, on two loops of io_uring.</summary>
public sealed class IoUringLoopsTcpBeyondSpec(IoUringLoopsProtocolFixture fixture)
    : TcpBeyondSpec(fixture), IClassFixture<IoUringLoopsProtocolFixture>;

/// <summary>Beyond Akka.IO, on epoll.</summary>
public sealed class EpollTcpBeyondSpec(EpollProtocolFixture fixture)
    : TcpBeyondSpec(fixture), IClassFixture<EpollProtocolFixture>;

/// <summary>Beyond Akka.IO, on three loops of epoll.</summary>
public sealed class EpollLoopsTcpBeyondSpec(EpollLoopsProtocolFixture fixture)
    : TcpBeyondSpec(fixture), IClassFixture<EpollLoopsProtocolFixture>;

/// <summary>Beyond Akka.IO, on threads.</summary>
public sealed class ThreadPoolTcpBeyondSpec(ThreadPoolProtocolFixture fixture)
    : TcpBeyondSpec(fixture), IClassFixture<ThreadPoolProtocolFixture>;

/// <summary>Udp, as Akka.IO has it.</summary>
public sealed class AkkaIoUdpSpec(AkkaIoFixture fixture) : UdpSpec(fixture), IClassFixture<AkkaIoFixture>;

/// <summary>Udp, on io_uring.</summary>
public sealed class IoUringUdpSpec(IoUringProtocolFixture fixture) : UdpSpec(fixture), IClassFixture<IoUringProtocolFixture>;

/// <summary>Udp, on two loops of io_uring.</summary>
public sealed class IoUringLoopsUdpSpec(IoUringLoopsProtocolFixture fixture) : UdpSpec(fixture), IClassFixture<IoUringLoopsProtocolFixture>;

/// <summary>Udp, on epoll.</summary>
public sealed class EpollUdpSpec(EpollProtocolFixture fixture) : UdpSpec(fixture), IClassFixture<EpollProtocolFixture>;

/// <summary>Udp, on three loops of epoll.</summary>
public sealed class EpollLoopsUdpSpec(EpollLoopsProtocolFixture fixture) : UdpSpec(fixture), IClassFixture<EpollLoopsProtocolFixture>;

/// <summary>Udp, on threads.</summary>
public sealed class ThreadPoolUdpSpec(ThreadPoolProtocolFixture fixture) : UdpSpec(fixture), IClassFixture<ThreadPoolProtocolFixture>;

/// <summary>Udp beyond Akka.IO, on io_uring.</summary>
public sealed class IoUringUdpBeyondSpec(IoUringProtocolFixture fixture) : UdpBeyondSpec(fixture), IClassFixture<IoUringProtocolFixture>;

/// <summary>Udp beyond Akka.IO, on two loops of io_uring.</summary>
public sealed class IoUringLoopsUdpBeyondSpec(IoUringLoopsProtocolFixture fixture) : UdpBeyondSpec(fixture), IClassFixture<IoUringLoopsProtocolFixture>;

/// <summary>Udp beyond Akka.IO, on epoll.</summary>
public sealed class EpollUdpBeyondSpec(EpollProtocolFixture fixture) : UdpBeyondSpec(fixture), IClassFixture<EpollProtocolFixture>;

/// <summary>Udp beyond Akka.IO, on three loops of epoll.</summary>
public sealed class EpollLoopsUdpBeyondSpec(EpollLoopsProtocolFixture fixture) : UdpBeyondSpec(fixture), IClassFixture<EpollLoopsProtocolFixture>;

/// <summary>Udp beyond Akka.IO, on threads.</summary>
public sealed class ThreadPoolUdpBeyondSpec(ThreadPoolProtocolFixture fixture) : UdpBeyondSpec(fixture), IClassFixture<ThreadPoolProtocolFixture>;

/// <summary>Many connections and broken rings, on io_uring.</summary>
public sealed class IoUringTcpEndurance(IoUringProtocolFixture fixture)
    : TcpEndurance(fixture), IClassFixture<IoUringProtocolFixture>;

/// <summary>Many connections and broken rings, on two loops of io_uring.</summary>
public sealed class IoUringLoopsTcpEndurance(IoUringLoopsProtocolFixture fixture)
    : TcpEndurance(fixture), IClassFixture<IoUringLoopsProtocolFixture>;

/// <summary>Many connections and broken rings, on epoll.</summary>
public sealed class EpollTcpEndurance(EpollProtocolFixture fixture)
    : TcpEndurance(fixture), IClassFixture<EpollProtocolFixture>;

/// <summary>Many connections and broken rings, on three loops of epoll.</summary>
public sealed class EpollLoopsTcpEndurance(EpollLoopsProtocolFixture fixture)
    : TcpEndurance(fixture), IClassFixture<EpollLoopsProtocolFixture>;

/// <summary>Many connections and broken rings, on threads.</summary>
public sealed class ThreadPoolTcpEndurance(ThreadPoolProtocolFixture fixture)
    : TcpEndurance(fixture), IClassFixture<ThreadPoolProtocolFixture>;

/// <summary>Clients of others, on io_uring.</summary>
public sealed class IoUringRealClients(IoUringProtocolFixture fixture) : RealClients(fixture), IClassFixture<IoUringProtocolFixture>;

/// <summary>Clients of others, on epoll.</summary>
public sealed class EpollRealClients(EpollProtocolFixture fixture) : RealClients(fixture), IClassFixture<EpollProtocolFixture>;

/// <summary>Clients of others, on threads.</summary>
public sealed class ThreadPoolRealClients(ThreadPoolProtocolFixture fixture) : RealClients(fixture), IClassFixture<ThreadPoolProtocolFixture>;
