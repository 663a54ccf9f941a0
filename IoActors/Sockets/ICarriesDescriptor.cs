using Akka.Actor;

namespace Akka.IoActors.Sockets;

/// <summary>
/// A message with a descriptor that is to have its actor. If it reaches nobody, because the service stops, the descriptor is closed
/// (<see cref="Supervision.UndeliveredOperations"/>): the law of no orphan.
/// </summary>
internal interface ICarriesDescriptor : INoSerializationVerificationNeeded
{
    /// <summary>The descriptor, on which nothing is going on yet.</summary>
    int Fd { get; }
}
