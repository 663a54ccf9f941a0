using System;
using System.Buffers;
using System.Collections.Generic;
using System.Linq;
using Akka.Actor;
using Akka.IO;

namespace Akka.IoActors.Sockets;

/// <summary>The writes of a connection that wait for their turn. Owned by the connection.</summary>
/// <param name="most">Bytes that may wait; negative for any number.</param>
internal sealed class TcpWrites(int most)
{
    // What one operation sends at the most: large enough for the kernel's sake, small enough for acks to come early.
    private const int MostAtOnce = 65536;

    private readonly Queue<(Tcp.SimpleWriteCommand Command, IActorRef Sender)> _waiting = new();

    /// <summary>Those of which the last byte is in the buffer.</summary>
    private readonly List<(Tcp.SimpleWriteCommand Command, IActorRef Sender)> _gathered = [];
    private long _bytes;

    /// <summary>Bytes of the first write that have been sent, or are being sent.</summary>
    private int _offset;

    private byte[]? _buffer;

    /// <summary>Whether none waits.</summary>
    internal bool IsEmpty => _waiting.Count == 0;

    /// <summary>Whether it can be sent: anybody may derive a command of his own.</summary>
    internal static bool Knows(Tcp.WriteCommand command) => command switch
    {
        Tcp.Write or WriteFile => true,
        Tcp.CompoundWrite compound => compound.All(static part => part is Tcp.Write or WriteFile),
        _ => false,
    };

    /// <summary>Takes a write that is known, or all parts of a compound one, or nothing if there is no room.</summary>
    internal bool TryAdd(Tcp.WriteCommand command, IActorRef sender)
    {
        if (most >= 0 && _bytes + command.Bytes > most)
        {
            return false;
        }

        _bytes += command.Bytes;
        if (command is Tcp.CompoundWrite compound)
        {
            foreach (var part in compound)
            {
                _waiting.Enqueue((part, sender));
            }
        }
        else
        {
            _waiting.Enqueue(((Tcp.SimpleWriteCommand)command, sender));
        }

        return true;
    }

    /// <summary>The next to be sent is a file: takes it.</summary>
    internal bool TryTakeFile(out WriteFile file, out IActorRef sender)
    {
        if (_waiting.TryPeek(out var first) && first.Command is WriteFile command)
        {
            _waiting.Dequeue();
            (file, sender) = (command, first.Sender);
            return true;
        }

        (file, sender) = (null!, ActorRefs.Nobody);
        return false;
    }

    /// <summary>
    /// Gathers what is to be sent next into one buffer, up to the next file. It is empty if there were only empty writes.
    /// </summary>
    internal ReadOnlyMemory<byte> Gather()
    {
        // Akka's ByteString gives nobody its memory; and one send is cheaper than many.
        _buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(MostAtOnce, Math.Max(1, _bytes - _offset)));
        var length = 0;
        while (_waiting.TryPeek(out var first) && first.Command is Tcp.Write write)
        {
            var count = int.Min(write.Data.Count - _offset, int.Min(_buffer.Length, MostAtOnce) - length);
            if (count > 0)
            {
                var room = _buffer.AsSpan(length, count);
                var part = count == write.Data.Count ? write.Data : write.Data.Slice(_offset, count);
                part.CopyTo(ref room);
            }

            length += count;
            _offset += count;
            if (_offset < write.Data.Count)
            {
                break;
            }

            _waiting.Dequeue();
            _bytes -= write.Data.Count;
            _offset = 0;
            _gathered.Add(first);
        }

        return _buffer.AsMemory(0, length);
    }

    /// <summary>What <see cref="Gather"/> gave has been sent: its writers hear of it, and the buffer is free.</summary>
    internal void Sent(IActorRef connection)
    {
        foreach (var (command, sender) in _gathered)
        {
            if (command.WantsAck)
            {
                sender.Tell(command.Ack, connection);
            }
        }

        _gathered.Clear();
        ReturnBuffer();
    }

    /// <summary>The buffer is not used any more; if the kernel may still use it, it is left to the collector.</summary>
    internal void ReturnBuffer(bool isSafe = true)
    {
        if (isSafe)
        {
            ArrayPool<byte>.Shared.Return(_buffer!);
        }

        _buffer = null;
    }

    /// <summary>Nothing will be sent any more: the writers hear of what has not been sent as a whole.</summary>
    internal void Fail(IActorRef connection, Exception cause)
    {
        foreach (var (command, sender) in _gathered.Concat(_waiting))
        {
            sender.Tell(command.FailureMessage.WithCause(cause), connection);
        }

        _gathered.Clear();
        _waiting.Clear();
    }
}
