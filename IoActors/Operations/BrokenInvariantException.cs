using System;

namespace Akka.IoActors.Operations;

/// <summary>Something that cannot be has happened; the backend is restarted.</summary>
internal sealed class BrokenInvariantException(string message) : Exception(message);
