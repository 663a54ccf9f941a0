using System;
using System.Threading;
using Akka.IoActors.Native;
using Microsoft.Win32.SafeHandles;

namespace Akka.IoActors.Service.Copy;

/// <summary>
/// Deals out the parts of a file that hold data, in order, to those who transfer it side by side. Any thread.
/// </summary>
internal sealed class ChunkSource
{
    private readonly Lock _lock = new();
    private readonly SafeFileHandle[] _sparse;
    private readonly int _size;
    private long _next;
    private long _end;

    /// <param name="length">Where the file ends, as far as is known.</param>
    /// <param name="size">The size of a chunk in bytes; a multiple of the alignment.</param>
    /// <param name="sparse">
    /// Files to be asked where their data is; a hole in all of them is left out. None: everything is data.
    /// </param>
    internal ChunkSource(long length, int size, params SafeFileHandle[] sparse)
    {
        _end = length;
        _size = size;
        _sparse = sparse;
    }

    /// <summary>Deals out a part of a file.</summary>
    internal ChunkSource(long start, long end, int size)
        : this(end, size) => _next = start;

    /// <summary>Where the file ends, as far as is known.</summary>
    internal long End
    {
        get
        {
            lock (_lock)
            {
                return _end;
            }
        }
    }

    /// <summary>The next chunk: it starts at a multiple of the alignment, and ends there or at the end of the file.</summary>
    internal bool TryNext(out long offset, out int length)
    {
        lock (_lock)
        {
            var end = _end;
            if (_sparse.Length > 0 && _next < end)
            {
                SkipHole(ref end);
            }

            offset = _next;
            length = (int)Math.Clamp(end - offset, 0, _size);
            _next += length;
            return length > 0;
        }
    }

    /// <summary>The file has turned out to end here; nothing behind it is dealt out any more.</summary>
    internal void EndAt(long offset)
    {
        lock (_lock)
        {
            _end = Math.Min(_end, offset);
        }
    }

    /// <summary>Moves on to the next data, and draws <paramref name="end"/> in to where that ends.</summary>
    private void SkipHole(ref long end)
    {
        var data = long.MaxValue;
        foreach (var file in _sparse)
        {
            data = Math.Min(data, Seek(file, _next, Sys.SeekData, long.MaxValue));
        }

        if (data >= end)
        {
            _next = end;
            return;
        }

        const long mask = IoMemory.Alignment - 1;
        _next = Math.Max(_next, data & ~mask);
        if (_sparse.Length == 1)
        {
            var hole = Seek(_sparse[0], data, Sys.SeekHole, end);
            end = Math.Min(end, (hole + mask) & ~mask);
        }
    }

    /// <summary>
    /// <c>lseek(2)</c>. A file system that cannot tell answers EINVAL: all is data then. ENXIO: no data from
    /// here to the end.
    /// </summary>
    private static long Seek(SafeFileHandle file, long offset, int whence, long none)
    {
        var result = Sys.LSeek((int)file.DangerousGetHandle(), offset, whence);
        return result >= 0 ? result
            : result == -(long)Errno.ENXIO ? none
            : whence == Sys.SeekData ? offset : none;
    }
}
