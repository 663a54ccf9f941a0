using System;
using Akka.Actor;

namespace Akka.IoActors;

/// <summary>
/// Binds the operations of an actor to its life: when it stops, whatever it has sent to this backend and not been
/// answered ends as by <see cref="Cancel"/>, and descriptors that were opened or accepted for it are closed. Without
/// it an idle wait of a stopped actor goes on until its peer speaks.
/// </summary>
/// <remarks>The reply is 0. To be sent once an actor and backend; it holds over restarts of the backend.</remarks>
public sealed class Own : IoOperation
{
    /// <summary>Makes the message.</summary>
    /// <param name="owner">The actor whose operations end with it.</param>
    /// <exception cref="ArgumentNullException">There is no actor.</exception>
    public Own(IActorRef owner)
        : base(null)
    {
        ArgumentNullException.ThrowIfNull(owner);
        Owner = owner;
    }

    /// <summary>The actor whose operations end with it.</summary>
    public IActorRef Owner { get; }

    /// <inheritdoc/>
    public override OperationKind Kind => OperationKind.Own;

    private protected override string Details => Owner.Path.ToString();
}
