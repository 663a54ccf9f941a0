using System;
using System.Collections.Generic;
using Akka.Actor;
using Akka.IoActors.Native;
using Akka.IoActors.Operations;

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
    private RingReactor? _reactor;
    private long _entersOfFormerRings;

    /// <summary>Called by Akka: see <see cref="Props(ActorSystem, IoSettings)"/>.</summary>
    /// <param name="settings">The settings.</param>
    public IoUringBackend(IoSettings settings)
        : base(settings)
    {
    }

    /// <summary>
    /// The Props of a backend of one's own, under a supervisor of one's own: it gets a loop to itself.
    /// </summary>
    /// <param name="system">The actor system.</param>
    /// <param name="settings">The settings; those of the system's configuration if null.</param>
    public static Props Props(ActorSystem system, IoSettings? settings = null) =>
        PropsOf<IoUringBackend>(system, settings);

    /// <inheritdoc/>
    private protected override IOperationExecutor OpenExecutor(Action<Exception> failed)
    {
        _reactor = new RingReactor(Settings, Loop, Table, Pool, failed);
        Loop.Attach(_reactor);
        return _reactor;
    }

    /// <inheritdoc/>
    private protected override bool CloseExecutor(TimeSpan deadline)
    {
        if (_reactor is not { } reactor)
        {
            return true;
        }

        _reactor = null;
        _entersOfFormerRings += reactor.Ring.Enters;
        return reactor.Close(deadline);
    }

    /// <inheritdoc/>
    private protected override long Flush() => _reactor?.Flush() ?? 0;

    /// <inheritdoc/>
    private protected override void TakeIn() => _reactor?.Turn(mayDefer: false);

    /// <inheritdoc/>
    private protected override BackendInfo Describe() => new()
    {
        Backend = "io_uring",
        Kernel = Sys.KernelRelease,
        Features = _reactor?.Features ?? [],
        Paths = DescribePaths(),
        Limits = Settings.Limits,
        Counters = Table.Count(_entersOfFormerRings + (_reactor?.Ring.Enters ?? 0), Loop.WakeUps),
    };

    private Dictionary<OperationKind, OperationPath> DescribePaths()
    {
        var paths = new Dictionary<OperationKind, OperationPath>();
        foreach (var kind in Enum.GetValues<OperationKind>())
        {
            paths[kind] = UringOpcodes.ByKind.TryGetValue(kind, out var opcode)
                && (_reactor?.IsNative(opcode) ?? false)
                    ? new OperationPath(UringOpcodes.NameOf(opcode), UringOpcodes.Since(opcode))
                    : UringOpcodes.OnLoop.Contains(kind)
                        ? new OperationPath("loop", "")
                        : new OperationPath("offload pool", "");
        }

        return paths;
    }
}
