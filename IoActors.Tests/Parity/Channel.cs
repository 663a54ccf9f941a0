using System;
using System.Collections.Generic;
using System.Linq;

namespace Akka.IoActors.Tests.Parity;

/// <summary>One direction of a pipe or socket pair: what the planner knows of the bytes in it.</summary>
internal sealed class Channel(int writer, int reader)
{
    // A pipe has 16 pages; a transfer of n bytes takes one more than n bytes need at the most.
    private const int Capacity = 14;
    private const int Page = 4096;

    private readonly Queue<Chunk> _chunks = new();

    /// <summary>The sources of chunks that somebody may be reading at the moment.</summary>
    private readonly HashSet<int> _leaving = [];

    private int _headTaken;
    private int _unitsSinceSettled;

    internal int Writer { get; } = writer;

    internal int Reader { get; } = reader;

    /// <summary>Bytes that have been written and not read.</summary>
    internal int Queued { get; private set; }

    /// <summary>Those of them, at the head, that have certainly arrived.</summary>
    internal int Settled { get; private set; }

    /// <summary>Bytes at the head that arrive at once; 0 if the first ones may come in parts.</summary>
    internal int AtOnce => _chunks.TryPeek(out var head) && head.Whole ? head.Length - _headTaken : 0;

    /// <summary>Whether everything in it came by Write and Send.</summary>
    internal bool IsPlain => _chunks.All(chunk => chunk.Source < 0);

    /// <summary>Whether a write of so many bytes goes through without anybody reading.</summary>
    internal bool Fits(int count) => _chunks.Sum(chunk => Units(chunk.Length)) + Units(count) <= Capacity;

    /// <summary>The same if nothing that was read since the last settling has really been read yet.</summary>
    internal bool FitsAhead(int count) => _unitsSinceSettled + Units(count) <= Capacity;

    /// <summary>Whether pages of a file are in it: what is written to the file may show in what is read here.</summary>
    internal bool Lends(int slot) =>
        _leaving.Contains(slot) || _chunks.Any(chunk => chunk.Source == slot);

    /// <param name="count">Bytes.</param>
    /// <param name="source">The slot of the file that they come from; −1 for a Write or Send.</param>
    internal void Push(int count, int source)
    {
        if (count > 0)
        {
            _chunks.Enqueue(new Chunk(count, source < 0, source));
            _unitsSinceSettled += Units(count);
            Queued += count;
        }
    }

    internal void Pop(int count)
    {
        Queued -= count;
        Settled = Math.Max(0, Settled - count);
        _headTaken += count;
        while (_chunks.TryPeek(out var head) && _headTaken >= head.Length)
        {
            _headTaken -= head.Length;
            _leaving.Add(_chunks.Dequeue().Source);
        }
    }

    /// <summary>Everything has been answered: what was written is there, what was read is gone.</summary>
    internal void Settle()
    {
        Settled = Queued;
        _leaving.Clear();
        _unitsSinceSettled = _chunks.Sum(chunk => Units(chunk.Length));
    }

    internal void Clear()
    {
        _chunks.Clear();
        _headTaken = 0;
        Queued = 0;
        Settle();
    }

    private static int Units(int count) => (count + Page - 1) / Page + 1;

    private readonly record struct Chunk(int Length, bool Whole, int Source);
}
