using Akka.IoActors.Tests.Conformance;
using Akka.IoActors.Tests.Support;
using Xunit;

namespace Akka.IoActors.Tests.Backends;

/// <summary>Files on io_uring, on two loops.</summary>
public sealed class IoUringLoopsFileConformance(IoUringLoopsFixture fixture)
    : FileConformance(fixture), IClassFixture<IoUringLoopsFixture>;

/// <summary>Pipes, order, Close and Cancel on io_uring, on two loops.</summary>
public sealed class IoUringLoopsStreamConformance(IoUringLoopsFixture fixture)
    : StreamConformance(fixture), IClassFixture<IoUringLoopsFixture>;

/// <summary>Sockets on io_uring, on two loops.</summary>
public sealed class IoUringLoopsSocketConformance(IoUringLoopsFixture fixture)
    : SocketConformance(fixture), IClassFixture<IoUringLoopsFixture>;

/// <summary>Transfers, callbacks, polls and blocking calls on io_uring, on two loops.</summary>
public sealed class IoUringLoopsTransferConformance(IoUringLoopsFixture fixture)
    : TransferConformance(fixture), IClassFixture<IoUringLoopsFixture>;

/// <summary>Idle waits on io_uring, on two loops.</summary>
public sealed class IoUringLoopsIdleConformance(IoUringLoopsFixture fixture)
    : IdleConformance(fixture), IClassFixture<IoUringLoopsFixture>;

/// <summary>Vectors on io_uring, on two loops.</summary>
public sealed class IoUringLoopsVectorConformance(IoUringLoopsFixture fixture)
    : VectorConformance(fixture), IClassFixture<IoUringLoopsFixture>;

/// <summary>Seeking on io_uring, on two loops.</summary>
public sealed class IoUringLoopsSeekConformance(IoUringLoopsFixture fixture)
    : SeekConformance(fixture), IClassFixture<IoUringLoopsFixture>;

/// <summary>Receives into buffers of the backend's on io_uring, on two loops.</summary>
public sealed class IoUringLoopsPooledConformance(IoUringLoopsFixture fixture)
    : PooledConformance(fixture), IClassFixture<IoUringLoopsFixture>;

/// <summary>Operations on names on several loops of io_uring.</summary>
public sealed class IoUringLoopsNameConformance(IoUringLoopsFixture fixture)
    : NameConformance(fixture), IClassFixture<IoUringLoopsFixture>;

/// <summary>Making, naming and connecting sockets on several loops of io_uring.</summary>
public sealed class IoUringLoopsConnectConformance(IoUringLoopsFixture fixture)
    : ConnectConformance(fixture), IClassFixture<IoUringLoopsFixture>;

/// <summary>Subscriptions on several loops of io_uring.</summary>
public sealed class IoUringLoopsSubscriptionConformance(IoUringLoopsFixture fixture)
    : SubscriptionConformance(fixture), IClassFixture<IoUringLoopsFixture>;
