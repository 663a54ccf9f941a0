namespace Akka.IoActors;

/// <summary>
/// Hands to the kernel, at once, what has been prepared and not yet submitted. Never needed for
/// progress: a loop does so by itself before it rests.
/// </summary>
/// <remarks>
/// The reply is the number of operations that were flushed, 0 on a backend that does not batch.
/// <c>io_uring_enter(2)</c>.
/// </remarks>
public sealed class Flush : IoOperation
{
    /// <summary>Makes the message.</summary>
    public Flush()
        : base(null)
    {
    }

    /// <inheritdoc/>
    public override OperationKind Kind => OperationKind.Flush;
}
