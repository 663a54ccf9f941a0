using System;
using System.Collections.Generic;
using Akka.IoActors.Native;
using Akka.IoActors.Native.Uring;
using Akka.IoActors.Operations;

namespace Akka.IoActors.Backends.IoUring;

/// <summary>Makes a backend one of io_uring: a ring for each start.</summary>
internal sealed class IoUringEngine(BackendState state) : BackendEngine(state)
{
    private RingReactor? _reactor;

    /// <inheritdoc/>
    internal override string Name => "io_uring";

    /// <inheritdoc/>
    internal override IOperationExecutor Open(Action<Exception> failed)
    {
        _reactor = new RingReactor(State.Settings, Loop, Table, State.Pool, failed);
        Loop.Attach(_reactor);
        return _reactor;
    }

    /// <inheritdoc/>
    internal override bool Close(TimeSpan deadline)
    {
        if (_reactor is not { } reactor)
        {
            return true;
        }

        _reactor = null;
        State.FormerEnters += reactor.Ring.Enters;
        return reactor.Close(deadline);
    }

    /// <inheritdoc/>
    internal override long Flush() => _reactor?.Flush() ?? 0;

    /// <inheritdoc/>
    internal override void TakeIn() => _reactor?.Turn(mayDefer: false);

    /// <inheritdoc/>
    internal override BackendInfo Describe() => new()
    {
        Backend = Name,
        Kernel = Sys.KernelRelease,
        Features = _reactor?.Features ?? [],
        Paths = DescribePaths(),
        Limits = State.Settings.Limits,
        Counters = State.Count(_reactor?.Ring.Enters ?? 0),
    };

    private Dictionary<OperationKind, OperationPath> DescribePaths()
    {
        var paths = new Dictionary<OperationKind, OperationPath>();
        foreach (var kind in Enum.GetValues<OperationKind>())
        {
            paths[kind] = PathOf(kind);
        }

        return paths;
    }

    private OperationPath PathOf(OperationKind kind)
    {
        if (kind == OperationKind.Accept)
        {
            return new OperationPath("accept4, IORING_OP_POLL_ADD", UringOpcodes.Since(UringOpcode.PollAdd));
        }

        if (UringOpcodes.ByKind.TryGetValue(kind, out var opcode) && (_reactor?.IsNative(opcode) ?? false))
        {
            return new OperationPath($"{(kind == OperationKind.FStat ? FStat.AtOnce : "")}{UringOpcodes.NameOf(opcode)}", UringOpcodes.Since(opcode));
        }

        return IsOnLoop(kind) ? new OperationPath("loop", "") : new OperationPath("offload pool", "");
    }
}
