using System;
using System.Diagnostics.CodeAnalysis;
using System.Threading;
using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Dispatch.MessageQueues;

namespace Akka.IoActors.Sockets;

/// <summary>
/// The mailbox of a connection's actor, from HOCON: <c>mailbox-type = "Akka.IoActors.Sockets.ConnectionMailbox, IoActors"</c>. Unbounded, and as small as
/// what waits in it: Akka's own keeps room for 32 messages, a kilobyte, in each of ten thousand idle connections.
/// </summary>
internal sealed class ConnectionMailbox(Settings settings, Config config) : MailboxType(settings, config), IProducesMessageQueue<ConnectionMailbox.MessageQueue>
{
    /// <summary>Where the configuration has it.</summary>
    internal const string Id = "io-actors.connection-mailbox";

    /// <summary>Nothing but the configuration names it: keeps it in a trimmed program.</summary>
    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicConstructors, typeof(ConnectionMailbox))]
    internal static Props Of(Props props) => props.WithMailbox(Id);

    /// <inheritdoc/>
    public override IMessageQueue Create(IActorRef owner, ActorSystem system) => new MessageQueue();

    /// <summary>A ring that grows while more waits in it, and is let go of when it has been large and is empty.</summary>
    internal sealed class MessageQueue : IMessageQueue, IUnboundedMessageQueueSemantics
    {
        private const int Least = 4;

        /// <summary>A ring of more places than these is not kept for a connection that is quiet.</summary>
        private const int Kept = 32;

        private readonly Lock _lock = new();

        // The ring, its first message and how many there are. Under the lock; the count is read without.
        private Envelope[] _ring = [];
        private int _first;
        private volatile int _count;

        public bool HasMessages => _count > 0;

        public int Count => _count;

        public void Enqueue(IActorRef receiver, Envelope envelope)
        {
            lock (_lock)
            {
                if (_count == _ring.Length)
                {
                    Grow();
                }

                _ring[(_first + _count) & (_ring.Length - 1)] = envelope;
                _count++;
            }
        }

        public bool TryDequeue(out Envelope envelope)
        {
            envelope = default;
            if (_count == 0)
            {
                return false;
            }

            lock (_lock)
            {
                // One reader: what was there still is.
                envelope = _ring[_first];
                _ring[_first] = default;
                _first = (_first + 1) & (_ring.Length - 1);
                if (--_count == 0 && _ring.Length > Kept)
                {
                    _ring = [];
                    _first = 0;
                }
            }

            return true;
        }

        public void CleanUp(IActorRef owner, IMessageQueue deadletters)
        {
            while (TryDequeue(out var envelope))
            {
                deadletters.Enqueue(owner, envelope);
            }
        }

        private void Grow()
        {
            var larger = new Envelope[int.Max(Least, _ring.Length * 2)];
            for (var n = 0; n < _count; n++)
            {
                larger[n] = _ring[(_first + n) & (_ring.Length - 1)];
            }

            _ring = larger;
            _first = 0;
        }
    }
}
