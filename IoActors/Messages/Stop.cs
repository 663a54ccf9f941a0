using System;

namespace Akka.IoActors;

/// <summary>
/// Stops a backend in order: nothing more is taken in (−ECANCELED, for sockets −ESHUTDOWN), waits for peers that
/// may never speak are cancelled, everything else is finished, or cancelled at the deadline. Then the backend
/// actor stops. The service as a whole is stopped by <see cref="IoActorsExtension.StopAsync"/>, or with its
/// actor system.
/// </summary>
/// <remarks>
/// The reply is the number of operations that the deadline has cut short. Meanwhile <see cref="GetInfo"/>
/// and <see cref="Cancel"/> are still answered. What cannot be cancelled is waited for a further
/// <c>io-actors.drain-timeout</c>.
/// </remarks>
public sealed class Stop : IoOperation
{
    /// <summary>Makes the message.</summary>
    /// <param name="deadline">How long operations may take to finish; 0 cancels them at once.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is negative, or longer than 24 days.</exception>
    public Stop(TimeSpan deadline)
        : base(null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(deadline, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(deadline.TotalMilliseconds, int.MaxValue, nameof(deadline));
        Deadline = deadline;
    }

    /// <summary>How long operations may take to finish.</summary>
    public TimeSpan Deadline { get; }

    /// <inheritdoc/>
    public override OperationKind Kind => OperationKind.Stop;

    private protected override string Details => Deadline.ToString();
}
