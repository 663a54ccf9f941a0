using Akka.Actor;

namespace Akka.IoActors.Backends.Epoll;

/// <summary>
/// The epoll backend: sockets, pipes and other pollable descriptors by readiness on the loop, files on the
/// bounded offload pool. Needs Linux 5.5.
/// </summary>
public sealed class EpollBackend : BackendActor
{
    /// <summary>Called by Akka: see <see cref="Props(ActorSystem, IoSettings)"/>.</summary>
    /// <param name="settings">The settings.</param>
    public EpollBackend(IoSettings settings)
        : base(settings, static state => new EpollEngine(state))
    {
    }

    /// <summary>The Props of a backend of one's own, under a supervisor of one's own: it gets a loop to itself.</summary>
    /// <param name="system">The actor system.</param>
    /// <param name="settings">The settings; those of the system's configuration if null.</param>
    public static Props Props(ActorSystem system, IoSettings? settings = null) =>
        PropsOf<EpollBackend>(system, settings);
}
