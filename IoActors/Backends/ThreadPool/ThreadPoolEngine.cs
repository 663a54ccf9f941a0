using System;
using System.Linq;
using Akka.IoActors.Native;
using Akka.IoActors.Operations;

namespace Akka.IoActors.Backends.ThreadPool;

/// <summary>Makes a backend one of threads: a readiness thread for each start.</summary>
internal sealed class ThreadPoolEngine(BackendState state) : BackendEngine(state)
{
    private PoolExecutor? _executor;

    /// <inheritdoc/>
    internal override string Name => "thread-pool";

    /// <inheritdoc/>
    internal override IOperationExecutor Open(Action<Exception> failed)
    {
        State.Pool.Warm();
        State.Streams.Warm();
        return _executor = new PoolExecutor(State.Owner.Path.Name, Loop, Table, State.Pool, State.Streams);
    }

    /// <inheritdoc/>
    internal override bool Close(TimeSpan deadline)
    {
        _executor?.Close();
        _executor = null;
        return true;
    }

    /// <inheritdoc/>
    internal override void TakeIn()
    {
        State.Pool.Run();
        State.Streams.Run();
    }

    /// <inheritdoc/>
    internal override BackendInfo Describe() => new()
    {
        Backend = Name,
        Kernel = Sys.KernelRelease,
        Features = ["RWF_NOWAIT"],
        Paths = Enum.GetValues<OperationKind>().ToDictionary(kind => kind, PathOf),
        Limits = State.Settings.Limits,
        Counters = State.Count(0),
    };

    private static OperationPath PathOf(OperationKind kind) => kind switch
    {
        OperationKind.Read or OperationKind.ReadV or OperationKind.Write or OperationKind.WriteV =>
            new("files: file pool; others: stream pool (RWF_NOWAIT), poll", "5.5"),
        OperationKind.PRead or OperationKind.PReadV => new("preadv2(RWF_NOWAIT) on the loop; not cached: file pool", "4.14"),
        OperationKind.FStat => new($"{FStat.AtOnce}file pool", "4.11"),
        OperationKind.Accept or OperationKind.Recv or OperationKind.RecvPooled or OperationKind.Send or OperationKind.SendMsg or OperationKind.RecvMsg => new("stream pool, poll", ""),
        OperationKind.Connect => new("stream pool, poll; Unix: file pool", ""),
        OperationKind.Splice => new("file pool: splice, poll", ""),
        OperationKind.Tee => new("file pool: tee, poll", ""),
        OperationKind.SendFile => new("file pool: splice, poll", ""),
        _ when IsOnLoop(kind) => new("loop", ""),
        _ => new("file pool", ""),
    };
}
