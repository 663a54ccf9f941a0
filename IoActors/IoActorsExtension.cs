using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.Configuration;
using Akka.IoActors.OpenFiles;
using Akka.IoActors.Sockets;
using Akka.IoActors.Supervision;
using Akka.IoActors.Telemetry;

namespace Akka.IoActors;

/// <summary>The I/O service of an actor system: <c>IoActors.Get(system)</c> or <c>system.IoActors()</c>.</summary>
public sealed class IoActorsExtension : IExtension
{
    private readonly IoHealthState _health = new();
    private readonly Lazy<IActorRef> _tcp;
    private readonly Lazy<IActorRef> _udp;
    private readonly Lazy<IActorRef> _files;

    internal IoActorsExtension(ExtendedActorSystem system)
    {
        system.Settings.InjectTopLevelFallback(IoSettings.DefaultConfig());
        Settings = IoSettings.Of(system);
        var selection = BackendSelection.Choose(Settings.Backend);
        var started = new TaskCompletionSource<ServiceRefs>(TaskCreationOptions.RunContinuationsAsynchronously);
        Supervisor = system.SystemActorOf(
            Props.Create(() => new IoSupervisor(Settings, selection, _health, started)), "io-actors");
        var backends = WaitFor(started.Task, Settings.StartTimeout);
        Backend = backends.Whole;
        Loops = [.. backends.Loops.Select((loop, index) => new IoLoop(system, index, loop))];
        Client = new IoClient(system, Backend, Settings.InlineCachedReads);
        if (IoTelemetry.IsSupported)
        {
            IoMetrics.Watch(this, system);
        }

        FilesSerializer.Register(system);
        _tcp = new Lazy<IActorRef>(() => Start(system, Props.Create(() => new TcpManager(this)), "io-actors-tcp"));
        _udp = new Lazy<IActorRef>(() => Start(system, Props.Create(() => new UdpManager(this)), "io-actors-udp"));
        _files = new Lazy<IActorRef>(() => Start(system, Props.Create(() => new FileManager(this)), "io-actors-files"));
    }

    /// <summary>
    /// The backend. Tell it operations, or Ask it for an <see cref="IoResult"/>; each is answered once,
    /// whatever happens.
    /// </summary>
    public IActorRef Backend { get; }

    /// <summary>The typed client of the backend: one method an operation, each to be awaited.</summary>
    public IoClient Client { get; }

    /// <summary>The event loops, by their numbers: <c>io-actors.loops</c> of them.</summary>
    public IReadOnlyList<IoLoop> Loops { get; }

    /// <summary>The loop that owns a descriptor: where its operations are carried out.</summary>
    /// <param name="descriptor">An open descriptor.</param>
    public IoLoop LoopOf(Descriptor descriptor) => Loops[LoopRouter.IndexOf(Descriptor.NumberOf(descriptor.Target), Loops.Count)];

    /// <summary>
    /// The loop that an actor of this system runs on, such as a connection of <see cref="Tcp"/>; null if it runs on none. A handler
    /// placed on its connection's loop hears from it without a hop.
    /// </summary>
    /// <param name="actor">The actor.</param>
    public IoLoop? LoopOf(IActorRef actor)
    {
        ArgumentNullException.ThrowIfNull(actor);
        return (actor as ActorRefWithCell)?.Underlying is ActorCell cell
            ? Loops.FirstOrDefault(loop => loop.Dispatcher == cell.Dispatcher?.Id)
            : null;
    }

    /// <summary>
    /// The manager that speaks Akka.IO's Tcp protocol on this service: what <c>system.Tcp()</c> is to Akka.IO. Started by the first
    /// use.
    /// </summary>
    public IActorRef Tcp => _tcp.Value;

    /// <summary>
    /// The manager that speaks Akka.IO's Udp and UdpConnected protocols on this service, both. Started by the first use.
    /// </summary>
    public IActorRef Udp => _udp.Value;

    /// <summary>
    /// The manager of files as actors: tell or ask it <see cref="Akka.IoActors.Files.Open"/>. Started by the first use.
    /// </summary>
    public IActorRef Files => _files.Value;

    /// <summary>The parent of the backend and its loops.</summary>
    public IActorRef Supervisor { get; }

    /// <summary>The settings in force.</summary>
    public IoSettings Settings { get; }

    /// <summary>How the service fares.</summary>
    public IoHealth Health => _health.Value;

    /// <summary>
    /// Stops the service in order, as <see cref="Stop"/> does; it does not start again. An actor system that ends
    /// does the same by itself, after the last of its users' actors has stopped.
    /// </summary>
    /// <param name="deadline">How long operations may take to finish; <c>io-actors.drain-timeout</c> if null.</param>
    /// <returns>Completes when everything has been answered and the backend has stopped.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The deadline is negative, or longer than 24 days.</exception>
    public async Task StopAsync(TimeSpan? deadline = null)
    {
        // Its constructor looks at the deadline.
        var stop = new Stop(deadline ?? Settings.DrainTimeout);
        using var ended = new CancellationTokenSource();
        var stopped = Supervisor.Ask<Done>(
            new IoSupervisor.StopService(stop), Timeout.InfiniteTimeSpan, ended.Token);

        // Answered, or gone with its system.
        await Task.WhenAny(stopped, Supervisor.WatchAsync(ended.Token)).ConfigureAwait(false);
        await ended.CancelAsync().ConfigureAwait(false);
    }

    /// <summary>Starts a manager of sockets or files, which stops before the loops do.</summary>
    private IActorRef Start(ExtendedActorSystem system, Props props, string name)
    {
        var manager = system.SystemActorOf(props, name);
        Supervisor.Tell(new IoSupervisor.Serve(manager));
        return manager;
    }

    private static ServiceRefs WaitFor(Task<ServiceRefs> started, TimeSpan timeout)
    {
        try
        {
            return started.WaitAsync(timeout).GetAwaiter().GetResult();
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"The backend has not come up within io-actors.start-timeout ({timeout}).", e);
        }
    }
}

/// <summary>Gives an actor system its I/O service.</summary>
public static class IoActors
{
    /// <summary>The I/O service of a system; started by the first call.</summary>
    /// <param name="system">The actor system.</param>
    /// <exception cref="ConfigurationException">
    /// The configuration is wrong, or asks for a backend that this machine does not allow.
    /// </exception>
    public static IoActorsExtension Get(ActorSystem system)
    {
        ArgumentNullException.ThrowIfNull(system);
        return IoActorsExtensionProvider.Instance.Apply(system);
    }
}

/// <summary>Akka's way to the extension, for <c>akka.extensions</c> in a configuration.</summary>
public sealed class IoActorsExtensionProvider : ExtensionIdProvider<IoActorsExtension>
{
    // Made here: Akka would make it by reflection, of which a trimmer knows nothing.
    internal static readonly IoActorsExtensionProvider Instance = new();

    /// <inheritdoc/>
    public override IoActorsExtension CreateExtension(ExtendedActorSystem system) => new(system);
}

/// <summary>The I/O service as a member of the actor system.</summary>
public static class IoActorsActorSystemExtensions
{
    /// <summary>The I/O service of a system; started by the first call.</summary>
    /// <param name="system">The actor system.</param>
    public static IoActorsExtension IoActors(this ActorSystem system) => Akka.IoActors.IoActors.Get(system);

    /// <summary>
    /// The manager that speaks Akka.IO's Tcp protocol on the I/O service: a program that uses <c>system.Tcp()</c> changes this
    /// one call.
    /// </summary>
    /// <param name="system">The actor system.</param>
    public static IActorRef IoTcp(this ActorSystem system) => Akka.IoActors.IoActors.Get(system).Tcp;

    /// <summary>The manager that speaks Akka.IO's Udp protocol on the I/O service, instead of <c>system.Udp()</c>.</summary>
    /// <param name="system">The actor system.</param>
    public static IActorRef IoUdp(this ActorSystem system) => Akka.IoActors.IoActors.Get(system).Udp;

    /// <summary>
    /// The manager that speaks Akka.IO's UdpConnected protocol on the I/O service, instead of <c>system.UdpConnected()</c>.
    /// </summary>
    /// <param name="system">The actor system.</param>
    public static IActorRef IoUdpConnected(this ActorSystem system) => Akka.IoActors.IoActors.Get(system).Udp;

    /// <summary>The manager of files as actors, which also reach actors of other nodes: see <see cref="Files"/>.</summary>
    /// <param name="system">The actor system.</param>
    public static IActorRef IoFiles(this ActorSystem system) => Akka.IoActors.IoActors.Get(system).Files;
}
