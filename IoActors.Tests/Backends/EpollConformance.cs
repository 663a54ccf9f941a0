using Akka.IoActors.Tests.Conformance;
using Akka.IoActors.Tests.Support;
using Xunit;

namespace Akka.IoActors.Tests.Backends;

/// <summary>Files on epoll.</summary>
public sealed class EpollFileConformance(EpollFixture fixture)
    : FileConformance(fixture), IClassFixture<EpollFixture>;

/// <summary>Pipes, order, Close and Cancel on epoll.</summary>
public sealed class EpollStreamConformance(EpollFixture fixture)
    : StreamConformance(fixture), IClassFixture<EpollFixture>;

/// <summary>Sockets on epoll.</summary>
public sealed class EpollSocketConformance(EpollFixture fixture)
    : SocketConformance(fixture), IClassFixture<EpollFixture>;

/// <summary>Transfers, callbacks, polls and blocking calls on epoll.</summary>
public sealed class EpollTransferConformance(EpollFixture fixture)
    : TransferConformance(fixture), IClassFixture<EpollFixture>;

/// <summary>Idle waits on epoll.</summary>
public sealed class EpollIdleConformance(EpollFixture fixture)
    : IdleConformance(fixture), IClassFixture<EpollFixture>;

/// <summary>Vectors on epoll.</summary>
public sealed class EpollVectorConformance(EpollFixture fixture)
    : VectorConformance(fixture), IClassFixture<EpollFixture>;

/// <summary>Seeking on epoll.</summary>
public sealed class EpollSeekConformance(EpollFixture fixture)
    : SeekConformance(fixture), IClassFixture<EpollFixture>;

/// <summary>Receives into buffers of the backend's on epoll.</summary>
public sealed class EpollPooledConformance(EpollFixture fixture)
    : PooledConformance(fixture), IClassFixture<EpollFixture>;

/// <summary>Operations on names on epoll.</summary>
public sealed class EpollNameConformance(EpollFixture fixture)
    : NameConformance(fixture), IClassFixture<EpollFixture>;

/// <summary>Making, naming and connecting sockets on epoll.</summary>
public sealed class EpollConnectConformance(EpollFixture fixture)
    : ConnectConformance(fixture), IClassFixture<EpollFixture>;

/// <summary>Subscriptions on epoll.</summary>
public sealed class EpollSubscriptionConformance(EpollFixture fixture)
    : SubscriptionConformance(fixture), IClassFixture<EpollFixture>;
