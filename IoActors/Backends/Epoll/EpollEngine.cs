using System;
using System.Linq;
using Akka.IoActors.Native;
using Akka.IoActors.Operations;

namespace Akka.IoActors.Backends.Epoll;

/// <summary>Makes a backend one of epoll: an epoll instance for each start.</summary>
internal sealed class EpollEngine(BackendState state) : BackendEngine(state)
{
    private EpollReactor? _reactor;

    /// <inheritdoc/>
    internal override string Name => "epoll";

    /// <inheritdoc/>
    internal override IOperationExecutor Open(Action<Exception> failed)
    {
        State.Pool.Warm();
        _reactor = new EpollReactor(Loop, Table, State.Pool, failed);
        Loop.Attach(_reactor);
        return _reactor;
    }

    /// <inheritdoc/>
    internal override bool Close(TimeSpan deadline)
    {
        State.FormerEnters += _reactor?.Waits ?? 0;
        _reactor?.Close();
        _reactor = null;
        return true;
    }

    /// <inheritdoc/>
    internal override void TakeIn() => _reactor?.Turn(mayDefer: false);

    /// <inheritdoc/>
    internal override BackendInfo Describe() => new()
    {
        Backend = Name,
        Kernel = Sys.KernelRelease,
        Features = ["EPOLLONESHOT", "RWF_NOWAIT"],
        Paths = Enum.GetValues<OperationKind>().ToDictionary(kind => kind, PathOf),
        Limits = State.Settings.Limits,
        Counters = State.Count(_reactor?.Waits ?? 0),
    };

    private static OperationPath PathOf(OperationKind kind) => kind switch
    {
        OperationKind.Read or OperationKind.ReadV => new("preadv2(RWF_NOWAIT), readiness; files: offload pool", "5.5"),
        OperationKind.Write or OperationKind.WriteV => new("pwritev2(RWF_NOWAIT), readiness; files: offload pool", "5.5"),
        OperationKind.PRead or OperationKind.PReadV => new("preadv2(RWF_NOWAIT) on the loop; not cached: offload pool", "4.14"),
        OperationKind.FStat => new($"{FStat.AtOnce}offload pool", "4.11"),
        OperationKind.Accept => new("accept4, readiness", ""),
        OperationKind.Connect => new("connect, readiness; Unix: offload pool", ""),
        OperationKind.Recv or OperationKind.RecvPooled => new("recv(MSG_DONTWAIT), readiness", ""),
        OperationKind.Send => new("send(MSG_DONTWAIT), readiness", ""),
        OperationKind.SendMsg => new("sendmsg(MSG_DONTWAIT), readiness", ""),
        OperationKind.RecvMsg => new("recvmsg(MSG_DONTWAIT), readiness", ""),
        OperationKind.Splice => new("offload pool: splice, readiness", ""),
        OperationKind.Tee => new("offload pool: tee, readiness", ""),
        OperationKind.SendFile => new("offload pool: splice, readiness", ""),
        _ when IsOnLoop(kind) => new("loop", ""),
        _ => new("offload pool", ""),
    };
}
