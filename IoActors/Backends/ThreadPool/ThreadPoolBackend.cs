using System;
using System.Linq;
using Akka.Actor;
using Akka.IoActors.Native;
using Akka.IoActors.Operations;

namespace Akka.IoActors.Backends.ThreadPool;

/// <summary>
/// The thread-pool backend: system calls on bounded pools of named threads, one for files and one for streams.
/// Runs where nothing else does.
/// </summary>
public sealed class ThreadPoolBackend : BackendActor
{
    private PoolExecutor? _executor;

    /// <summary>Called by Akka: see <see cref="Props(ActorSystem, IoSettings)"/>.</summary>
    /// <param name="settings">The settings.</param>
    public ThreadPoolBackend(IoSettings settings)
        : base(settings)
    {
    }

    /// <summary>The Props of a backend of one's own, under a supervisor of one's own: it gets a loop to itself.</summary>
    /// <param name="system">The actor system.</param>
    /// <param name="settings">The settings; those of the system's configuration if null.</param>
    public static Props Props(ActorSystem system, IoSettings? settings = null) =>
        PropsOf<ThreadPoolBackend>(system, settings);

    /// <inheritdoc/>
    private protected override IOperationExecutor OpenExecutor(Action<Exception> failed) =>
        _executor = new PoolExecutor(Self.Path.Name, Loop, Table, Pool, Streams);

    /// <inheritdoc/>
    private protected override bool CloseExecutor(TimeSpan deadline)
    {
        _executor?.Close();
        _executor = null;
        return true;
    }

    /// <inheritdoc/>
    private protected override long Flush() => 0;

    /// <inheritdoc/>
    private protected override void TakeIn()
    {
        Pool.Run();
        Streams.Run();
    }

    /// <inheritdoc/>
    private protected override BackendInfo Describe() => new()
    {
        Backend = "thread-pool",
        Kernel = Sys.KernelRelease,
        Features = ["RWF_NOWAIT"],
        Paths = Enum.GetValues<OperationKind>().ToDictionary(kind => kind, PathOf),
        Limits = Settings.Limits,
        Counters = Table.Count(0, Loop.WakeUps),
    };

    private static OperationPath PathOf(OperationKind kind) => kind switch
    {
        OperationKind.Read or OperationKind.ReadV or OperationKind.Write or OperationKind.WriteV =>
            new("files: file pool; others: stream pool (RWF_NOWAIT), poll", "5.5"),
        OperationKind.Accept or OperationKind.Recv or OperationKind.Send => new("stream pool, poll", ""),
        OperationKind.SendFile => new("file pool: splice, poll", ""),
        OperationKind.LSeek or OperationKind.Flush or OperationKind.Poll or OperationKind.Cancel
            or OperationKind.GetInfo => new("loop", ""),
        _ => new("file pool", ""),
    };
}
