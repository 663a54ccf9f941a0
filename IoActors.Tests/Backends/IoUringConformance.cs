using Akka.IoActors.Tests.Conformance;
using Akka.IoActors.Tests.Support;
using Xunit;

namespace Akka.IoActors.Tests.Backends;

/// <summary>Files on io_uring.</summary>
public sealed class IoUringFileConformance(IoUringFixture fixture)
    : FileConformance(fixture), IClassFixture<IoUringFixture>;

/// <summary>Pipes, order, Close and Cancel on io_uring.</summary>
public sealed class IoUringStreamConformance(IoUringFixture fixture)
    : StreamConformance(fixture), IClassFixture<IoUringFixture>;

/// <summary>Sockets on io_uring.</summary>
public sealed class IoUringSocketConformance(IoUringFixture fixture)
    : SocketConformance(fixture), IClassFixture<IoUringFixture>;

/// <summary>Transfers, callbacks, polls and blocking calls on io_uring.</summary>
public sealed class IoUringTransferConformance(IoUringFixture fixture)
    : TransferConformance(fixture), IClassFixture<IoUringFixture>;

/// <summary>Idle waits on io_uring.</summary>
public sealed class IoUringIdleConformance(IoUringFixture fixture)
    : IdleConformance(fixture), IClassFixture<IoUringFixture>;

/// <summary>Vectors on io_uring.</summary>
public sealed class IoUringVectorConformance(IoUringFixture fixture)
    : VectorConformance(fixture), IClassFixture<IoUringFixture>;

/// <summary>Seeking on io_uring.</summary>
public sealed class IoUringSeekConformance(IoUringFixture fixture)
    : SeekConformance(fixture), IClassFixture<IoUringFixture>;

/// <summary>Receives into buffers of the backend's on io_uring.</summary>
public sealed class IoUringPooledConformance(IoUringFixture fixture)
    : PooledConformance(fixture), IClassFixture<IoUringFixture>;

/// <summary>Operations on names on io_uring.</summary>
public sealed class IoUringNameConformance(IoUringFixture fixture)
    : NameConformance(fixture), IClassFixture<IoUringFixture>;

/// <summary>Making, naming and connecting sockets on io_uring.</summary>
public sealed class IoUringConnectConformance(IoUringFixture fixture)
    : ConnectConformance(fixture), IClassFixture<IoUringFixture>;

/// <summary>Subscriptions on io_uring.</summary>
public sealed class IoUringSubscriptionConformance(IoUringFixture fixture)
    : SubscriptionConformance(fixture), IClassFixture<IoUringFixture>;
