using Akka.IoActors.Tests.Conformance;
using Akka.IoActors.Tests.Support;
using Xunit;

namespace Akka.IoActors.Tests.Backends;

/// <summary>Files on the thread pool.</summary>
public sealed class ThreadPoolFileConformance(ThreadPoolFixture fixture)
    : FileConformance(fixture), IClassFixture<ThreadPoolFixture>;

/// <summary>Pipes, order, Close and Cancel on the thread pool.</summary>
public sealed class ThreadPoolStreamConformance(ThreadPoolFixture fixture)
    : StreamConformance(fixture), IClassFixture<ThreadPoolFixture>;

/// <summary>Sockets on the thread pool.</summary>
public sealed class ThreadPoolSocketConformance(ThreadPoolFixture fixture)
    : SocketConformance(fixture), IClassFixture<ThreadPoolFixture>;

/// <summary>Transfers, callbacks, polls and blocking calls on the thread pool.</summary>
public sealed class ThreadPoolTransferConformance(ThreadPoolFixture fixture)
    : TransferConformance(fixture), IClassFixture<ThreadPoolFixture>;

/// <summary>Idle waits on the thread pool.</summary>
public sealed class ThreadPoolIdleConformance(ThreadPoolFixture fixture)
    : IdleConformance(fixture), IClassFixture<ThreadPoolFixture>;

/// <summary>Vectors on the thread pool.</summary>
public sealed class ThreadPoolVectorConformance(ThreadPoolFixture fixture)
    : VectorConformance(fixture), IClassFixture<ThreadPoolFixture>;

/// <summary>Seeking on the thread pool.</summary>
public sealed class ThreadPoolSeekConformance(ThreadPoolFixture fixture)
    : SeekConformance(fixture), IClassFixture<ThreadPoolFixture>;

/// <summary>Receives into buffers of the backend's on threads alone.</summary>
public sealed class ThreadPoolPooledConformance(ThreadPoolFixture fixture)
    : PooledConformance(fixture), IClassFixture<ThreadPoolFixture>;

/// <summary>Operations on names on thread-pool.</summary>
public sealed class ThreadPoolNameConformance(ThreadPoolFixture fixture)
    : NameConformance(fixture), IClassFixture<ThreadPoolFixture>;

/// <summary>Making, naming and connecting sockets on thread-pool.</summary>
public sealed class ThreadPoolConnectConformance(ThreadPoolFixture fixture)
    : ConnectConformance(fixture), IClassFixture<ThreadPoolFixture>;

/// <summary>Subscriptions on threads.</summary>
public sealed class ThreadPoolSubscriptionConformance(ThreadPoolFixture fixture)
    : SubscriptionConformance(fixture), IClassFixture<ThreadPoolFixture>;
