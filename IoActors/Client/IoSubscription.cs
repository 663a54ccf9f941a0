using System;
using System.Threading;
using Akka.Actor;
using Akka.Dispatch.SysMsg;
using Akka.IoActors.Client;

namespace Akka.IoActors;

/// <summary>
/// One accept or receive after the other for an actor, as many as it asks for: <see cref="IoClient.Subscribe"/>. Each
/// <see cref="IoResult"/> goes to the actor; the next operation starts on the loop, at once, without a message from it.
/// </summary>
/// <remarks>
/// What is not asked for stays in the kernel: connections in the backlog, bytes in the socket, so that the peer is held back.
/// The last result is one that failed, or the 0 of a peer that has closed its side; <see cref="Cancel"/> leads to
/// −ECANCELED, if anything was asked for. An actor that stops ends its subscriptions. Multishot operations of the kernel
/// would deliver more than was asked for, and measured no faster (docs/performance.md).
/// </remarks>
public sealed class IoSubscription
{
    private readonly Source _source;

    internal IoSubscription(IActorRefProvider provider, IActorRef backend, IoOperation operation, IActorRef subscriber) =>
        _source = new Source(provider, backend, operation, subscriber);

    /// <summary>Asks for more results.</summary>
    /// <param name="count">How many more: 1 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">The count is not positive.</exception>
    public void Demand(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        _source.Demand(count);
    }

    /// <summary>Ends the subscription. A result that is on its way still comes.</summary>
    public void Cancel() => _source.Cancel();

    /// <summary>The sender of the operations.</summary>
    private sealed class Source : MinimalActorRef
    {
        private readonly IActorRef _backend;
        private readonly IoOperation _operation;
        private readonly IInternalActorRef _subscriber;
        private ActorPath? _path;

        /// <summary>
        /// Results asked for and not delivered; one of them is in flight while it is more than 0. Any thread; added to.
        /// </summary>
        private long _demand;

        /// <summary>Whether it has ended. Any thread; written once.</summary>
        private volatile bool _ended;

        // 1 once nothing more comes. Any thread; exchanged.
        private int _finished;

        internal Source(IActorRefProvider provider, IActorRef backend, IoOperation operation, IActorRef subscriber)
        {
            Provider = provider;
            _backend = backend;
            _operation = operation;
            _subscriber = (IInternalActorRef)subscriber;
            _subscriber.SendSystemMessage(new Watch(_subscriber, this));
        }

        public override IActorRefProvider Provider { get; }

        public override ActorPath Path => _path ??= Provider.TempPath();

        internal void Demand(int count)
        {
            // From 0: nothing is in flight, and whoever adds first starts.
            if (Interlocked.Add(ref _demand, count) == count)
            {
                Next();
            }
        }

        internal void Cancel()
        {
            _ended = true;
            _backend.Tell(new Cancel(_operation), ActorRefs.NoSender);
            if (Interlocked.Read(ref _demand) == 0)
            {
                TryFinish();
            }
        }

        /// <summary>The subscriber has stopped.</summary>
        public override void SendSystemMessage(ISystemMessage message)
        {
            if (message is DeathWatchNotification)
            {
                Cancel();
            }
        }

        protected override void TellInternal(object message, IActorRef sender)
        {
            if (message is not IoResult result)
            {
                return;
            }

            // Of an accept the value is not looked at: that would take the descriptor over.
            var isLast = !result.IsSuccess || (result.Operation is RecvPooled && result.Value == 0);
            if (isLast)
            {
                // Not "|=": that would write back what it was before a Cancel in between.
                _ended = true;
            }

            _subscriber.Tell(result, sender);
            if (isLast)
            {
                TryFinish();
            }

            if (Interlocked.Decrement(ref _demand) > 0)
            {
                Next();
            }
            else if (_ended)
            {
                TryFinish();
            }
        }

        private void Next()
        {
            if (_ended)
            {
                // Cancelled between two results: nothing is in flight that could say so.
                if (TryFinish())
                {
                    _subscriber.Tell(new IoResult(_operation, -(long)Errno.ECANCELED), _backend);
                }

                return;
            }

            _backend.Tell(_operation, this);
            if (_ended)
            {
                // Cancelled meanwhile: that may have come before what it was to end.
                _backend.Tell(new Cancel(_operation), ActorRefs.NoSender);
            }
        }

        /// <summary>Nothing more comes: the subscriber need not be watched any more.</summary>
        /// <returns>Whether that was not known yet.</returns>
        private bool TryFinish()
        {
            if (Interlocked.Exchange(ref _finished, 1) != 0)
            {
                return false;
            }

            _subscriber.SendSystemMessage(new Unwatch(_subscriber, this));
            return true;
        }
    }
}
