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
