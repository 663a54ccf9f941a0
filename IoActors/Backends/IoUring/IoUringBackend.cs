using Akka.Actor;

namespace Akka.IoActors.Backends.IoUring;

/// <summary>
/// The io_uring backend: each operation is a submission entry, all that are prepared in one turn of the loop go
/// to the kernel in one <c>io_uring_enter(2)</c>.
/// </summary>
/// <remarks>
/// Needs Linux 5.11 (<see cref="IoUringProbe"/> tells what is missing). Operations whose opcode the kernel lacks
/// go to the offload pool, alone.
/// </remarks>
public sealed class IoUringBackend : BackendActor
{
    /// <summary>Called by Akka: see <see cref="Props(ActorSystem, IoSettings)"/>.</summary>
    /// <param name="settings">The settings.</param>
    public IoUringBackend(IoSettings settings)
        : base(settings, static state => new IoUringEngine(state))
    {
    }

    /// <summary>
    /// The Props of a backend of one's own, under a supervisor of one's own: it gets a loop to itself.
    /// </summary>
    /// <param name="system">The actor system.</param>
    /// <param name="settings">The settings; those of the system's configuration if null.</param>
    public static Props Props(ActorSystem system, IoSettings? settings = null) =>
        PropsOf<IoUringBackend>(system, settings);
}
