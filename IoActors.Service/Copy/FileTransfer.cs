using System;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Win32.SafeHandles;

namespace Akka.IoActors.Service.Copy;

/// <summary>
/// Moves and compares the bytes of open files: several chunks of a file at the same time, each with one buffer.
/// </summary>
internal sealed class FileTransfer(FileChannel channel, CopyBuffers buffers, CopyReport report)
{
    /// <summary>Chunks of one file at the same time.</summary>
    internal const int ChunksInFlight = 4;

    /// <summary>
    /// Bytes that the kernel copies in one go: much more than a buffer, since it takes none, and so few that the user sees
    /// progress and an interrupt does not wait.
    /// </summary>
    private const int RangeSize = 8 << 20;

    /// <summary>Copies the data, and leaves the holes.</summary>
    /// <returns>Where the source ended, which is the length of the copy.</returns>
    internal async Task<long> CopyAsync(FilePair pair, CancellationToken cancellation)
    {
        var size = pair.Before.Size;

        // A file of /proc says that it is empty: only reading tells.
        // Of a small one the kernel's own copy is no faster, and a thread of the pool takes time to wake.
        var inKernel = !pair.Direct && size > CopyBuffers.Size;
        var most = inKernel ? RangeSize : CopyBuffers.Size;
        var chunks = size == 0 ? new ChunkSource(long.MaxValue, most)
            : pair.IsSparse ? new ChunkSource(size, most, pair.From)
            : new ChunkSource(size, most);
        await SideBySideAsync(
            chunks,
            size,
            most,
            () => inKernel ? CopyRangesAsync(pair, chunks, cancellation) : CopyChunksAsync(pair, chunks, cancellation))
            .ConfigureAwait(false);
        var length = chunks.End;
        if (pair.IsSparse || pair.Direct)
        {
            // The hole at the end; and the zeros that filled up the last block.
            await channel.TruncateAsync(pair.To, length, pair.Job.Target).ConfigureAwait(false);
        }

        return length;
    }

    /// <summary>Compares the files byte for byte; what is a hole in both is the same.</summary>
    /// <param name="pair">The files.</param>
    /// <param name="length">The length that both should have.</param>
    /// <param name="cancellation">Ends it before its time.</param>
    /// <returns>The offset of a difference; null if there is none.</returns>
    internal async Task<long?> CompareAsync(FilePair pair, long length, CancellationToken cancellation)
    {
        const int half = CopyBuffers.Size / 2;
        var copied = await channel.StatAsync(pair.To, pair.Job.Target).ConfigureAwait(false);
        if (copied.Size != length)
        {
            return Math.Min(copied.Size, length);
        }

        var chunks = pair.IsSparse
            ? new ChunkSource(length, half, pair.From, pair.To)
            : new ChunkSource(length, half);
        await SideBySideAsync(chunks, length, half, () => CompareChunksAsync(pair, chunks, cancellation))
            .ConfigureAwait(false);
        return chunks.End == length ? null : chunks.End;
    }

    /// <summary>Runs as many workers as there are chunks for; when one fails, the others stop.</summary>
    private static Task SideBySideAsync(ChunkSource chunks, long size, int chunk, Func<Task> worker)
    {
        if (size <= chunk)
        {
            return worker();
        }

        var workers = new Task[(int)Math.Min(ChunksInFlight, (size + chunk - 1) / chunk)];
        for (var i = 0; i < workers.Length; i++)
        {
            workers[i] = StopOthersAsync();
        }

        return Task.WhenAll(workers);

        async Task StopOthersAsync()
        {
            try
            {
                await worker().ConfigureAwait(false);
            }
            catch
            {
                chunks.EndAt(0);
                throw;
            }
        }
    }

    /// <summary>Has the kernel copy from file to file: no byte passes through this process.</summary>
    private async Task CopyRangesAsync(FilePair pair, ChunkSource chunks, CancellationToken cancellation)
    {
        while (chunks.TryNext(out var offset, out var length))
        {
            cancellation.ThrowIfCancellationRequested();
            var copied = 0;
            while (copied < length
                && await channel.TryCopyRangeAsync(pair.From, pair.To, offset + copied, length - copied)
                    .ConfigureAwait(false) is > 0 and var more)
            {
                copied += more;
                report.AddTransferred(more);
            }

            // That may be the end of the file, a file system that cannot copy so, or an error: reading and writing tell which.
            if (copied < length)
            {
                var left = new ChunkSource(offset + copied, offset + length, CopyBuffers.Size);
                await CopyChunksAsync(pair, left, cancellation).ConfigureAwait(false);
                if (left.End < offset + length)
                {
                    chunks.EndAt(left.End);
                }
            }
        }
    }

    private async Task CopyChunksAsync(FilePair pair, ChunkSource chunks, CancellationToken cancellation)
    {
        using var rented = await buffers.RentAsync(cancellation).ConfigureAwait(false);
        var buffer = rented.Memory;
        while (chunks.TryNext(out var offset, out var length))
        {
            cancellation.ThrowIfCancellationRequested();
            var read = await ReadAsync(pair, pair.From, buffer, length, offset).ConfigureAwait(false);
            if (read < length)
            {
                chunks.EndAt(offset + read);
            }

            await WriteAsync(pair, buffer, read, offset).ConfigureAwait(false);
            report.AddTransferred(read);
        }
    }

    private async Task CompareChunksAsync(FilePair pair, ChunkSource chunks, CancellationToken cancellation)
    {
        using var rented = await buffers.RentAsync(cancellation).ConfigureAwait(false);
        while (chunks.TryNext(out var offset, out var length))
        {
            cancellation.ThrowIfCancellationRequested();
            var original = rented.Memory[..(CopyBuffers.Size / 2)];
            var copy = rented.Memory[(CopyBuffers.Size / 2)..];
            var reading = ReadAsync(pair, pair.From, original, length, offset).AsTask();
            var readingCopy = ReadAsync(pair, pair.To, copy, length, offset, pair.Job.Target).AsTask();
            await Task.WhenAll(reading, readingCopy).ConfigureAwait(false);
            var read = Math.Min(await reading.ConfigureAwait(false), await readingCopy.ConfigureAwait(false));
            var same = original.Span[..read].CommonPrefixLength(copy.Span[..read]);
            if (same < length)
            {
                chunks.EndAt(offset + same);
            }
        }
    }

    /// <summary>Reads until there is as much as is wanted, or the file ends.</summary>
    /// <param name="pair">The files.</param>
    /// <param name="file">The one to read.</param>
    /// <param name="room">Where to; whole blocks, even where less is wanted.</param>
    /// <param name="wanted">How much, in bytes.</param>
    /// <param name="offset">Where in the file.</param>
    /// <param name="copy">The name of the copy, if that is read.</param>
    private async ValueTask<int> ReadAsync(
        FilePair pair, SafeFileHandle file, Memory<byte> room, int wanted, long offset, FilePath? copy = null)
    {
        var most = pair.Direct ? WholeBlocks(wanted) : wanted;
        var done = 0;
        while (done < wanted)
        {
            var read = await channel.ReadAsync(file, room[done..most], offset + done, copy).ConfigureAwait(false);
            done += read;
            if (read == 0 || (pair.Direct && read % IoMemory.Alignment != 0))
            {
                break;
            }
        }

        return Math.Min(done, wanted);
    }

    private async ValueTask WriteAsync(FilePair pair, Memory<byte> buffer, int length, long offset)
    {
        if (pair.Direct)
        {
            var whole = WholeBlocks(length);
            buffer.Span[length..whole].Clear();
            length = whole;
        }

        for (var done = 0; done < length;)
        {
            done += await channel.WriteAsync(pair.To, buffer[done..length], offset + done, pair.Job.Target)
                .ConfigureAwait(false);
        }
    }

    private static int WholeBlocks(int length) =>
        (length + IoMemory.Alignment - 1) / IoMemory.Alignment * IoMemory.Alignment;
}
