using System;
using System.Threading;

namespace Akka.IoActors;

/// <summary>
/// Takes in what has completed, at once; if that is nothing, waits for the next completion, or for a time to pass.
/// Never needed for progress: a loop takes completions in by itself.
/// </summary>
/// <remarks>
/// The reply is the number of completions that were taken in, 0 if the time passed without any. The loop goes on
/// meanwhile.
/// </remarks>
public sealed class Poll : IoOperation
{
    /// <summary>Makes the message.</summary>
    /// <param name="timeout">
    /// How long to wait for the first completion; zero for not at all, <see cref="Timeout.InfiniteTimeSpan"/> for ever.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">The time is negative, or longer than 24 days.</exception>
    public Poll(TimeSpan timeout)
        : base(null)
    {
        if (timeout != System.Threading.Timeout.InfiniteTimeSpan)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(timeout, TimeSpan.Zero);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(timeout, TimeSpan.FromDays(24));
        }

        Wait = timeout;
    }

    /// <summary>How long to wait for the first completion.</summary>
    public TimeSpan Wait { get; }

    /// <inheritdoc/>
    public override OperationKind Kind => OperationKind.Poll;
}
