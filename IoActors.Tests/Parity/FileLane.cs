using System;
using System.Collections.Generic;
using System.Linq;

namespace Akka.IoActors.Tests.Parity;

/// <summary>What an operation does to a file.</summary>
/// <param name="Cursor">Whether it is ordered among the others at the position.</param>
/// <param name="Reads">Where it reads.</param>
/// <param name="Writes">Where it writes.</param>
/// <param name="ObservesSize">Whether its result depends on the size.</param>
/// <param name="IsSync">Whether it starts when all earlier ones have finished.</param>
internal sealed record Access(bool Cursor, Span Reads, Span Writes, bool ObservesSize, bool IsSync);

/// <summary>Some bytes of a file.</summary>
internal readonly record struct Span(long From, long To)
{
    internal static Span Of(long from, long count) =>
        new(from, count > long.MaxValue - from ? long.MaxValue : from + count);

    internal bool Meets(Span other) => Math.Max(From, other.From) < Math.Min(To, other.To);
}

/// <summary>
/// What may be going on on one file at once, since the last barrier: by the law of order some operations may
/// overtake others, and those must not have to do with each other if there is to be one right answer.
/// </summary>
internal sealed class FileLane
{
    private readonly List<Access> _earlier = [];

    /// <summary>At the last barrier; from there to the next one it only grows.</summary>
    private long _size;

    /// <summary>Whether the result depends on which of the earlier ones has been overtaken.</summary>
    internal bool Conflicts(Access access, long size)
    {
        if (_earlier.Count == 0)
        {
            _size = size;
        }

        return !access.IsSync && _earlier.Any(earlier => !(earlier.Cursor && access.Cursor) && Clash(earlier, access));
    }

    internal void Add(Access access) => _earlier.Add(access);

    /// <summary>Nothing from before is going on any more.</summary>
    internal void Barrier() => _earlier.Clear();

    private bool Clash(Access a, Access b) =>
        a.Writes.Meets(b.Reads)
        || a.Writes.Meets(b.Writes)
        || a.Reads.Meets(b.Writes)
        || (ChangesSize(a) && ObservesSize(b))
        || (ChangesSize(b) && ObservesSize(a));

    private bool ChangesSize(Access access) => access.Writes.To > access.Writes.From && access.Writes.To > _size;

    private bool ObservesSize(Access access) =>
        access.ObservesSize || (access.Reads.To > access.Reads.From && access.Reads.To > _size);
}
