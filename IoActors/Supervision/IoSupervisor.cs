using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.Actor.Internal;
using Akka.Dispatch.SysMsg;
using Akka.Event;
using Akka.IoActors.Backends;
using Akka.IoActors.Loop;

namespace Akka.IoActors.Supervision;

/// <summary>
/// The parent of the backend, at <c>/system/io-actors</c>: restarts each of its loops when it fails, stops it when it fails
/// too often, watches whether it turns, stops all in order with the system, and keeps the health of the service.
/// </summary>
/// <remarks>
/// With one loop, that is <c>backend</c>. With several, they are <c>loop-0</c>, <c>loop-1</c>, …, and <c>backend</c>
/// routes to them (<see cref="LoopRouter"/>).
/// </remarks>
internal sealed class IoSupervisor : UntypedActor, IWithTimers
{
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly IoSettings _settings;
    private readonly BackendSelection _selection;
    private readonly IoHealthState _health;
    private readonly TaskCompletionSource<ServiceRefs> _started;
    private readonly List<Action> _stopped = [];

    /// <summary>Those that live, and those that have stopped.</summary>
    private readonly List<SupervisedLoop> _loops = [];

    /// <summary>Those who serve sockets and files by the loops, and so stop first.</summary>
    private readonly HashSet<IActorRef> _managers = [];

    private IActorRef _whole = ActorRefs.Nobody;
    private Stop? _stop;

    public IoSupervisor(
        IoSettings settings, BackendSelection selection, IoHealthState health, TaskCompletionSource<ServiceRefs> started)
    {
        _settings = settings;
        _selection = selection;
        _health = health;
        _started = started;
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private bool IsGone => _loops.TrueForAll(loop => loop.Health == IoHealth.Down);

    protected override void PreStart()
    {
        const string message = "The backend is {0}, on {1} loop(s): {2}.";
        if (_selection.IsFallback)
        {
            _log.Warning(message, _selection.Name, _settings.Loops, _selection.Reason);
        }
        else
        {
            _log.Info(message, _selection.Name, _settings.Loops, _selection.Reason);
        }

        Context.System.EventStream.Subscribe(Self, typeof(BackendUp));
        try
        {
            StartLoops();
        }
        catch (Exception e)
        {
            _started.TrySetException(e);
            throw;
        }

        ((ExtendedActorSystem)Context.System).SystemGuardian.Tell(RegisterTerminationHook.Instance, Self);
        if (_settings.StallAfter != Timeout.InfiniteTimeSpan)
        {
            Timers.StartPeriodicTimer(LookAtLoops.Instance, LookAtLoops.Instance, _settings.StallAfter / 4);
        }
    }

    private void StartLoops()
    {
        var isOne = _settings.Loops == 1;
        for (var n = 0; n < _settings.Loops; n++)
        {
            var loop = Context.ActorOf(
                _selection.Props(Context.System, _settings), isOne ? "backend" : FormattableString.Invariant($"loop-{n}"));
            Context.Watch(loop);
            _loops.Add(new SupervisedLoop(loop));
        }

        if (isOne)
        {
            _whole = _loops[0].Backend;
            return;
        }

        var refs = _loops.ConvertAll(loop => loop.Backend);
        for (var n = 0; n < refs.Count; n++)
        {
            refs[n].Tell(new BackendActor.JoinLoops(refs, n));
        }

        _whole = Context.ActorOf(Props.Empty.WithRouter(new LoopRouterConfig(refs)), "backend");
    }

    protected override SupervisorStrategy SupervisorStrategy() => new LoopStrategy(_settings, OnFailed);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case BackendUp up when _loops.Find(loop => loop.Backend.Equals(up.Backend)) is { } loop:
                OnUp(loop, up.Loop);
                break;
            case BackendUp:
                break;
            case LookAtLoops:
                _loops.ForEach(Look);
                break;
            case StopService stop:
                var requester = Sender;
                var self = Self;
                Stop(stop.Stop, () => requester.Tell(Done.Instance, self));
                break;
            case TerminationHook:
                // The users' actors have stopped; the system goes on once the backend has.
                var guardian = Sender;
                var me = Self;
                Stop(new Stop(_settings.DrainTimeout), () => guardian.Tell(TerminationHookDone.Instance, me));
                break;
            case Serve serve:
                _managers.Add(serve.Manager);
                Context.Watch(serve.Manager);
                if (_stop is not null)
                {
                    Context.Stop(serve.Manager);
                }

                break;
            case Terminated terminated when _managers.Remove(terminated.ActorRef):
                if (_stop is not null)
                {
                    StopLoops();
                }

                break;
            case Terminated terminated:
                OnStopped(_loops.Find(loop => loop.Backend.Equals(terminated.ActorRef))!);
                break;
            case IoResult:
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    protected override void PostStop()
    {
        _loops.ForEach(loop => loop.Health = IoHealth.Down);
        TellHealth(null);
    }

    private void OnUp(SupervisedLoop loop, EventLoop turning)
    {
        loop.LastFailure = null;
        loop.Watch = new LoopWatch(turning);
        SetHealth(loop, IoHealth.Up);
        if (_loops.TrueForAll(each => each.Health != IoHealth.Starting))
        {
            _started.TrySetResult(new ServiceRefs(_whole, _loops.ConvertAll(each => each.Backend)));
        }
    }

    private void OnFailed(IActorRef child, Exception cause)
    {
        if (_loops.Find(loop => loop.Backend.Equals(child)) is { } loop)
        {
            loop.LastFailure = cause;
            SetHealth(loop, IoHealth.Restarting);
        }

        _log.Warning(cause, "{0} is restarted: {1}", child.Path.Name, cause.Message);
    }

    private void Stop(Stop stop, Action then)
    {
        if (IsGone)
        {
            then();
            return;
        }

        _stopped.Add(then);
        _stop = stop;
        foreach (var manager in _managers)
        {
            manager.Tell(new StopServing(stop.Deadline), Self);
        }

        StopLoops();
    }

    /// <summary>Stops the loops once nobody serves by them any more.</summary>
    private void StopLoops()
    {
        if (_managers.Count == 0)
        {
            _loops.ForEach(loop => loop.Backend.Tell(_stop, Self));
        }
    }

    private void OnStopped(SupervisedLoop loop)
    {
        loop.Watch = null;
        if (loop.LastFailure is { } cause && _stopped.Count == 0)
        {
            _log.Error(
                cause,
                "{0} has failed more than {1} times within {2} and is stopped: its operations are answered ECANCELED.",
                loop.Backend.Path.Name,
                _settings.MaxRestarts,
                _settings.RestartWindow);
        }
        else
        {
            _log.Info("{0} has stopped.", loop.Backend.Path.Name);
        }

        SetHealth(loop, IoHealth.Down);
        _started.TrySetException(loop.LastFailure ?? new InvalidOperationException("The backend has stopped."));
        if (IsGone)
        {
            // Those who watch the whole hear of it; with one loop it is the same actor.
            Context.Stop(_whole);
            _stopped.ForEach(then => then());
            _stopped.Clear();
        }
    }

    private void Look(SupervisedLoop loop)
    {
        if (loop.Watch?.Look() is not { } stalled)
        {
            return;
        }

        if (stalled >= _settings.StallAfter && loop.Health == IoHealth.Up)
        {
            _log.Error(
                "The loop of {0} has stood still for {1}: an actor that was placed on it blocks it.",
                loop.Backend.Path.Name,
                stalled);
            SetHealth(loop, IoHealth.Stalled);
        }
        else if (stalled == TimeSpan.Zero && loop.Health == IoHealth.Stalled)
        {
            _log.Info("The loop of {0} goes on.", loop.Backend.Path.Name);
            SetHealth(loop, IoHealth.Up);
        }
    }

    private void SetHealth(SupervisedLoop loop, IoHealth health)
    {
        loop.Health = health;
        TellHealth(loop.LastFailure);
    }

    /// <summary>The service is as well as the worst of its loops.</summary>
    private void TellHealth(Exception? cause)
    {
        ReadOnlySpan<IoHealth> worstFirst =
            [IoHealth.Down, IoHealth.Stalled, IoHealth.Restarting, IoHealth.Starting, IoHealth.Up];
        foreach (var health in worstFirst)
        {
            if (_loops.Exists(loop => loop.Health == health))
            {
                if (_health.Value != health)
                {
                    _health.Value = health;
                    Context.System.EventStream.Publish(new IoHealthChanged(health, cause));
                }

                return;
            }
        }
    }

    /// <summary>Stops the backend in order; the reply is <see cref="Done"/>.</summary>
    internal sealed record StopService(Stop Stop) : LocalMessage;

    /// <summary>A manager of sockets or files has started; it stops before the loops.</summary>
    internal sealed record Serve(IActorRef Manager) : LocalMessage;

    /// <summary>A manager is to stop: files finish what they have been sent, within the deadline.</summary>
    internal sealed record StopServing(TimeSpan Deadline) : LocalMessage;

    private sealed class LookAtLoops
    {
        internal static readonly LookAtLoops Instance = new();
    }

    /// <summary>Restarts the one that failed, and tells which it was.</summary>
    private sealed class LoopStrategy(IoSettings settings, Action<IActorRef, Exception> failed) : OneForOneStrategy(
        settings.MaxRestarts,
        (int)settings.RestartWindow.TotalMilliseconds,
        static _ => Directive.Restart,
        loggingEnabled: false)
    {
        public override void ProcessFailure(
            IActorContext context,
            bool restart,
            IActorRef child,
            Exception cause,
            ChildRestartStats stats,
            IReadOnlyCollection<ChildRestartStats> children)
        {
            failed(child, cause);
            base.ProcessFailure(context, restart, child, cause, stats, children);
        }
    }
}

/// <summary>A backend serves, for the first time or again; published on the event stream.</summary>
internal sealed record BackendUp(IActorRef Backend, EventLoop Loop) : LocalMessage;

/// <summary>The health of a service: written by its supervisor, read by anybody.</summary>
internal sealed class IoHealthState
{
    private volatile IoHealth _value = IoHealth.Starting;

    internal IoHealth Value
    {
        get => _value;
        set => _value = value;
    }
}
