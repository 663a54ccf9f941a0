using System;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Threading;
using System.Threading.Tasks;
using System.Threading.Tasks.Sources;
using Akka.Actor;
using Akka.IoActors.Telemetry;

namespace Akka.IoActors.Client;

/// <summary>
/// A sender that is an awaitable: the reply to the one operation that it stands for completes it. Pooled, so that
/// an await costs no more than a Tell.
/// </summary>
internal sealed class IoPromise : MinimalActorRef, IValueTaskSource<IoResult>
{
    private readonly IoPromisePool _pool;
    private ActorPath? _path;

    /// <summary>What is waited for: set by the caller before the send, exchanged by the reply.</summary>
    private IoOperation? _operation;

    /// <summary>The span of the operation; null while nobody traces. Set by the caller before the send, taken by the reply.</summary>
    private Activity? _span;

    private CancellationTokenRegistration _cancellation;
    private IActorRef _backend = ActorRefs.Nobody;

    // A struct that must not be copied: never readonly.
    private ManualResetValueTaskSourceCore<IoResult> _source;

    internal IoPromise(IoPromisePool pool)
    {
        _pool = pool;

        // The reply comes on the loop's thread, which the caller's code must not occupy unless it asked for that.
        _source.RunContinuationsAsynchronously = !pool.ContinueOnLoop;
    }

    /// <inheritdoc/>
    public override IActorRefProvider Provider => _pool.Provider;

    /// <inheritdoc/>
    public override ActorPath Path => _path ??= Provider.TempPath();

    /// <summary>Sends an operation, with this as its sender.</summary>
    internal ValueTask<IoResult> Send(IActorRef backend, IoOperation operation, CancellationToken cancellation)
    {
        _backend = backend;
        _pool.Inline?.Sending(operation);
        _span = IoSpans.Start(operation);
        Volatile.Write(ref _operation, operation);
        var task = new ValueTask<IoResult>(this, _source.Version);
        backend.Tell(operation, this);
        if (cancellation.CanBeCanceled)
        {
            // The reply may have come, and even been taken, by now: Cancel then finds nothing to cancel.
            _cancellation = cancellation.UnsafeRegister(
                static (state, _) =>
                {
                    var (backend, operation) = ((IActorRef, IoOperation))state!;
                    backend.Tell(new Cancel(operation), ActorRefs.NoSender);
                },
                (_backend, operation));
        }

        return task;
    }

    /// <inheritdoc/>
    public IoResult GetResult(short token)
    {
        try
        {
            return _source.GetResult(token);
        }
        finally
        {
            _cancellation.Dispose();
            _cancellation = default;
            _source.Reset();
            _pool.Return(this);
        }
    }

    /// <inheritdoc/>
    public ValueTaskSourceStatus GetStatus(short token) => _source.GetStatus(token);

    /// <inheritdoc/>
    public void OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);

    /// <inheritdoc/>
    protected override void TellInternal(object message, IActorRef sender)
    {
        // Only the reply to what this stands for now: a pooled promise must not take another's.
        if (message is IoResult result
            && Interlocked.CompareExchange(ref _operation, null, result.Operation) == result.Operation)
        {
            _pool.Inline?.Answered(result.Operation);
            if (_span is { } span)
            {
                _span = null;
                IoSpans.End(span, result);
            }

            _source.SetResult(result);
        }
        else
        {
            Provider.DeadLetters.Tell(message, sender);
        }
    }
}

/// <summary>The promises of one client.</summary>
internal sealed class IoPromisePool(IActorRefProvider provider, InlineReads? inline, bool continueOnLoop)
{
    /// <summary>More than this are left to the collector.</summary>
    private const int MostKept = 1024;

    private readonly ConcurrentQueue<IoPromise> _free = new();

    internal IActorRefProvider Provider { get; } = provider;

    /// <summary>Whether continuations run on the loop's thread.</summary>
    internal bool ContinueOnLoop { get; } = continueOnLoop;

    /// <summary>Null if no reads are served inline.</summary>
    internal InlineReads? Inline { get; } = inline;

    internal IoPromise Rent() => _free.TryDequeue(out var promise) ? promise : new IoPromise(this);

    internal void Return(IoPromise promise)
    {
        if (_free.Count < MostKept)
        {
            _free.Enqueue(promise);
        }
    }
}
