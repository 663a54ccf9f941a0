using Akka.Actor;

namespace Akka.IoActors.Backends.ThreadPool;

/// <summary>
/// The thread-pool backend: system calls on bounded pools of named threads, one for files and one for streams.
/// Runs where nothing else does.
/// </summary>
public sealed class ThreadPoolBackend : BackendActor
{
    /// <summary>Called by Akka: see <see cref="Props(ActorSystem, IoSettings)"/>.</summary>
    /// <param name="settings">The settings.</param>
    public ThreadPoolBackend(IoSettings settings)
        : base(settings, static state => new ThreadPoolEngine(state))
    {
    }

    /// <summary>The Props of a backend of one's own, under a supervisor of one's own: it gets a loop to itself.</summary>
    /// <param name="system">The actor system.</param>
    /// <param name="settings">The settings; those of the system's configuration if null.</param>
    public static Props Props(ActorSystem system, IoSettings? settings = null) =>
        PropsOf<ThreadPoolBackend>(system, settings);
}
