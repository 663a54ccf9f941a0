using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Threading;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using Akka.IoActors.Loop;
using Akka.IoActors.Operations;
using Akka.IoActors.Supervision;

namespace Akka.IoActors.Backends;

/// <summary>
/// A backend: takes operations in, has them carried out by an executor on its loop's own thread, and answers
/// each once. Must run on a dispatcher of type <see cref="LoopDispatcher"/>.
/// </summary>
/// <remarks>
/// <code>
///              PreStart, PostRestart
///                       │
///            ┌──────────▼──────────┐  the executor cannot be made
///            │ Opening: operations │────────────▶ throws: restart, or
///            │ wait; back-off      │              stop past the limit
///            └──────────┬──────────┘
///                       │ OpenExecutor
///            ┌──────────▼──────────┐  ExecutorFailed
///            │ Serving             │────────────▶ throws: PreRestart settles
///            └──────────┬──────────┘              what is in flight
///                       │ PostStop: everything is answered
/// </code>
/// </remarks>
public abstract class BackendActor : ActorBase, IWithTimers
{
    private readonly IoSettings _settings;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private BackendState _state = null!;
    private PendingPolls _polls = null!;

    /// <summary>Makes the engine of each start.</summary>
    private const DynamicallyAccessedMemberTypes Constructors =
        DynamicallyAccessedMemberTypes.PublicConstructors | DynamicallyAccessedMemberTypes.NonPublicConstructors;

    private readonly Func<BackendState, BackendEngine> _choose;

    private BackendEngine _engine = null!;

    private protected BackendActor(IoSettings settings, Func<BackendState, BackendEngine> choose)
    {
        _settings = settings;
        _choose = choose;
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    private OperationTable Table => _state.Table;

    /// <summary>The Props of a backend on a loop of its own. Akka makes it by reflection: a trimmer is to leave its constructors.</summary>
    private protected static Props PropsOf<[DynamicallyAccessedMembers(Constructors)] TBackend>(ActorSystem system, IoSettings? settings)
        where TBackend : BackendActor
    {
        ArgumentNullException.ThrowIfNull(system);
        UndeliveredOperations.Watch(system);
        return Props.Create<TBackend>(settings ?? IoSettings.Of(system))
            .WithDispatcher(LoopDispatchers.Add(system));
    }

    /// <inheritdoc/>
    protected override void PreStart()
    {
        var loop = EventLoop.Current ?? throw new ConfigurationException(
            $"{Self.Path} must run on a loop dispatcher: use the Props of the backend.");
        if (loop.Tenant is null)
        {
            loop.Tenant = new BackendState(loop, Self, _settings);
        }

        _state = loop.Tenant as BackendState is { } state && state.Owner.Equals(Self)
            ? state
            : throw new InvalidOperationException($"{Self.Path}: its loop has a backend already.");
        _polls = new PendingPolls(Table);
        _engine = _choose(_state);
        if (_state.Failures == 0)
        {
            OpenFirst();
        }
        else
        {
            Timers.StartSingleTimer(OpenExecutorNow.Instance, OpenExecutorNow.Instance, _state.BackOff());
        }

        if (_state.Stop is { } stop)
        {
            Timers.StartSingleTimer(StopDeadline.Instance, StopDeadline.Instance, stop.Left);
        }
    }

    /// <inheritdoc/>
    protected override bool Receive(object message)
    {
        switch (message)
        {
            case GetInfo:
                Answer((IoOperation)message, static (operation, self) => new InfoResult(operation, self._engine.Describe()));
                return true;
            case Akka.IoActors.Flush:
                Answer((IoOperation)message, static (operation, self) => new IoResult(operation, self._engine.Flush()));
                return true;
            case Poll poll:
                TakePoll(poll, Requester);
                return true;
            case PollTimeout timeout:
                _polls.End(timeout.Poll);
                return true;
            case Cancel:
                Answer(
                    (IoOperation)message,
                    static (operation, self) => new IoResult(operation, self.Table.Cancel(((Cancel)operation).Operation)));
                return true;
            case Own own:
                Context.Watch(own.Owner);
                Table.Answer(own, Requester, new IoResult(own, 0));
                return true;
            case Watermark watermark:
                Answer(watermark, static (operation, self) => self.Subscribe((Watermark)operation));
                return true;
            case Stop stop:
                BeginStop(stop);
                return true;
            case IoOperation operation:
                Table.Submit(operation, Requester);
                return true;
            case Hold hold when hold.Carrier.Equals(Self):
                Table.Submit(hold.Operation, Requester, hold);
                return true;
            case Hold hold:
                Table.Keep(hold);
                return true;
            case HoldGranted granted:
                Table.Grant(granted.Hold);
                return true;
            case HoldEnded ended:
                Table.End(ended.Hold, ended.Reason);
                return true;
            case Reopened reopened:
                Table.Reopen(reopened.Fd);
                return true;
            case JoinLoops join:
                Join(join);
                return true;
            case ExecutorFailed failure:
                throw new BackendFailedException(failure.Cause);
            case OpenExecutorNow:
                Open();
                return true;
            case Terminated terminated:
                LetGoOf(terminated.ActorRef);
                return true;
            case StopDeadline when _state.Stop is { } stop:
                stop.CutShort = Table.CancelAll(static _ => true);
                Context.Stop(Self);
                return true;
            case Emptied when _state.Stop is not null:
                Context.Stop(Self);
                return true;
            default:
                return false;
        }
    }

    /// <inheritdoc/>
    protected override void PreRestart(Exception reason, object message)
    {
        if (_engine is null)
        {
            return;
        }

        _polls.AnswerAll();
        _state.Failed();
        Table.Resumes = true;
        Settle();
        Table.Resumes = false;
        var hold = message as Hold;
        if (hold is not null && !hold.Carrier.Equals(Self))
        {
            // A place that was to be kept here: the operation is its carrier's to answer.
            hold.Carrier.Tell(new HoldEnded(hold, Errno.ECANCELED), Self);
        }
        else if ((message as IoOperation ?? hold?.Operation) is { } operation && !Table.Has(operation))
        {
            // It was in hand when the actor failed, and Akka will not deliver it again.
            Table.Answer(operation, Requester, new IoResult(operation, -(long)Errno.ECANCELED));
        }
    }

    /// <inheritdoc/>
    protected override void PostStop()
    {
        if (_engine is null)
        {
            return;
        }

        _polls.AnswerAll();
        Settle();
        Table.ForEachRunning(slot =>
        {
            _state.Pool.Cancel(slot);
            _state.Streams.Cancel(slot);
        });
        if (!_state.Pool.Drain(_settings.DrainTimeout) | !_state.Streams.Drain(_settings.DrainTimeout))
        {
            _log.Warning(
                "Stopped with {0} operations still on the offload pool.", _state.Pool.InFlight + _state.Streams.InFlight);
            Table.Abandon(static _ => true);
        }

        // Last: what came back from a pool may have had to go on.
        Table.CancelWaiting();
        Table.LoseHolds();
        foreach (var (operation, requester) in _state.Stop?.Requests ?? [])
        {
            Table.Answer(operation, requester, new IoResult(operation, _state.Stop!.CutShort));
        }

        _state.Dispose();
    }

    /// <summary>Whom to answer; nobody if the message came from no actor.</summary>
    private IActorRef Requester => Sender.Equals(Context.System.DeadLetters) ? ActorRefs.Nobody : Sender;

    private void Answer(IoOperation operation, Func<IoOperation, BackendActor, IoResult> result) =>
        Table.Answer(operation, Requester, result(operation, this));

    private void TakePoll(Poll poll, IActorRef requester)
    {
        var before = Table.Completions;
        _engine.TakeIn();
        if (Table.Completions > before || poll.Wait == TimeSpan.Zero)
        {
            Table.Answer(poll, requester, new IoResult(poll, Table.Completions - before));
            return;
        }

        _polls.Add(poll, requester, before);
        if (poll.Wait != Timeout.InfiniteTimeSpan)
        {
            Timers.StartSingleTimer(poll, new PollTimeout(poll), poll.Wait);
        }
    }

    private IoResult Subscribe(Watermark watermark)
    {
        if (watermark.High == 0)
        {
            Table.Watermarks.Remove(watermark.Subscriber, Table.Waiting);
        }
        else
        {
            Context.Watch(watermark.Subscriber);
            Table.Watermarks.Add(watermark, Table.Waiting);
        }

        return new IoResult(watermark, 0);
    }

    /// <summary>Ends what a stopped actor has here. A closure in Receive would be made for every message.</summary>
    private void LetGoOf(IActorRef stopped)
    {
        Table.Watermarks.Remove(stopped, Table.Waiting);
        Table.CancelAll(slot => slot.Requester.Equals(stopped));
    }

    /// <summary>From now on a descriptor that is brought here may be another loop's: that one hears of it.</summary>
    private void Join(JoinLoops join)
    {
        var self = Self;
        Table.Brought = fd =>
        {
            var owner = fd % join.Loops.Count;
            if (owner != join.Own)
            {
                join.Loops[owner].Tell(new Reopened(fd), self);
            }
        };
    }

    private void BeginStop(Stop stop)
    {
        if (_state.Stop is null)
        {
            var self = Self;
            _state.Stop = new BackendStop(stop.Deadline);
            Table.Refuses = true;
            _polls.AnswerAll();
            Table.Emptied = () => self.Tell(Emptied.Instance, ActorRefs.NoSender);
            Timers.StartSingleTimer(StopDeadline.Instance, StopDeadline.Instance, stop.Deadline);

            // Behind a barrier nobody may have asked yet whether it is a file.
            Table.CancelAll(static slot => slot.Operation is Delay or PipeOperation || (slot.IsIdleWait && slot.Lane!.Look() <= 0));
            if (Table.Unanswered == 0)
            {
                Context.Stop(Self);
            }
        }

        // Last: if anything above throws, PreRestart answers this one.
        _state.Stop.Requests.Add((stop, Requester));
    }

    /// <summary>Akka asks no PreRestart of an actor that fails in its PreStart: the failure is counted here.</summary>
    private void OpenFirst()
    {
        try
        {
            Open();
        }
        catch
        {
            _state.Failed();
            throw;
        }
    }

    private void Open()
    {
        var self = Self;
        Table.Backend = _engine.Name;
        var executor = _engine.Open(cause => self.Tell(new ExecutorFailed(cause), ActorRefs.NoSender));
        if (_state.Failures > 0)
        {
            Table.Restarts++;
            _log.Info(
                "{0} is back after {1} failure(s); {2} operations go on.",
                Self.Path.Name, _state.Failures, Table.Unanswered);
        }

        _state.Opened();
        Table.UseExecutor(executor);
        Context.System.EventStream.Publish(new BackendUp(Self, _state.Loop));
    }

    /// <summary>Takes the executor down. Afterwards the kernel has nothing of ours, or it is leaked on purpose.</summary>
    private void Settle()
    {
        Table.UseExecutor(null);
        if (!_engine.Close(_settings.DrainTimeout))
        {
            _log.Warning(
                "{0} of the operations in flight could not be reaped: their buffers are given up.",
                Table.Running - _state.Pool.InFlight);
            Table.Abandon(static slot => !slot.Offloaded);
        }
    }

    private sealed record ExecutorFailed(Exception Cause) : LocalMessage;

    /// <summary>Ends the wait of a Poll.</summary>
    internal sealed record PollTimeout(Poll Poll) : LocalMessage;

    /// <summary>Tells a loop of the others, itself among them, and which one it is.</summary>
    internal sealed record JoinLoops(IReadOnlyList<IActorRef> Loops, int Own) : LocalMessage;

    private sealed class StopDeadline
    {
        internal static readonly StopDeadline Instance = new();
    }

    private sealed class Emptied
    {
        internal static readonly Emptied Instance = new();
    }

    private sealed class OpenExecutorNow
    {
        internal static readonly OpenExecutorNow Instance = new();
    }
}
