using System;

namespace Akka.IoActors.Backends;

/// <summary>The executor of a backend has become unusable: its supervisor restarts it.</summary>
internal sealed class BackendFailedException(Exception cause)
    : Exception($"the backend's executor failed: {cause.Message}", cause);
