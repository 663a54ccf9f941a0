using Akka.IoActors.Tests.Conformance;
using Akka.IoActors.Tests.Support;
using Xunit;

namespace Akka.IoActors.Tests.Backends;

/// <summary>Files on epoll, on three loops.</summary>
public sealed class EpollLoopsFileConformance(EpollLoopsFixture fixture)
    : FileConformance(fixture), IClassFixture<EpollLoopsFixture>;

/// <summary>Pipes, order, Close and Cancel on epoll, on three loops.</summary>
public sealed class EpollLoopsStreamConformance(EpollLoopsFixture fixture)
    : StreamConformance(fixture), IClassFixture<EpollLoopsFixture>;

/// <summary>Sockets on epoll, on three loops.</summary>
public sealed class EpollLoopsSocketConformance(EpollLoopsFixture fixture)
    : SocketConformance(fixture), IClassFixture<EpollLoopsFixture>;

/// <summary>Transfers, callbacks, polls and blocking calls on epoll, on three loops.</summary>
public sealed class EpollLoopsTransferConformance(EpollLoopsFixture fixture)
    : TransferConformance(fixture), IClassFixture<EpollLoopsFixture>;

/// <summary>Idle waits on epoll, on three loops.</summary>
public sealed class EpollLoopsIdleConformance(EpollLoopsFixture fixture)
    : IdleConformance(fixture), IClassFixture<EpollLoopsFixture>;

/// <summary>Vectors on epoll, on three loops.</summary>
public sealed class EpollLoopsVectorConformance(EpollLoopsFixture fixture)
    : VectorConformance(fixture), IClassFixture<EpollLoopsFixture>;

/// <summary>Seeking on epoll, on three loops.</summary>
public sealed class EpollLoopsSeekConformance(EpollLoopsFixture fixture)
    : SeekConformance(fixture), IClassFixture<EpollLoopsFixture>;

/// <summary>Receives into buffers of the backend's on epoll, on three loops.</summary>
public sealed class EpollLoopsPooledConformance(EpollLoopsFixture fixture)
    : PooledConformance(fixture), IClassFixture<EpollLoopsFixture>;

/// <summary>Operations on names on several loops of epoll.</summary>
public sealed class EpollLoopsNameConformance(EpollLoopsFixture fixture)
    : NameConformance(fixture), IClassFixture<EpollLoopsFixture>;

/// <summary>Making, naming and connecting sockets on several loops of epoll.</summary>
public sealed class EpollLoopsConnectConformance(EpollLoopsFixture fixture)
    : ConnectConformance(fixture), IClassFixture<EpollLoopsFixture>;

/// <summary>Subscriptions on several loops of epoll.</summary>
public sealed class EpollLoopsSubscriptionConformance(EpollLoopsFixture fixture)
    : SubscriptionConformance(fixture), IClassFixture<EpollLoopsFixture>;
