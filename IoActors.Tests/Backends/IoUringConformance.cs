using Akka.IoActors.Tests.Conformance;
using Akka.IoActors.Tests.Support;
using Xunit;

namespace Akka.IoActors.Tests.Backends;

/// <summary>Files on io_uring.</summary>
public sealed class IoUringFileConformance(IoUringFixture fixture)
    : FileConformance(fixture), IClassFixture<IoUringFixture>;
