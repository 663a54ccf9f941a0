using System;
using System.Collections.Generic;
using System.IO;
using System.Threading.Tasks;
using Akka.Streams;
using Akka.Streams.Dsl;
using Akka.Util;
using Microsoft.Win32.SafeHandles;

namespace Akka.IoActors.Streams;

/// <summary>What a directory has, as a source, on the I/O service.</summary>
public static class IoDirectory
{
    /// <summary>
    /// The entries of a directory, in the order of the file system, read as they are asked for: some hundred at a time are held, however many there
    /// are. Symbolic links are given, not followed.
    /// </summary>
    /// <param name="io">The client whose operations it makes.</param>
    /// <param name="path">The directory; it is opened when the stream starts.</param>
    /// <param name="recursive">Whether the entries of its directories follow, and of theirs; each directory is given before what it has.</param>
    /// <returns>
    /// The source. It fails with an <see cref="IoException"/> if the directory cannot be opened or read (ENOENT, ENOTDIR, EACCES); below it, too, but for
    /// a directory that has gone since its entry was read: that has no entries.
    /// </returns>
    public static Source<IoDirectoryEntry, NotUsed> Source(IoClient io, string path, bool recursive = false)
    {
        ArgumentNullException.ThrowIfNull(io);
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Akka.Streams.Dsl.Source.UnfoldResourceAsync(
            async () =>
            {
                var walk = new Walk(io, recursive);
                (await walk.Enter(path).ConfigureAwait(false)).ThrowIfFailed();
                return walk;
            },
            walk => walk.Next(),
            walk => walk.End());
    }

    /// <summary>Where a source is: the directories that it is in. Used by one stream, one call at a time.</summary>
    private sealed class Walk(IoClient io, bool recursive)
    {
        private readonly Stack<Level> _levels = new();

        /// <summary>The call before: a stream that is cancelled does not wait for it.</summary>
        private Task _last = Task.CompletedTask;

        /// <summary>Opens a directory, and goes on in it.</summary>
        internal async Task<IoResult> Enter(string path)
        {
            var opened = await io.OpenAsync(path, OpenFlags.ReadOnly | OpenFlags.Directory | (_levels.Count > 0 ? OpenFlags.NoFollow : 0)).ConfigureAwait(false);
            if (opened.IsSuccess)
            {
                _levels.Push(new Level(path, opened.Handle));
            }

            return opened;
        }

        internal Task<Option<IoDirectoryEntry>> Next()
        {
            var next = FindNext();
            _last = next;
            return next;
        }

        private async Task<Option<IoDirectoryEntry>> FindNext()
        {
            while (_levels.TryPeek(out var level))
            {
                if (level.Into is { } into)
                {
                    level.Into = null;
                    var entered = await Enter(into).ConfigureAwait(false);
                    if (!entered.IsSuccess && entered.Error is not (Errno.ENOENT or Errno.ENOTDIR or Errno.ELOOP))
                    {
                        throw new IoException(entered);
                    }
                }
                else if (level.TryTake(out var entry))
                {
                    var path = Path.Combine(level.Path, entry.Name);
                    var type = entry.Type != FileType.Unknown ? entry.Type : await TypeOf(path).ConfigureAwait(false);
                    level.Into = recursive && type == FileType.Directory ? path : null;
                    return new IoDirectoryEntry(path, type);
                }
                else
                {
                    var read = await io.ReadDirectoryAsync(level.Directory).ConfigureAwait(false);
                    if (!read.IsSuccess && read.Error != Errno.ENOENT)
                    {
                        throw new IoException(read);
                    }

                    if (read.Value > 0)
                    {
                        level.Fill(read.Entries);
                    }
                    else
                    {
                        _levels.Pop();
                        await io.CloseAsync(level.Directory).ConfigureAwait(false);
                    }
                }
            }

            return Option<IoDirectoryEntry>.None;
        }

        internal async Task<Done> End()
        {
            await _last.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            while (_levels.TryPop(out var level))
            {
                await io.CloseAsync(level.Directory).ConfigureAwait(false);
            }

            return Done.Instance;
        }

        /// <summary>Where the file system does not keep the types in its directories. One that has gone meanwhile stays unknown.</summary>
        private async Task<FileType> TypeOf(string path)
        {
            var status = await io.StatAsync(path, follow: false).ConfigureAwait(false);
            return status.IsSuccess ? status.Status.Type : FileType.Unknown;
        }
    }

    private sealed class Level(string path, SafeFileHandle directory)
    {
        private IReadOnlyList<DirectoryEntry> _entries = [];
        private int _next;

        internal string Path => path;

        internal SafeFileHandle Directory => directory;

        /// <summary>The directory that was given last, and comes next.</summary>
        internal string? Into { get; set; }

        internal void Fill(IReadOnlyList<DirectoryEntry> entries) => (_entries, _next) = (entries, 0);

        internal bool TryTake(out DirectoryEntry entry)
        {
            entry = _next < _entries.Count ? _entries[_next++] : null!;
            return entry is not null;
        }
    }
}
