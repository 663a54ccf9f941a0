using System;

namespace Akka.IoActors.Loop;

/// <summary>
/// What an event loop drives between the runs of its mailboxes: a ring, an epoll instance. Called on the
/// loop's thread alone.
/// </summary>
internal interface IReactor
{
    /// <summary>Whether a turn would find something to do.</summary>
    bool HasWork { get; }

    /// <summary>Hands on what was prepared, and takes in what has completed. Never blocks.</summary>
    /// <returns>Whether there was anything.</returns>
    bool Turn();

    /// <summary>Blocks until something completes or the loop's wake-up descriptor is rung.</summary>
    void Park();

    /// <summary>
    /// A turn has thrown; the loop has let go of the reactor and will not call it again.
    /// </summary>
    void OnFailed(Exception cause);
}
