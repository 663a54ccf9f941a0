using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;

namespace Akka.IoActors;

/// <summary>Makes the <c>struct iovec</c> array of a vectored operation, in memory lent to the kernel.</summary>
internal static class IoVector
{
    /// <summary>IOV_MAX: the most segments that Linux takes.</summary>
    private const int MostSegments = 1024;

    private const int EntrySize = 16;

    /// <summary>The bytes of a vector.</summary>
    internal static long BytesOf(ReadOnlyMemory<byte>[] segments)
    {
        var sum = 0L;
        foreach (var segment in segments)
        {
            sum += segment.Length;
        }

        return sum;
    }

    /// <summary>Whether the kernel refuses so many segments.</summary>
    internal static bool IsTooLong(IReadOnlyList<ReadOnlyMemory<byte>> segments) => segments.Count > MostSegments;

    /// <summary>Writes the part of the vector that is not through yet, <c>arguments.Done</c> bytes on.</summary>
    /// <returns>The number of entries.</returns>
    internal static int Fill(OperationArguments arguments, IReadOnlyList<ReadOnlyMemory<byte>> segments)
    {
        arguments.Lend(Math.Max(1, segments.Count) * EntrySize);
        var entries = MemoryMarshal.Cast<byte, ulong>(arguments.Lent);
        var skip = arguments.Done;
        var count = 0;
        for (var i = 0; i < segments.Count; i++)
        {
            var length = segments[i].Length;
            if (skip >= length && skip > 0)
            {
                skip -= length;
                continue;
            }

            entries[2 * count] = (ulong)(arguments.SegmentAddress(i) + (nint)skip);
            entries[2 * count + 1] = (ulong)(length - skip);
            skip = 0;
            count++;
        }

        return count;
    }
}
