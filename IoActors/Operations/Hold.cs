using Akka.Actor;

namespace Akka.IoActors.Operations;

/// <summary>
/// The place that an operation on two descriptors takes in a lane of another loop. The loop of its first descriptor
/// carries it out; that of the second keeps the place, says when its turn has come, and lets no barrier pass until the
/// operation has ended. This very object is what both are sent.
/// </summary>
/// <remarks>
/// <code>
/// router ──Hold──▶ keeper: a place in the lane ──HoldGranted──▶ carrier: starts
///    └────Hold──▶ carrier: a slot                    keeper ◀──HoldEnded── carrier: has ended
/// </code>
/// The keeper is sent it first, so that it never hears of the end before the beginning. Two such operations must reach
/// both loops in the same order, or each could wait for the other: <see cref="Supervision.LoopRouter"/> sees to that.
/// </remarks>
internal sealed class Hold(IoOperation operation, IActorRef carrier, IActorRef keeper) : INoSerializationVerificationNeeded
{
    internal IoOperation Operation { get; } = operation;

    /// <summary>The loop of the first descriptor.</summary>
    internal IActorRef Carrier { get; } = carrier;

    /// <summary>The loop of the second.</summary>
    internal IActorRef Keeper { get; } = keeper;

    /// <summary>Whether the turn in the keeper's lane has come. Owned by the carrier's thread.</summary>
    internal bool IsGranted { get; set; }

    /// <summary>Why there is no place; None while there is one, or may be. Owned by the carrier's thread.</summary>
    internal Errno Refusal { get; set; }
}

/// <summary>Keeper to carrier: it is your turn.</summary>
internal sealed record HoldGranted(Hold Hold) : LocalMessage;

/// <summary>
/// To the carrier: the place is lost, and why. To the keeper, with None: the operation has ended.
/// </summary>
internal sealed record HoldEnded(Hold Hold, Errno Reason) : LocalMessage;

/// <summary>To the loop of a descriptor: another loop has just been given its number by Open or Accept.</summary>
internal sealed record Reopened(int Fd) : LocalMessage;
