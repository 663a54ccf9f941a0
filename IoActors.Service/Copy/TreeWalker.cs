using System;
using System.Collections.Generic;
using Akka.IoActors.Native;

namespace Akka.IoActors.Service.Copy;

/// <summary>What a walk has come to.</summary>
internal enum EntryKind
{
    /// <summary>A regular file.</summary>
    File,

    /// <summary>A directory; its entries follow, unless it is skipped, and then its end.</summary>
    Directory,

    /// <summary>The end of the innermost directory.</summary>
    DirectoryEnd,

    /// <summary>A symbolic link.</summary>
    SymbolicLink,

    /// <summary>Something that cannot be copied: a FIFO, a socket, a device.</summary>
    Special,

    /// <summary>Something that cannot be looked at, or listed to its end.</summary>
    Failed,
}

/// <summary>One step of a walk.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Path">Its path.</param>
internal sealed record WalkEntry(EntryKind Kind, FilePath Path)
{
    /// <summary>The status of a directory or symbolic link.</summary>
    internal FileStatus? Status { get; init; }

    /// <summary>What a special file is.</summary>
    internal FileType Type { get; init; }

    /// <summary>Why it failed.</summary>
    internal Errno Error { get; init; }
}

/// <summary>
/// Walks a tree in depth, one entry at a time. It holds a descriptor and a buffer for each directory on the
/// way down to where it stands, and nothing of the rest of the tree.
/// </summary>
internal sealed class TreeWalker(FilePath root) : IDisposable
{
    private readonly Stack<DirectoryReader> _open = new();
    private bool _started;

    /// <summary>The directory that could not be listed to its end.</summary>
    private DirectoryReader? _broken;

    /// <summary>The next entry; null at the end of the walk.</summary>
    internal WalkEntry? Next()
    {
        if (!_started)
        {
            _started = true;
            return Look(root, FileType.Unknown);
        }

        if (!_open.TryPeek(out var directory))
        {
            return null;
        }

        var name = ReadOnlySpan<byte>.Empty;
        var type = FileType.Unknown;
        var result = directory == _broken ? 0 : directory.Next(out name, out type);
        switch (result)
        {
            case > 0:
                return Look(directory.Path.Child(name), type);
            case < 0:
                // The entries behind this point are lost, and the user must hear of it. The end is next.
                _broken = directory;
                return Failed(directory.Path, result);
            default:
                _open.Pop().Dispose();
                return new WalkEntry(EntryKind.DirectoryEnd, directory.Path) { Status = directory.Status };
        }
    }

    /// <summary>Leaves the directory that <see cref="Next"/> has just given; its end is not given either.</summary>
    internal void Skip() => _open.Pop().Dispose();

    /// <inheritdoc/>
    public void Dispose()
    {
        while (_open.TryPop(out var directory))
        {
            directory.Dispose();
        }
    }

    private WalkEntry Look(FilePath path, FileType type)
    {
        switch (type)
        {
            case FileType.Regular:
                return new WalkEntry(EntryKind.File, path);
            case FileType.Directory:
                var opened = DirectoryReader.Open(path, out var reader);
                if (reader is null)
                {
                    return Failed(path, opened);
                }

                _open.Push(reader);
                return new WalkEntry(EntryKind.Directory, path) { Status = reader.Status };
            default:
                return LookCloser(path);
        }
    }

    private WalkEntry LookCloser(FilePath path)
    {
        var result = Sys.Stat(path.Terminated, follow: false, out var statx);
        if (result < 0)
        {
            return Failed(path, result);
        }

        var status = new FileStatus(statx);
        return status.Type switch
        {
            FileType.Regular or FileType.Directory => Look(path, status.Type),
            FileType.SymbolicLink => new WalkEntry(EntryKind.SymbolicLink, path) { Status = status },
            _ => new WalkEntry(EntryKind.Special, path) { Type = status.Type },
        };
    }

    private static WalkEntry Failed(FilePath path, int result) =>
        new(EntryKind.Failed, path) { Error = (Errno)(-result) };
}
