using System;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.Event;

namespace Akka.IoActors.Supervision;

/// <summary>
/// The parent of the backend, at <c>/system/io-actors</c>: restarts it when it fails, stops it when it fails too
/// often, and keeps the health of the service.
/// </summary>
internal sealed class IoSupervisor : UntypedActor
{
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly IoSettings _settings;
    private readonly BackendSelection _selection;
    private readonly IoHealthState _health;
    private readonly TaskCompletionSource<IActorRef> _started;
    private IActorRef _backend = ActorRefs.Nobody;
    private Exception? _lastFailure;

    public IoSupervisor(
        IoSettings settings, BackendSelection selection, IoHealthState health, TaskCompletionSource<IActorRef> started)
    {
        _settings = settings;
        _selection = selection;
        _health = health;
        _started = started;
    }

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
    }

    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(
        maxNrOfRetries: _settings.MaxRestarts,
        withinTimeMilliseconds: (int)_settings.RestartWindow.TotalMilliseconds,
        localOnlyDecider: cause =>
        {
            _health.Value = IoHealth.Restarting;
            _lastFailure = cause;
            _log.Warning(cause, "The backend is restarted: {0}", cause.Message);
            return Directive.Restart;
        },
        loggingEnabled: false);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case BackendUp up when up.Backend.Equals(_backend):
                _health.Value = IoHealth.Up;
                _started.TrySetResult(_backend);
                break;
            case BackendUp:
                break;
            case Terminated:
                _health.Value = IoHealth.Down;
                _log.Error(
                    "The backend has failed more than {0} times within {1} and is stopped: "
                    + "operations are answered ECANCELED.",
                    _settings.MaxRestarts,
                    _settings.RestartWindow);
                _started.TrySetException(_lastFailure ?? new InvalidOperationException("The backend has stopped."));
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    protected override void PostStop() => _health.Value = IoHealth.Down;
}

/// <summary>A backend serves, for the first time or again; published on the event stream.</summary>
internal sealed record BackendUp(IActorRef Backend);

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
