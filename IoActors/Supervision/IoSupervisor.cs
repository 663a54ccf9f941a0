using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.Dispatch.SysMsg;
using Akka.Event;
using Akka.IoActors.Loop;

namespace Akka.IoActors.Supervision;

/// <summary>
/// The parent of the backend, at <c>/system/io-actors</c>: restarts it when it fails, stops it when it fails too
/// often, watches its loop, stops it in order with the system, and keeps the health of the service.
/// </summary>
internal sealed class IoSupervisor : UntypedActor, IWithTimers
{
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly IoSettings _settings;
    private readonly BackendSelection _selection;
    private readonly IoHealthState _health;
    private readonly TaskCompletionSource<IActorRef> _started;
    private readonly List<Action> _stopped = [];
    private IActorRef _backend = ActorRefs.Nobody;
    private LoopWatch? _watch;
    private Exception? _lastFailure;

    public IoSupervisor(
        IoSettings settings, BackendSelection selection, IoHealthState health, TaskCompletionSource<IActorRef> started)
    {
        _settings = settings;
        _selection = selection;
        _health = health;
        _started = started;
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        const string message = "The backend is {0}: {1}.";
        if (_selection.IsFallback)
        {
            _log.Warning(message, _selection.Name, _selection.Reason);
        }
        else
        {
            _log.Info(message, _selection.Name, _selection.Reason);
        }

        Context.System.EventStream.Subscribe(Self, typeof(BackendUp));
        _backend = Context.ActorOf(_selection.Props(Context.System, _settings), "backend");
        Context.Watch(_backend);
        ((ExtendedActorSystem)Context.System).SystemGuardian.Tell(RegisterTerminationHook.Instance, Self);
        if (_settings.StallAfter != Timeout.InfiniteTimeSpan)
        {
            Timers.StartPeriodicTimer(LookAtLoop.Instance, LookAtLoop.Instance, _settings.StallAfter / 4);
        }
    }

    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(
        maxNrOfRetries: _settings.MaxRestarts,
        withinTimeMilliseconds: (int)_settings.RestartWindow.TotalMilliseconds,
        localOnlyDecider: cause =>
        {
            _lastFailure = cause;
            SetHealth(IoHealth.Restarting);
            _log.Warning(cause, "The backend is restarted: {0}", cause.Message);
            return Directive.Restart;
        },
        loggingEnabled: false);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case BackendUp up when up.Backend.Equals(_backend):
                _lastFailure = null;
                _watch = new LoopWatch(up.Loop);
                SetHealth(IoHealth.Up);
                _started.TrySetResult(_backend);
                break;
            case BackendUp:
                break;
            case LookAtLoop:
                Look();
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
            case Terminated:
                OnStopped();
                break;
            case IoResult:
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    protected override void PostStop() => SetHealth(IoHealth.Down);

    private void Stop(Stop stop, Action then)
    {
        if (_backend.IsNobody())
        {
            then();
            return;
        }

        _stopped.Add(then);
        _backend.Tell(stop, Self);
    }

    private void OnStopped()
    {
        _backend = ActorRefs.Nobody;
        _watch = null;
        if (_lastFailure is { } cause && _stopped.Count == 0)
        {
            _log.Error(
                cause,
                "The backend has failed more than {0} times within {1} and is stopped: operations are answered ECANCELED.",
                _settings.MaxRestarts,
                _settings.RestartWindow);
        }
        else
        {
            _log.Info("The backend has stopped.");
        }

        SetHealth(IoHealth.Down);
        _started.TrySetException(_lastFailure ?? new InvalidOperationException("The backend has stopped."));
        _stopped.ForEach(then => then());
        _stopped.Clear();
    }

    private void Look()
    {
        if (_watch?.Look() is not { } stalled)
        {
            return;
        }

        if (stalled >= _settings.StallAfter && _health.Value == IoHealth.Up)
        {
            _log.Error(
                "The loop of the backend has stood still for {0}: an actor that was placed on it blocks it.", stalled);
            SetHealth(IoHealth.Stalled);
        }
        else if (stalled == TimeSpan.Zero && _health.Value == IoHealth.Stalled)
        {
            _log.Info("The loop of the backend goes on.");
            SetHealth(IoHealth.Up);
        }
    }

    private void SetHealth(IoHealth health)
    {
        if (_health.Value != health)
        {
            _health.Value = health;
            Context.System.EventStream.Publish(new IoHealthChanged(health, _lastFailure));
        }
    }

    /// <summary>Stops the backend in order; the reply is <see cref="Done"/>.</summary>
    internal sealed record StopService(Stop Stop);

    private sealed class LookAtLoop
    {
        internal static readonly LookAtLoop Instance = new();
    }
}

/// <summary>A backend serves, for the first time or again; published on the event stream.</summary>
internal sealed record BackendUp(IActorRef Backend, EventLoop Loop);

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
