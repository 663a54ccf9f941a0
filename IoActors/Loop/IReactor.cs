using System;

namespace Akka.IoActors.Loop;

/// <summary>
/// What an event loop drives between the runs of its mailboxes: a ring, an epoll instance. Called on the
/// loop's thread alone.
/// </summary>
internal interface IReactor
{
    /// <summary>Whether completions stand ready to be taken in.</summary>
    bool HasWork { get; }

    /// <summary>
    /// Whether something prepared is left for <see cref="Park"/> to hand on, so that handing on and waiting are
    /// one call: the loop then parks without spinning.
    /// </summary>
    bool HasDeferred { get; }

    /// <summary>Hands on what was prepared, and takes in what has completed. Never blocks.</summary>
    /// <param name="mayDefer">Whether the loop has nothing else to do, and would park.</param>
    /// <returns>Whether there was anything.</returns>
    bool Turn(bool mayDefer);

    /// <summary>
    /// Hands on what was prepared, blocks until something completes or the loop's wake-up descriptor is rung, and
    /// takes it in.
    /// </summary>
    /// <param name="timeout">The longest wait; may be infinite.</param>
    void Park(TimeSpan timeout);

    /// <summary>
    /// A turn has thrown; the loop has let go of the reactor and will not call it again.
    /// </summary>
    void OnFailed(Exception cause);
}
