using System;
using System.Collections.Generic;
using Akka.Actor;
using Akka.IO;
using Akka.IoActors.Remoting;

namespace Akka.IoActors.Clustering.Handles;

/// <summary>What goes between a handle and its file: numbered, so that what the network loses is noticed.</summary>
internal abstract record SessionMessage;

/// <summary>A part of a command or event, which may be longer than a frame.</summary>
/// <param name="Sequence">1, 2, … in each direction.</param>
/// <param name="Id">Of the command, and of the event that answers it.</param>
/// <param name="Head">The command or event without its bytes; of the first part alone.</param>
/// <param name="Length">How many those bytes are; of the first part alone.</param>
/// <param name="Data">Those of this part.</param>
/// <param name="Received">The last piece that was received: what it brought is off the wire.</param>
internal sealed record Piece(long Sequence, long Id, object? Head, long Length, ByteString Data, long Received) : SessionMessage
{
    /// <summary>By which the data goes beside the message; none if it goes in it.</summary>
    internal Guid Attachment { get; init; }
}

/// <summary>Keeps the lease.</summary>
/// <param name="Sent">The last piece that was sent: who has not got that has lost some.</param>
/// <param name="Received">The last piece that was received: what it brought is off the wire.</param>
internal sealed record Keep(long Sent, long Received) : SessionMessage;

/// <summary>One side ends it.</summary>
/// <param name="Why">A part of a sentence.</param>
internal sealed record End(string Why) : SessionMessage;

/// <summary>One side of a session: cuts what is sent, puts together what is received. Owned by its actor.</summary>
/// <param name="frame">The bytes of a piece that goes in its message, at the most.</param>
internal sealed class Session(int frame)
{
    /// <summary>What has fewer bytes goes in its message.</summary>
    private const int LeastAttached = 16 << 10;

    private readonly Dictionary<long, Partial> _partial = [];

    /// <summary>What went beside pieces of which the other side has not said that they are there.</summary>
    private readonly Queue<(long Sequence, Guid Attachment)> _attached = new();
    private Attachments? _attachments;

    /// <summary>The bytes of a piece that goes in its message, at the most.</summary>
    internal int Frame { get; private set; } = frame;

    /// <summary>The last piece that was sent.</summary>
    internal long Sent { get; private set; }

    /// <summary>The last piece that was received.</summary>
    internal long Received { get; private set; }

    internal Keep Keep => new(Sent, Received);

    /// <summary>The other side takes no more than this.</summary>
    internal void Limit(int frame) => Frame = Math.Min(Frame, frame);

    /// <summary>Bytes may go beside messages.</summary>
    internal void Attach(Attachments attachments) => _attachments = attachments;

    /// <summary>Sends a message, in as many pieces as it takes.</summary>
    internal void Send(IActorRef to, IActorRef from, long id, object head, ByteString body)
    {
        var attachments = body.Count >= LeastAttached ? _attachments : null;
        var most = attachments is null ? Frame : Attachments.MaxLength;
        var start = 0;
        do
        {
            var count = Math.Min(most, body.Count - start);
            var data = count == body.Count ? body : body.Slice(start, count);
            var piece = new Piece(++Sent, id, start == 0 ? head : null, start == 0 ? body.Count : 0, data, Received);
            if (attachments is not null)
            {
                piece = piece with { Attachment = attachments.Add(data) };
                _attached.Enqueue((Sent, piece.Attachment));
            }

            to.Tell(piece, from);
            start += count;
        }
        while (start < body.Count);
    }

    /// <summary>The other side has got what was sent until then.</summary>
    internal void Arrived(long sequence)
    {
        while (_attached.TryPeek(out var attached) && attached.Sequence <= sequence)
        {
            _attached.Dequeue();
            _attachments!.Remove(attached.Attachment);
        }
    }

    /// <summary>Nothing more is sent.</summary>
    internal void End() => Arrived(long.MaxValue);

    /// <summary>Takes a piece.</summary>
    /// <returns>False if one before it has been lost, or it makes no sense: the session is over.</returns>
    internal bool TryReceive(Piece piece, out object? head, out ByteString body)
    {
        (head, body) = (null, ByteString.Empty);
        if (piece.Sequence != Received + 1)
        {
            return false;
        }

        Received++;
        Arrived(piece.Received);
        if (piece.Head is not null && piece.Data.Count == piece.Length)
        {
            (head, body) = (piece.Head, piece.Data);
            return true;
        }

        if (piece.Head is not null)
        {
            _partial[piece.Id] = new Partial(piece.Head, piece.Length, piece.Data);
        }
        else if (_partial.TryGetValue(piece.Id, out var partial))
        {
            partial.Data += piece.Data;
            if (partial.Data.Count > partial.Length)
            {
                return false;
            }

            if (partial.Data.Count == partial.Length)
            {
                _partial.Remove(piece.Id);
                (head, body) = (partial.Head, partial.Data);
            }
        }

        return true;
    }

    /// <summary>Lets go of a message that is not wanted: its other pieces are dropped as they come.</summary>
    internal void Drop(long id) => _partial.Remove(id);

    /// <summary>Whether all that the other side has sent has come.</summary>
    internal bool IsUpTo(Keep keep)
    {
        Arrived(keep.Received);
        return keep.Sent == Received;
    }

    private sealed class Partial(object head, long length, ByteString data)
    {
        internal object Head => head;

        internal long Length => length;

        internal ByteString Data { get; set; } = data;
    }
}
