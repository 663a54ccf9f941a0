using System;

namespace Akka.IoActors;

/// <summary>
/// Is answered after some time: a timer on the loop. With <see cref="IoLoop.Client"/> what follows the await goes on there.
/// </summary>
/// <remarks>
/// The reply is 0, not before its time has passed, and as soon after as the loop turns. −ECANCELED when it is cancelled or the
/// backend stops. Until then it counts as one that waits (<c>io-actors.max-waiting</c>; past that −EAGAIN). It holds over
/// restarts of the backend. On the loop itself, on every backend: no descriptor, no thread.
/// </remarks>
public sealed class Delay : IoOperation
{
    /// <summary>Makes the message.</summary>
    /// <param name="time">How long to wait: more than 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The time is zero or negative.</exception>
    public Delay(TimeSpan time)
        : base(null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(time, TimeSpan.Zero);
        Timeout = time;
    }

    /// <inheritdoc/>
    public override OperationKind Kind => OperationKind.Delay;

    internal override IoResult ToResult(OperationArguments arguments, long result) =>
        new(this, result == -(long)Errno.ETIMEDOUT ? 0 : result);

    private protected override string Details => $"{Timeout}";
}
