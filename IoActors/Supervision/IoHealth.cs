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
    /// The backend has failed too often, or the system stops: operations are answered −ECANCELED.
    /// </summary>
    Down,
}
