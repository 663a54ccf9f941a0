using System;
using System.Linq;
using Akka.Actor;
using Akka.IoActors.Native;
using Akka.IoActors.Operations;

namespace Akka.IoActors.Backends.Epoll;

/// <summary>
/// The epoll backend: sockets, pipes and other pollable descriptors by readiness on the loop, files on the
/// bounded offload pool. Needs Linux 5.5.
/// </summary>
public sealed class EpollBackend : BackendActor
{
    private EpollReactor? _reactor;
    private long _formerWaits;

    /// <summary>Called by Akka: see <see cref="Props(ActorSystem, IoSettings)"/>.</summary>
    /// <param name="settings">The settings.</param>
    public EpollBackend(IoSettings settings)
        : base(settings)
    {
    }

    /// <summary>The Props of a backend of one's own, under a supervisor of one's own: it gets a loop to itself.</summary>
    /// <param name="system">The actor system.</param>
    /// <param name="settings">The settings; those of the system's configuration if null.</param>
    public static Props Props(ActorSystem system, IoSettings? settings = null) =>
        PropsOf<EpollBackend>(system, settings);

    /// <inheritdoc/>
    private protected override IOperationExecutor OpenExecutor(Action<Exception> failed)
    {
        _reactor = new EpollReactor(Loop, Table, Pool, failed);
        Loop.Attach(_reactor);
        return _reactor;
    }

    /// <inheritdoc/>
    private protected override bool CloseExecutor(TimeSpan deadline)
    {
        _formerWaits += _reactor?.Waits ?? 0;
        _reactor?.Close();
        _reactor = null;
        return true;
    }

    /// <inheritdoc/>
    private protected override long Flush() => 0;

    /// <inheritdoc/>
    private protected override void TakeIn() => _reactor?.Turn(mayDefer: false);

    /// <inheritdoc/>
    private protected override BackendInfo Describe() => new()
    {
        Backend = "epoll",
        Kernel = Sys.KernelRelease,
        Features = ["EPOLLONESHOT", "RWF_NOWAIT"],
        Paths = Enum.GetValues<OperationKind>().ToDictionary(kind => kind, PathOf),
        Limits = Settings.Limits,
        Counters = Table.Count(_formerWaits + (_reactor?.Waits ?? 0), Loop.WakeUps),
    };

    private static OperationPath PathOf(OperationKind kind) => kind switch
    {
        OperationKind.Read or OperationKind.ReadV => new("preadv2(RWF_NOWAIT), readiness; files: offload pool", "5.5"),
        OperationKind.Write or OperationKind.WriteV => new("pwritev2(RWF_NOWAIT), readiness; files: offload pool", "5.5"),
        OperationKind.Accept => new("accept4, readiness", ""),
        OperationKind.Recv => new("recv(MSG_DONTWAIT), readiness", ""),
        OperationKind.Send => new("send(MSG_DONTWAIT), readiness", ""),
        OperationKind.SendFile => new("offload pool: splice, readiness", ""),
        OperationKind.LSeek or OperationKind.Flush or OperationKind.Poll or OperationKind.Cancel
            or OperationKind.GetInfo => new("loop", ""),
        _ => new("offload pool", ""),
    };
}
