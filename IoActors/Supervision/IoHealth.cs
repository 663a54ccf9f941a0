using System;

namespace Akka.IoActors;

/// <summary>How the I/O service of an actor system fares.</summary>
public enum IoHealth
{
    /// <summary>It comes up.</summary>
    Starting,

    /// <summary>It serves.</summary>
    Up,

    /// <summary>The backend has failed and comes back; operations wait.</summary>
    Restarting,

    /// <summary>
    /// The loop stands still: something blocks its thread (an actor that was placed on it). Operations wait;
    /// they go on when it does.
    /// </summary>
    Stalled,

    /// <summary>
    /// The backend has failed too often, or the system stops: operations are answered −ECANCELED.
    /// </summary>
    Down,
}

/// <summary>The health of an I/O service has changed; published on the event stream of its system.</summary>
/// <param name="Health">What it is now.</param>
/// <param name="Cause">The failure, if there was one.</param>
public sealed record IoHealthChanged(IoHealth Health, Exception? Cause);
