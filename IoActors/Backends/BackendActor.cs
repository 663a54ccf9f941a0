using System;
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

    private protected BackendActor(IoSettings settings) => _settings = settings;

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    private protected IoSettings Settings => _settings;

    private protected ILoggingAdapter Log => _log;

    private protected EventLoop Loop => _state.Loop;

    private protected OperationTable Table => _state.Table;

    private protected OffloadPool Pool => _state.Pool;

    private protected OffloadPool Streams => _state.Streams;

    /// <summary>The Props of a backend on a loop of its own.</summary>
    private protected static Props PropsOf<TBackend>(ActorSystem system, IoSettings? settings)
        where TBackend : BackendActor
    {
        ArgumentNullException.ThrowIfNull(system);
        UndeliveredOperations.Watch(system);
        return Props.Create<TBackend>(settings ?? IoSettings.Of(system))
            .WithDispatcher(LoopDispatchers.Add(system));
    }

    /// <summary>Makes the executor and attaches it to the loop.</summary>
    private protected abstract IOperationExecutor OpenExecutor(Action<Exception> failed);

    /// <summary>Takes the executor down and reaps what it has.</summary>
    /// <returns>Whether everything was reaped.</returns>
    private protected abstract bool CloseExecutor(TimeSpan deadline);

    /// <summary>Hands on what has been prepared.</summary>
    /// <returns>The number of operations.</returns>
    private protected abstract long Flush();

    /// <summary>Takes in what has completed, now.</summary>
    private protected abstract void TakeIn();

    /// <summary>What the backend is.</summary>
    private protected abstract BackendInfo Describe();

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
        if (_state.Failures == 0)
        {
            Open();
        }
        else
        {
            Timers.StartSingleTimer(OpenExecutorNow.Instance, OpenExecutorNow.Instance, _state.BackOff());
        }
    }

    /// <inheritdoc/>
    protected override bool Receive(object message)
    {
        switch (message)
        {
            case GetInfo:
                Answer((IoOperation)message, static (operation, self) => new InfoResult(operation, self.Describe()));
                return true;
            case Akka.IoActors.Flush:
                Answer((IoOperation)message, static (operation, self) => new IoResult(operation, self.Flush()));
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
            case IoOperation operation:
                Table.Submit(operation, Requester);
                return true;
            case ExecutorFailed failure:
                throw new BackendFailedException(failure.Cause);
            case OpenExecutorNow:
                Open();
                return true;
            default:
                return false;
        }
    }

    /// <inheritdoc/>
    protected override void PreRestart(Exception reason, object message)
    {
        if (_state is null)
        {
            return;
        }

        _polls.AnswerAll();
        _state.Failed();
        Table.Resumes = true;
        Settle();
        Table.Resumes = false;
        if (message is IoOperation operation && !Table.Has(operation))
        {
            // It was in hand when the actor failed, and Akka will not deliver it again.
            Table.Answer(operation, Requester, new IoResult(operation, -(long)Errno.ECANCELED));
        }
    }

    /// <inheritdoc/>
    protected override void PostStop()
    {
        if (_state is null)
        {
            return;
        }

        _polls.AnswerAll();
        Settle();
        Table.ForEachRunning(slot =>
        {
            Pool.Cancel(slot);
            Streams.Cancel(slot);
        });
        if (!Pool.Drain(_settings.DrainTimeout) | !Streams.Drain(_settings.DrainTimeout))
        {
            _log.Warning(
                "Stopped with {0} operations still on the offload pool.", Pool.InFlight + Streams.InFlight);
            Table.Abandon(static _ => true);
        }

        // Last: what came back from a pool may have had to go on.
        Table.CancelWaiting();
        Pool.Dispose();
        Streams.Dispose();
        Table.Dispose();
        Loop.Tenant = null;
    }

    /// <summary>Whom to answer; nobody if the message came from no actor.</summary>
    private IActorRef Requester => Sender.Equals(Context.System.DeadLetters) ? ActorRefs.Nobody : Sender;

    private void Answer(IoOperation operation, Func<IoOperation, BackendActor, IoResult> result) =>
        Table.Answer(operation, Requester, result(operation, this));

    private void TakePoll(Poll poll, IActorRef requester)
    {
        var before = Table.Completions;
        TakeIn();
        if (Table.Completions > before || poll.Timeout == TimeSpan.Zero)
        {
            Table.Answer(poll, requester, new IoResult(poll, Table.Completions - before));
            return;
        }

        _polls.Add(poll, requester, before);
        if (poll.Timeout != Timeout.InfiniteTimeSpan)
        {
            Timers.StartSingleTimer(poll, new PollTimeout(poll), poll.Timeout);
        }
    }

    private void Open()
    {
        var self = Self;
        IOperationExecutor executor;
        try
        {
            executor = OpenExecutor(cause => self.Tell(new ExecutorFailed(cause), ActorRefs.NoSender));
        }
        catch
        {
            _state.Failed();
            throw;
        }

        if (_state.Failures > 0)
        {
            Table.Restarts++;
            _log.Info(
                "{0} is back after {1} failure(s); {2} operations go on.",
                Self.Path.Name, _state.Failures, Table.Unanswered);
        }

        _state.Opened();
        Table.UseExecutor(executor);
        Context.System.EventStream.Publish(new BackendUp(Self));
    }

    /// <summary>Takes the executor down. Afterwards the kernel has nothing of ours, or it is leaked on purpose.</summary>
    private void Settle()
    {
        Table.UseExecutor(null);
        if (!CloseExecutor(_settings.DrainTimeout))
        {
            _log.Warning(
                "{0} of the operations in flight could not be reaped: their buffers are given up.",
                Table.Running - Pool.InFlight);
            Table.Abandon(static slot => !slot.Offloaded);
        }
    }

    private sealed record ExecutorFailed(Exception Cause);

    private sealed record PollTimeout(Poll Poll);

    private sealed class OpenExecutorNow
    {
        internal static readonly OpenExecutorNow Instance = new();
    }
}
