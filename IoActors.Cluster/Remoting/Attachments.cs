using System;
using System.Collections.Concurrent;
using System.Linq;
using System.Threading;
using Akka.Actor;
using ByteString = Akka.IO.ByteString;

namespace Akka.IoActors.Remoting;

/// <summary>
/// Bytes that go beside a message of Akka.Remote, on the same connection and right before it, and not in it: Akka.Remote copies a message three
/// or four times on each side, what goes beside it is not copied at all. Both nodes must have the transport, and agree on it.
/// </summary>
/// <remarks>
/// <code>
/// Add ─▶ id in the message ─▶ the transport sees it, sends the bytes, then the message ─▶ Arrived ─▶ Take, when the message is read
/// </code>
/// What is lost on the way is missing when the message is read: whoever uses this must count his messages anyway.
/// </remarks>
internal sealed class Attachments : IExtension
{
    /// <summary>The most that goes beside one message.</summary>
    internal const int MaxLength = 1 << 20;

    /// <summary>The bytes of what stands in a message for what goes beside it.</summary>
    internal const int TokenLength = 8 + IdLength;

    internal const int IdLength = 16;

    /// <summary>In no longer message is such a token looked for.</summary>
    private const int LongestMessage = 8 << 10;

    /// <summary>What may have arrived by one connection, and wait for its messages to be read.</summary>
    private const long MaxWaiting = 256 << 20;

    /// <summary>What waits to be sent with its message. Any thread.</summary>
    private readonly ConcurrentDictionary<Guid, ByteString> _outgoing = new();

    /// <summary>What waits to be read with its message. Any thread.</summary>
    private readonly ConcurrentDictionary<Guid, (ByteString Bytes, Incoming From)> _incoming = new();

    /// <summary>How many there are of the former: most messages have none, and are not searched. Any thread; interlocked.</summary>
    private int _outgoingCount;

    private volatile bool _isSupported;

    private static ReadOnlySpan<byte> Magic => "IoAttach"u8;

    /// <summary>Whether everything that leaves this node goes by the transport.</summary>
    internal bool IsSupported => _isSupported;

    /// <summary>How many wait, on the way out and in.</summary>
    internal (int Outgoing, int Incoming) Count => (_outgoing.Count, _incoming.Count);

    internal static Attachments Of(ActorSystem system) => Provider.Instance.Apply(system);

    /// <summary>There is a transport, which is the only one if the configuration says so.</summary>
    internal void Support(ActorSystem system) =>
        _isSupported = system.Settings.Config.GetStringList("akka.remote.enabled-transports", []).Distinct().Count() == 1;

    // ---- the sending node -----------------------------------------------------------------------

    /// <summary>Has bytes go beside the message that will have this id in it.</summary>
    internal Guid Add(ByteString bytes)
    {
        var id = Guid.NewGuid();
        Interlocked.Increment(ref _outgoingCount);
        _outgoing[id] = bytes;
        return id;
    }

    /// <summary>The message has arrived, or will not be sent.</summary>
    internal void Remove(Guid id) => TryRemove(id, out _);

    /// <summary>What stands in a message for what goes beside it.</summary>
    internal static byte[] TokenOf(Guid id)
    {
        var token = new byte[TokenLength];
        Magic.CopyTo(token);
        id.TryWriteBytes(token.AsSpan(Magic.Length));
        return token;
    }

    /// <summary>What is to go beside a message that is being sent.</summary>
    internal bool TryTakeFor(ReadOnlySpan<byte> message, out Guid id, out ByteString bytes)
    {
        (id, bytes) = (default, ByteString.Empty);
        if (Volatile.Read(ref _outgoingCount) == 0 || message.Length > LongestMessage)
        {
            return false;
        }

        // Whoever writes the magic into a message of his own cannot know an id.
        for (var at = message.IndexOf(Magic); at >= 0 && message.Length - at >= TokenLength;)
        {
            id = new Guid(message.Slice(at + Magic.Length, IdLength));
            if (TryRemove(id, out bytes))
            {
                return true;
            }

            message = message[(at + 1)..];
            at = message.IndexOf(Magic);
        }

        return false;
    }

    // ---- the receiving node ---------------------------------------------------------------------

    /// <summary>Something has come; its message comes next.</summary>
    /// <returns>False if too much has come by this connection whose message nobody reads.</returns>
    internal bool Arrived(Guid id, ByteString bytes, Incoming from)
    {
        _incoming[id] = (bytes, from);
        return Interlocked.Add(ref from.Waiting, bytes.Count) <= MaxWaiting;
    }

    /// <summary>What came beside a message that is being read; false if it was lost, or taken.</summary>
    internal bool TryTake(ReadOnlySpan<byte> token, out ByteString bytes)
    {
        bytes = ByteString.Empty;
        if (token.Length != TokenLength || !token.StartsWith(Magic) || !_incoming.TryRemove(new Guid(token[Magic.Length..]), out var arrived))
        {
            return false;
        }

        Interlocked.Add(ref arrived.From.Waiting, -arrived.Bytes.Count);
        bytes = arrived.Bytes;
        return true;
    }

    /// <summary>A connection has ended: what is left of it is nobody's.</summary>
    internal void Forget(Incoming from)
    {
        foreach (var (id, arrived) in _incoming)
        {
            if (arrived.From == from)
            {
                _incoming.TryRemove(id, out _);
            }
        }
    }

    private bool TryRemove(Guid id, out ByteString bytes)
    {
        var removed = _outgoing.TryRemove(id, out var found);
        bytes = removed ? found! : ByteString.Empty;
        if (removed)
        {
            Interlocked.Decrement(ref _outgoingCount);
        }

        return removed;
    }

    /// <summary>What one connection has brought.</summary>
    internal sealed class Incoming
    {
        /// <summary>The bytes that wait. Any thread; interlocked.</summary>
        internal long Waiting;
    }

    private sealed class Provider : ExtensionIdProvider<Attachments>
    {
        internal static readonly Provider Instance = new();

        public override Attachments CreateExtension(ExtendedActorSystem system) => new();
    }
}
