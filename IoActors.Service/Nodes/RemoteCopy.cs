using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.IO;
using Akka.IoActors.Clustering;
using Akka.IoActors.Service.Copy;
using Microsoft.Win32.SafeHandles;

namespace Akka.IoActors.Service.Nodes;

/// <summary>
/// Copies a file or tree to another node, or from there. A copy has its name only when it is whole: it is written under NAME.part, brought to the
/// device, and renamed. What is cut short by a node that goes is begun anew.
/// </summary>
internal sealed class RemoteCopy(IoCluster cluster, IoClient io, int jobs, Action<string> say) : IDisposable
{
    private const int Block = 1 << 20;

    /// <summary>Blocks of one file under way, and of all files together: what a node takes of a peer is bounded.</summary>
    private const int Window = 4;
    private const int AllWindows = 16;

    /// <summary>Who is told that a node has too much to do comes again so much later.</summary>
    private static readonly TimeSpan s_later = TimeSpan.FromMilliseconds(20);

    /// <summary>How often a file is begun.</summary>
    private const int Attempts = 5;

    private readonly SemaphoreSlim _room = new(AllWindows);
    private long _files;
    private long _directories;
    private long _bytes;
    private long _failed;
    private long _again;

    internal long Files => Interlocked.Read(ref _files);

    internal long Directories => Interlocked.Read(ref _directories);

    internal long Bytes => Interlocked.Read(ref _bytes);

    internal long Failed => Interlocked.Read(ref _failed);

    /// <summary>Files that were begun anew.</summary>
    internal long Again => Interlocked.Read(ref _again);

    /// <summary>Told of bytes as they are copied.</summary>
    internal Action<long>? OnBytes { get; set; }

    public void Dispose() => _room.Dispose();

    // ---- there ----------------------------------------------------------------------------------

    /// <summary>Copies to a node. If what is there is a directory, the copy stands in it.</summary>
    internal async Task Upload(string source, RemoteUrl target, CancellationToken cancellation)
    {
        var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(source)));
        if (await TypeOf(target, cancellation) == FileType.Directory && name.Length > 0)
        {
            target = target.Child(name);
        }

        if (!Directory.Exists(source))
        {
            await Try(source, () => UploadFile(source, target, cancellation), cancellation);
            return;
        }

        await Each(Walk(source, target, cancellation), file => Try(file.Source, () => UploadFile(file.Source, file.Target, cancellation), cancellation), cancellation);
    }

    private async IAsyncEnumerable<(string Source, RemoteUrl Target)> Walk(
        string source, RemoteUrl target, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        var left = new Stack<(string Source, RemoteUrl Target)>([(source, target)]);
        while (left.TryPop(out var directory))
        {
            if (!await Try(directory.Source, () => MakeDirectory(directory.Target, cancellation), cancellation))
            {
                continue;
            }

            foreach (var entry in new DirectoryInfo(directory.Source).EnumerateFileSystemInfos())
            {
                var child = directory.Target.Child(entry.Name);
                if (entry.LinkTarget is not null)
                {
                    Fail(entry.FullName, "a symbolic link is not copied to another node");
                }
                else if (entry is DirectoryInfo)
                {
                    left.Push((entry.FullName, child));
                }
                else
                {
                    yield return (entry.FullName, child);
                }
            }
        }
    }

    private async Task MakeDirectory(RemoteUrl target, CancellationToken cancellation)
    {
        try
        {
            await cluster.Manager.Ask(new Roots.MkDir(target.Root, target.Path) { Node = target.Node }, cancellation);
        }
        catch (FileException e) when (e.Error == Errno.EEXIST || target.Path.Length == 0)
        {
            // It is there.
        }

        Interlocked.Increment(ref _directories);
    }

    private async Task UploadFile(string source, RemoteUrl target, CancellationToken cancellation)
    {
        var opened = await io.OpenAsync(source, OpenFlags.ReadOnly | OpenFlags.NonBlock, cancellation: cancellation);
        opened.ThrowIfFailed();
        using var file = opened.Handle;
        var status = await io.FStatAsync(file, cancellation);
        status.ThrowIfFailed();
        if (status.Status.Type != FileType.Regular)
        {
            throw new IOException("it is no regular file, directory or link, and is not copied");
        }

        var handle = (await cluster.Manager.Ask(
            new Roots.Open(
                target.Root,
                target.Path + RootPath.PartSuffix,
                OpenFlags.WriteOnly | OpenFlags.Create | OpenFlags.Truncate,
                status.Status.Mode | UnixFileMode.UserWrite,
                ActorRefs.Nobody) { Node = target.Node },
            cancellation)).File;
        try
        {
            var size = status.Status.Size;
            await Blocks(size, async (offset, count) =>
            {
                var buffer = new byte[count];
                var read = await io.ReadExactlyAsync(file, buffer, offset, cancellation);
                if (!read.IsComplete)
                {
                    throw new IOException(read.Error == Errno.None ? "it has become shorter meanwhile" : read.Error.Description());
                }

                await Ask(handle, new Files.PWrite(ByteString.FromBytes(buffer), offset), cancellation);
            });
            await handle.Ask(new Files.FSync(), cancellation: cancellation);
        }
        finally
        {
            await Close(handle);
        }

        var (_, name) = RootPath.Split(target.Path);
        await cluster.Manager.Ask(new Roots.Rename(target.Root, target.Path + RootPath.PartSuffix, name) { Node = target.Node }, cancellation);
        Interlocked.Increment(ref _files);
    }

    // ---- and back -------------------------------------------------------------------------------

    /// <summary>Copies from a node. If what is here is a directory, the copy stands in it.</summary>
    internal async Task Download(RemoteUrl source, string target, CancellationToken cancellation)
    {
        var name = source.Path.Length > 0 ? RootPath.Split(source.Path).Name : source.Root;
        if (Directory.Exists(target))
        {
            target = Path.Combine(target, name);
        }

        FileType type = default;
        if (!await Try(source.ToString(), async () => type = (await cluster.Manager.Ask(
            new Roots.Stat(source.Root, source.Path) { Node = source.Node }, cancellation)).File.Type, cancellation))
        {
            return;
        }

        if (type != FileType.Directory)
        {
            await Try(source.ToString(), () => DownloadFile(source, target, cancellation), cancellation);
            return;
        }

        await Each(Walk(source, target, cancellation), file => Try(file.Source.ToString(), () => DownloadFile(file.Source, file.Target, cancellation), cancellation), cancellation);
    }

    private async IAsyncEnumerable<(RemoteUrl Source, string Target)> Walk(
        RemoteUrl source, string target, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        var left = new Stack<(RemoteUrl Source, string Target)>([(source, target)]);
        while (left.TryPop(out var directory))
        {
            var entries = new List<Roots.Entry>();
            if (!await Try(directory.Source.ToString(), () => List(directory.Source, directory.Target, entries, cancellation), cancellation))
            {
                continue;
            }

            foreach (var entry in entries)
            {
                var child = directory.Source.Child(entry.Name);
                if (entry.Name is "" or "." or ".." || entry.Name.AsSpan().ContainsAny('/', '\0'))
                {
                    // Nobody's names lead out of the copy.
                    Fail(child.ToString(), "that is no name of a file");
                }
                else if (entry.Type == FileType.Directory)
                {
                    left.Push((child, Path.Combine(directory.Target, entry.Name)));
                }
                else if (entry.Type is FileType.Regular or FileType.Unknown)
                {
                    yield return (child, Path.Combine(directory.Target, entry.Name));
                }
                else
                {
                    Fail(child.ToString(), "it is no regular file or directory, and is not copied");
                }
            }
        }
    }

    private async Task List(RemoteUrl source, string target, List<Roots.Entry> entries, CancellationToken cancellation)
    {
        entries.Clear();
        await foreach (var entry in cluster.ListAsync(source.Root, source.Path, source.Node, cancellation))
        {
            entries.Add(entry);
        }

        Directory.CreateDirectory(target);
        Interlocked.Increment(ref _directories);
    }

    private async Task DownloadFile(RemoteUrl source, string target, CancellationToken cancellation)
    {
        var handle = (await cluster.Manager.Ask(new Roots.Open(source.Root, source.Path, owner: ActorRefs.Nobody) { Node = source.Node }, cancellation)).File;
        var part = target + RootPath.PartSuffix;
        try
        {
            var status = (await handle.Ask(new Files.FStat(), cancellation: cancellation)).File;
            var opened = await io.OpenAsync(part, OpenFlags.WriteOnly | OpenFlags.Create | OpenFlags.Truncate | OpenFlags.NoFollow, status.Mode | UnixFileMode.UserWrite, cancellation);
            opened.ThrowIfFailed();
            using (var file = opened.Handle)
            {
                await Blocks(status.Size, (offset, count) => DownloadBlock(handle, file, offset, count, cancellation));
                (await io.FSyncAsync(file, cancellation)).ThrowIfFailed();
            }
        }
        finally
        {
            await Close(handle);
        }

        (await io.RenameAsync(part, target, cancellation: cancellation)).ThrowIfFailed();
        Interlocked.Increment(ref _files);
    }

    private async Task DownloadBlock(IActorRef handle, SafeFileHandle file, long offset, int count, CancellationToken cancellation)
    {
        while (count > 0)
        {
            var data = (await Ask(handle, new Files.PRead(count, offset), cancellation)).Bytes;
            if (data.Count == 0)
            {
                throw new IOException("it has become shorter meanwhile");
            }

            var written = await io.WriteAllAsync(file, data.ToArray(), offset, cancellation);
            if (!written.IsComplete)
            {
                throw new IOException(written.Error.Description());
            }

            offset += data.Count;
            count -= data.Count;
        }
    }

    // ---- both -----------------------------------------------------------------------------------

    private async Task<FileType> TypeOf(RemoteUrl url, CancellationToken cancellation)
    {
        try
        {
            return (await cluster.Manager.Ask(new Roots.Stat(url.Root, url.Path) { Node = url.Node }, cancellation)).File.Type;
        }
        catch (FileException e) when (e.Error is Errno.ENOENT)
        {
            // Nothing is there yet.
            return FileType.Unknown;
        }
    }

    /// <summary>Transfers a file in blocks, some at a time.</summary>
    private async Task Blocks(long size, Func<long, int, Task> transfer)
    {
        var under = new Queue<Task>();
        try
        {
            for (var offset = 0L; offset < size; offset += Block)
            {
                var count = (int)Math.Min(Block, size - offset);
                under.Enqueue(Transfer(offset, count));
                if (under.Count == Window)
                {
                    await under.Dequeue();
                }
            }
        }
        finally
        {
            // Also those behind one that failed: nothing is left running.
            await Task.WhenAll(under);
        }

        async Task Transfer(long offset, int count)
        {
            await _room.WaitAsync(CancellationToken.None);
            try
            {
                await transfer(offset, count);
            }
            finally
            {
                _room.Release();
            }

            Interlocked.Add(ref _bytes, count);
            OnBytes?.Invoke(count);
        }
    }

    /// <summary>Asks for something, and again as long as there is no room for it: nothing has happened then.</summary>
    private static async Task<TEvent> Ask<TEvent>(IActorRef handle, Files.Command<TEvent> command, CancellationToken cancellation)
        where TEvent : Files.Event
    {
        while (true)
        {
            try
            {
                return await handle.Ask(command, cancellation: cancellation);
            }
            catch (FileException e) when (e.Error == Errno.EAGAIN)
            {
                await Task.Delay(s_later, cancellation);
            }
        }
    }

    private static async Task Close(IActorRef handle)
    {
        try
        {
            await handle.Ask(new Files.Close());
        }
        catch (FileException)
        {
            // Its node has gone, and the file with it.
        }
    }

    private Task Each<T>(IAsyncEnumerable<T> items, Func<T, Task> work, CancellationToken cancellation) => Parallel.ForEachAsync(
        items,
        new ParallelOptions { MaxDegreeOfParallelism = jobs, CancellationToken = cancellation },
        async (item, _) => await work(item));

    /// <summary>Does something, and again when a node has gone meanwhile: nothing has its name before it is whole.</summary>
    private async Task<bool> Try(string what, Func<Task> work, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await work();
                return true;
            }
            catch (Exception e) when (!cancellation.IsCancellationRequested && e is IOException or UnauthorizedAccessException or Akka.Streams.StreamRefSubscriptionTimeoutException or Akka.Streams.RemoteStreamRefActorTerminatedException)
            {
                if (attempt < Attempts && e is FileException { Error: Errno.ETIMEDOUT or Errno.ECONNRESET or Errno.EHOSTDOWN or Errno.EHOSTUNREACH or Errno.EBADF })
                {
                    Interlocked.Increment(ref _again);
                    say($"cp: {what}: {e.Message}; again");
                    continue;
                }

                Fail(what, e.Message);
                return false;
            }
        }
    }

    private void Fail(string what, string why)
    {
        Interlocked.Increment(ref _failed);
        say($"cp: {what}: {why}");
    }
}
