using System;
using System.Buffers;
using System.Collections.Generic;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.IO;
using Microsoft.Win32.SafeHandles;

namespace Akka.IoActors.OpenFiles;

/// <summary>Writes that are carried out as one, and share one flush. Lives on the loop of its file.</summary>
internal sealed class FileBatch : INoSerializationVerificationNeeded
{
    /// <summary>What one operation writes at the most, unless a single write is larger.</summary>
    private const int MostAtOnce = 1 << 20;

    private readonly List<(FilePending Write, int End)> _writes = [];
    private bool _isDurable;
    private int _length;

    /// <summary>The writes, and where each ends in the batch.</summary>
    internal IReadOnlyList<(FilePending Write, int End)> Writes => _writes;

    /// <summary>The bytes that have been written.</summary>
    internal int Written { get; private set; }

    /// <summary>Where in the file the batch starts, if it was opened to append.</summary>
    internal long Position { get; private set; }

    /// <summary>The operation that has failed: of those that are not written as a whole.</summary>
    internal IoResult? WriteFailure { get; private set; }

    /// <summary>The flush, if it has failed: of those that were to be durable.</summary>
    internal IoResult? SyncFailure { get; private set; }

    /// <summary>Takes a write in, unless the batch is full.</summary>
    internal bool TryAdd(FilePending write)
    {
        var bytes = BytesOf(write.Command);
        if (_writes.Count > 0 && _length + (long)bytes.Count > MostAtOnce)
        {
            return false;
        }

        _length += bytes.Count;
        _isDurable |= write.Command is Files.Append { Durable: true };
        _writes.Add((write, _length));
        return true;
    }

    /// <summary>
    /// Writes them. What stands before the first error is written; what is left of a record behind it is cut off.
    /// </summary>
    internal async Task<FileBatch> WriteTo(IoClient io, SafeFileHandle file, bool appends)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(Math.Max(1, _length));
        Gather(buffer);
        var isSafe = true;
        do
        {
            // All are sent at once: a flush sees what was sent before it, and it is the loop that puts them in order.
            var writing = io.WriteAsync(file, buffer.AsMemory(Written, _length - Written));
            var positioning = appends ? io.LSeekAsync(file, 0, SeekWhence.Current) : default;
            var syncing = _isDurable ? io.FDataSyncAsync(file) : default;

            var written = await writing.ConfigureAwait(false);
            var position = appends ? await positioning.ConfigureAwait(false) : null;
            var synced = _isDurable ? await syncing.ConfigureAwait(false) : null;

            isSafe &= !written.OutcomeUnknown;
            WriteFailure = written.IsSuccess ? null : written;
            Written += (int)Math.Max(0, written.Value);
            Position = position is { IsSuccess: true } ? position.Value - Written : Position;
            SyncFailure = synced is { IsSuccess: false } ? synced : null;
        }
        while (WriteFailure is null && Written < _length);

        if (isSafe)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        if (WriteFailure is not null && appends)
        {
            await CutRecord(io, file).ConfigureAwait(false);
        }

        return this;
    }

    private static ByteString BytesOf(Files.Command command) =>
        command is Files.Append append ? append.Bytes : ((Files.Write)command).Bytes;

    private void Gather(Span<byte> buffer)
    {
        foreach (var (write, end) in _writes)
        {
            var bytes = BytesOf(write.Command);
            var room = buffer[(end - bytes.Count)..end];
            bytes.CopyTo(ref room);
        }
    }

    /// <summary>Takes away what was written of a record, unless it is not the end of the file any more.</summary>
    private async ValueTask CutRecord(IoClient io, SafeFileHandle file)
    {
        var (_, end) = _writes.FindLast(each => each.End <= Written);
        if (end < Written && (await io.FStatAsync(file).ConfigureAwait(false)) is { IsSuccess: true } status
            && status.Status is { Type: FileType.Regular } now && now.Size == Position + Written
            && (await io.FTruncateAsync(file, Position + end).ConfigureAwait(false)).IsSuccess)
        {
            Written = end;
        }
    }
}
