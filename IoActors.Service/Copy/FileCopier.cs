using System;
using System.Threading;
using System.Threading.Tasks;
using Akka.IoActors.Native;

namespace Akka.IoActors.Service.Copy;

/// <summary>
/// Copies files, each under a temporary name beside the final one: open, share or transfer, fsync, check, rename.
/// Nothing but a whole copy ever has the final name. Any number of copies may run at once.
/// </summary>
internal sealed class FileCopier(
    FileChannel channel, CopyBuffers buffers, CopyOptions options, CopyReport report, Attributes attributes)
{
    private readonly FileTransfer _transfer = new(channel, buffers, report);

    // 1 once the user has been told that O_DIRECT is refused. Any thread; exchanged.
    private int _warned;

    /// <summary>Copies one file.</summary>
    /// <exception cref="CopyException">It is not copied, and nothing of it is left.</exception>
    /// <exception cref="OperationCanceledException">It is not copied, and nothing of it is left.</exception>
    internal async Task CopyAsync(FileJob job, CancellationToken cancellation)
    {
        if (options.Direct)
        {
            try
            {
                await CopyAsync(job, direct: true, cancellation).ConfigureAwait(false);
                return;
            }
            catch (CopyException e) when (e.Error == Errno.EINVAL && !e.IsOurs)
            {
                WarnOnce(job, e);
            }
        }

        await CopyAsync(job, direct: false, cancellation).ConfigureAwait(false);
    }

    private async Task CopyAsync(FileJob job, bool direct, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var flags = direct ? OpenFlags.Direct : OpenFlags.ReadOnly;
        using var from = await channel.OpenAsync(job.Source, flags | OpenFlags.NoFollow).ConfigureAwait(false);
        var temporary = Temporary.NameBeside(job.Target);
        var renamed = false;
        try
        {
            flags |= options.Verify ? OpenFlags.ReadWrite : OpenFlags.WriteOnly;
            var (before, file) = await channel.StatAndCreateAsync(from, temporary, flags, job.Target)
                .ConfigureAwait(false);
            using var to = file;
            CheckSource(job, before);
            var pair = new FilePair(job, from, to, before, direct);
            var length = TryShare(pair) ?? await _transfer.CopyAsync(pair, cancellation).ConfigureAwait(false);
            attributes.Apply(job, pair.ToNumber, before);
            if (options.Verify)
            {
                await channel.SyncAsync(to, job.Target).ConfigureAwait(false);
                await VerifyAsync(pair, length, cancellation).ConfigureAwait(false);
            }

            cancellation.ThrowIfCancellationRequested();
            var after = await channel.FinishAsync(from, to, job.Target, sync: options.Sync == SyncPolicy.Each)
                .ConfigureAwait(false);
            CheckUnchanged(before, after, length);
            CopyException.ThrowIfFailed(
                Sys.Rename(temporary.Terminated, job.Target.Terminated), "cannot rename the copy to", job.Target);
            renamed = true;
            report.AddFile(length, options.Verify);
        }
        finally
        {
            if (!renamed)
            {
                Temporary.Remove(temporary, job, report);
            }
        }
    }

    /// <summary>
    /// Has the copy share the blocks of its source. A file of /proc is empty for all that anybody but its reader can tell.
    /// </summary>
    /// <returns>The length of the copy; null if it must be transferred.</returns>
    private long? TryShare(FilePair pair)
    {
        if (options.Reflink == ReflinkPolicy.Never || pair.Before.Size == 0)
        {
            return null;
        }

        var result = Sys.Clone(pair.ToNumber, (int)pair.From.DangerousGetHandle());
        if (result >= 0)
        {
            CopyException.ThrowIfFailed(Sys.Stat(pair.ToNumber, out var statx), "cannot look at", pair.Job.Target);
            var length = new FileStatus(statx).Size;
            report.AddShared(length);
            return length;
        }

        // Other file systems, and other reasons: what stands in the way of the bytes too is found out with them.
        return options.Reflink == ReflinkPolicy.Auto
            ? null
            : throw new CopyException((Errno)(-result), null, $"cannot share its blocks with {pair.Job.Target}");
    }

    /// <summary>Reads both again, the copy from its device, and compares them.</summary>
    private async Task VerifyAsync(FilePair pair, long length, CancellationToken cancellation)
    {
        // Everything is on the device now; what the cache holds would only be compared with itself.
        _ = Sys.ForgetCached(pair.ToNumber);
        var difference = await _transfer.CompareAsync(pair, length, cancellation).ConfigureAwait(false);
        if (difference is { } offset)
        {
            // A source that somebody writes to differs for that reason, and the user is told that one.
            CheckUnchanged(pair.Before, await channel.StatAsync(pair.From).ConfigureAwait(false), length);
            throw new CopyException(
                Errno.EIO, FormattableString.Invariant($"verify: the copy differs from byte {offset} on"));
        }

        // Reading has moved the time of access.
        attributes.ApplyTimes(pair.Job, pair.ToNumber, pair.Before);
    }

    /// <summary>What must not be copied, or not over what is there.</summary>
    private static void CheckSource(FileJob job, FileStatus status)
    {
        if (status.Type != FileType.Regular)
        {
            throw CopyException.NotCopied(status.Type);
        }

        if (job.Directory is { IsNew: true }
            || Sys.Stat(job.Target.Terminated, follow: false, out var statx) < 0)
        {
            return;
        }

        var there = new FileStatus(statx);
        if (there.IsSameAs(status))
        {
            throw CopyException.SameFile(job.Target);
        }

        if (there.Type == FileType.Directory)
        {
            throw new CopyException(Errno.EISDIR, null, $"cannot replace {job.Target}");
        }
    }

    /// <summary>
    /// A file that was written to while it was read is no copy of anything. One that ends elsewhere than its
    /// size says, and always has, is fine: those of /proc and /sys do.
    /// </summary>
    private static void CheckUnchanged(FileStatus before, FileStatus after, long length)
    {
        var what = after.Size < before.Size ? "shrank"
            : after.Size > before.Size ? "grew"
            : !after.HasModifyTimeOf(before) ? "was written to"
            : null;
        if (what is not null)
        {
            throw new CopyException(
                Errno.EBUSY,
                FormattableString.Invariant(
                    $"the file {what} while it was copied: {before.Size} bytes before, {after.Size} after, {length} read"));
        }
    }

    private void WarnOnce(FileJob job, CopyException cause)
    {
        if (Interlocked.Exchange(ref _warned, 1) == 0)
        {
            report.Warn($"{job.Source}: O_DIRECT is refused, the page cache is used instead: {cause.Message}");
        }
    }
}
