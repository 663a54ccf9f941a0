using System;
using System.Threading;
using System.Threading.Channels;
using System.Threading.Tasks;
using Akka.IoActors.Native;

namespace Akka.IoActors.Service.Copy;

/// <summary>
/// Copies a tree: one walks it and makes the directories, and a fixed number of workers copy what stands in
/// them. Between the two is a short queue, so that the walk is never far ahead.
/// </summary>
internal sealed class TreeCopier(CopyOptions options, FileCopier files, CopyReport report, Attributes attributes)
{
    private readonly LinkCopier _links = new(report, attributes);

    private readonly FileSystems _fileSystems = new(report);

    /// <summary>The root of the copy, once it is there: the walk must not come upon it.</summary>
    private FileStatus? _copyRoot;

    /// <summary>Copies; each path that cannot be is reported.</summary>
    /// <exception cref="OperationCanceledException">Only a part has been copied, but nothing by half.</exception>
    internal async Task CopyAsync(FilePath source, FilePath target, CancellationToken cancellation)
    {
        if (CopyTarget.IsDirectory(target.Parent, out var parent))
        {
            _fileSystems.Add(target.Parent, parent!);
        }

        // A worker that fails for a reason that is no path's fault ends the whole copy.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var queue = Channel.CreateBounded<FileJob>(
            new BoundedChannelOptions(options.Jobs) { SingleWriter = true });
        var tasks = new Task[options.Jobs + 1];
        tasks[0] = Task.Run(() => WalkAsync(source, target, queue.Writer, stop.Token), CancellationToken.None);
        for (var i = 1; i < tasks.Length; i++)
        {
            tasks[i] = StopOnFailureAsync(WorkAsync(queue.Reader, stop.Token), stop);
        }

        await Task.WhenAll(tasks).ConfigureAwait(false);
        if (options.Sync == SyncPolicy.End && !cancellation.IsCancellationRequested)
        {
            _fileSystems.Sync();
        }

        cancellation.ThrowIfCancellationRequested();
    }

    private static async Task StopOnFailureAsync(Task work, CancellationTokenSource stop)
    {
        try
        {
            await work.ConfigureAwait(false);
        }
        catch
        {
            await stop.CancelAsync().ConfigureAwait(false);
            throw;
        }
    }

    // ---- the walk ------------------------------------------------------------------------------

    private async Task WalkAsync(
        FilePath source, FilePath target, ChannelWriter<FileJob> queue, CancellationToken cancellation)
    {
        using var walker = new TreeWalker(source);
        DirectoryCopy? current = null;
        try
        {
            while (!cancellation.IsCancellationRequested && walker.Next() is { } entry)
            {
                switch (entry.Kind)
                {
                    case EntryKind.Directory when TryMake(entry, NameOf(entry), current) is { } made:
                        current = made;
                        break;
                    case EntryKind.Directory:
                        walker.Skip();
                        break;
                    case EntryKind.DirectoryEnd:
                        var left = current!;
                        current = left.Parent;
                        left.Release();
                        break;
                    case EntryKind.File or EntryKind.SymbolicLink:
                        current?.Hold();
                        var job = new FileJob(entry.Path, NameOf(entry), current, entry.Status);
                        await EnqueueAsync(queue, job, cancellation).ConfigureAwait(false);
                        break;
                    case EntryKind.Special:
                        report.Fail(entry.Path, CopyException.NotCopied(entry.Type));
                        break;
                    default:
                        report.Fail(entry.Path, new CopyException(entry.Error));
                        break;
                }
            }
        }
        finally
        {
            queue.Complete();
            for (; current is not null; current = current.Parent)
            {
                current.Release();
            }
        }

        FilePath NameOf(WalkEntry entry) => current?.Target.Child(entry.Path.Name) ?? target;
    }

    private static async ValueTask EnqueueAsync(
        ChannelWriter<FileJob> queue, FileJob job, CancellationToken cancellation)
    {
        try
        {
            await queue.WriteAsync(job, cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // It ends the walk too, at its next step.
            job.Directory?.Release();
        }
    }

    /// <summary>Makes a directory, or takes the one that is there.</summary>
    /// <returns>Null where neither is possible; that has been reported.</returns>
    private DirectoryCopy? TryMake(WalkEntry entry, FilePath target, DirectoryCopy? parent)
    {
        try
        {
            if (_copyRoot is not null && entry.Status!.IsSameAs(_copyRoot))
            {
                throw new CopyException(Errno.EINVAL, "it is the copy itself, and is not copied again");
            }

            var there = MakeDirectory(target, isRoot: parent is null);
            if (there is not null)
            {
                _fileSystems.Add(target, there);
            }

            if (parent is null && CopyTarget.IsDirectory(target, out var root))
            {
                _copyRoot = root;
            }

            report.AddDirectory();
            return new DirectoryCopy(entry.Path, target, entry.Status!, there is null, parent, attributes);
        }
        catch (CopyException e)
        {
            report.Fail(entry.Path, e);
            return null;
        }
    }

    /// <summary>Makes a directory that is the user's alone until its own permissions are set.</summary>
    /// <returns>What it is if it is there already; null if it is new.</returns>
    private static FileStatus? MakeDirectory(FilePath target, bool isRoot)
    {
        const uint userOnly = 0x1c0;
        var result = Sys.MakeDirectory(target.Terminated, userOnly);
        if (result != -(int)Errno.EEXIST)
        {
            CopyException.ThrowIfFailed(result, "nothing in it is copied: cannot make the directory", target);
            return null;
        }

        // The user may have given a link to a directory; a link deep in the copy leads nobody knows where.
        CopyException.ThrowIfFailed(
            Sys.Stat(target.Terminated, follow: isRoot, out var statx), "nothing in it is copied: cannot look at", target);
        var there = new FileStatus(statx);
        return there.Type == FileType.Directory
            ? there
            : throw new CopyException(
                Errno.ENOTDIR, null, $"nothing in it is copied: cannot put a directory in the place of {target}");
    }

    // ---- the workers ---------------------------------------------------------------------------

    private async Task WorkAsync(ChannelReader<FileJob> queue, CancellationToken cancellation)
    {
        // Not the cancelled token: what is queued must be let go of, one by one.
        await foreach (var job in queue.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
        {
            try
            {
                if (cancellation.IsCancellationRequested)
                {
                    continue;
                }

                if (job.Link is { } link)
                {
                    _links.Copy(job, link);
                }
                else
                {
                    await files.CopyAsync(job, cancellation).ConfigureAwait(false);
                }
            }
            catch (CopyException e)
            {
                report.Fail(job.Source, e);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                report.AddInterrupted();
            }
            finally
            {
                job.Directory?.Release();
            }
        }
    }
}
