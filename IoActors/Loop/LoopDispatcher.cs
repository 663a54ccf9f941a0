using System;
using Akka.Configuration;
using Akka.Dispatch;

namespace Akka.IoActors.Loop;

/// <summary>
/// Makes loop dispatchers from HOCON: <c>type = "Akka.IoActors.Loop.LoopDispatcherConfigurator, IoActors"</c>.
/// </summary>
public sealed class LoopDispatcherConfigurator : MessageDispatcherConfigurator
{
    private readonly LoopDispatcher _dispatcher;

    /// <summary>Called by Akka.</summary>
    /// <param name="config">The dispatcher's section, as in <c>reference.conf</c>.</param>
    /// <param name="prerequisites">What Akka gives a dispatcher.</param>
    public LoopDispatcherConfigurator(Config config, IDispatcherPrerequisites prerequisites)
        : base(config, prerequisites)
    {
        ArgumentNullException.ThrowIfNull(config);
        _dispatcher = new LoopDispatcher(
            this,
            Config.GetString("id"),
            Config.GetInt("throughput"),
            Config.GetTimeSpan("spin"),
            Config.GetString("affinity", "off"),
            Config.GetTimeSpan("shutdown-timeout"));
    }

    /// <inheritdoc/>
    public override MessageDispatcher Dispatcher() => _dispatcher;
}

/// <summary>
/// A dispatcher that owns one thread, which is also the event loop of the I/O backend that lives on it. Actors
/// placed on it run on that very thread, and must not block it.
/// </summary>
public sealed class LoopDispatcher : MessageDispatcher
{
    internal LoopDispatcher(
        MessageDispatcherConfigurator configurator,
        string id,
        int throughput,
        TimeSpan spin,
        string affinity,
        TimeSpan shutdownTimeout)
        : base(configurator)
    {
        Id = id;
        Throughput = throughput;
        ShutdownTimeout = shutdownTimeout;
        Loop = new EventLoop(
            id,
            spin,
            Affinity.TryParse(affinity, out var processors)
                ? Affinity.Next(processors)
                : throw new ConfigurationException($"{id}.affinity = {affinity}: there are no such processors for this process."),
            ReportFailure);
    }

    internal EventLoop Loop { get; }

    /// <inheritdoc/>
    protected override void ExecuteTask(IRunnable run) => Loop.Post(run);

    /// <inheritdoc/>
    protected override void Shutdown() => Loop.Stop();
}
