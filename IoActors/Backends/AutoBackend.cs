using Akka.Actor;
using Akka.Event;
using Akka.IoActors.Backends.Epoll;
using Akka.IoActors.Backends.IoUring;
using Akka.IoActors.Supervision;

namespace Akka.IoActors.Backends;

/// <summary>
/// The backend of <c>io-actors.backend = auto</c>: at each start the best that the machine allows at that moment.
/// When a ring breaks and no other is to be had, epoll takes its operations over.
/// </summary>
internal sealed class AutoBackend : BackendActor
{
    /// <summary>Called by Akka.</summary>
    public AutoBackend(IoSettings settings)
        : base(settings, Choose)
    {
    }

    internal static Props Props(ActorSystem system, IoSettings settings) => PropsOf<AutoBackend>(system, settings);

    private static BackendEngine Choose(BackendState state)
    {
        var selection = BackendSelection.Choose(BackendChoice.Auto);
        if (selection.IsFallback && state.Failures > 0)
        {
            Context.GetLogger().Warning("The backend is {0} from now on: {1}.", selection.Name, selection.Reason);
        }

        return selection.Backend == BackendChoice.IoUring ? new IoUringEngine(state) : new EpollEngine(state);
    }
}
