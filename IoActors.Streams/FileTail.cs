using System;
using System.Threading;
using System.Threading.Tasks;
using Akka.IO;
using Akka.Streams;
using Akka.Util;
using Microsoft.Win32.SafeHandles;

namespace Akka.IoActors.Streams;

/// <summary>Follows a file by its name, as <c>tail -F</c> does. Used by one stream, one call at a time.</summary>
/// <remarks>
/// It looks again after a while, rather than having inotify(7) tell it: that is silent on network file systems, loses events when its
/// queue is full, and would need the same looking behind it.
/// </remarks>
internal sealed class FileTail : IAsyncDisposable
{
    private readonly IoClient _io;
    private readonly string _path;
    private readonly int _chunkSize;
    private readonly TimeSpan _interval;
    private readonly long? _start;
    private readonly CancellationTokenSource _end = new();
    private readonly CancellationToken _ended;
    private SafeFileHandle? _file;

    /// <summary>The call before: a stream that is cancelled does not wait for it.</summary>
    private Task _last = Task.CompletedTask;

    /// <summary>Which file is open: its name may be given to another.</summary>
    private (ulong Device, long Inode) _identity;
    private long _position;

    /// <summary>Whether there was a file before, or a look for one: what comes later is read from its start.</summary>
    private bool _looked;

    internal FileTail(IoClient io, string path, int chunkSize, TimeSpan interval, long? start)
    {
        (_io, _path, _chunkSize, _interval, _start) = (io, path, chunkSize, interval, start);
        _ended = _end.Token;
    }

    /// <summary>Waits for the next bytes; none when it has ended.</summary>
    internal Task<Option<ByteString>> Next()
    {
        var next = FindNext();
        _last = next;
        return next;
    }

    private async Task<Option<ByteString>> FindNext()
    {
        while (!_ended.IsCancellationRequested)
        {
            if (_file is null && !await TryOpen().ConfigureAwait(false))
            {
                await Wait().ConfigureAwait(false);
                continue;
            }

            if (await Read().ConfigureAwait(false) is { } bytes)
            {
                return bytes;
            }

            var named = await _io.StatAsync(_path).ConfigureAwait(false);
            if (named.IsSuccess && IdentityOf(named.Status) != _identity)
            {
                // Another file has its name: what came to the old one before that is read first.
                if (await Read().ConfigureAwait(false) is { } last)
                {
                    return last;
                }

                await Close().ConfigureAwait(false);
            }
            else if (named.IsSuccess && named.Status.Size < _position)
            {
                _position = 0;
            }
            else if (named.IsSuccess || named.Error == Errno.ENOENT)
            {
                await Wait().ConfigureAwait(false);
            }
            else
            {
                throw new IoException(named);
            }
        }

        return Option<ByteString>.None;
    }

    /// <summary>Nothing more is wanted; a wait ends.</summary>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync().ConfigureAwait(false);
        await _last.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Close().ConfigureAwait(false);
        _end.Dispose();
    }

    private async Task<bool> TryOpen()
    {
        var opened = await _io.OpenAsync(_path).ConfigureAwait(false);
        var first = !_looked;
        _looked = true;
        if (!opened.IsSuccess)
        {
            return opened.Error == Errno.ENOENT ? false : throw new IoException(opened);
        }

        var status = await _io.FStatAsync(opened.Handle).ConfigureAwait(false);
        if (!status.IsSuccess)
        {
            await _io.CloseAsync(opened.Handle).ConfigureAwait(false);
            throw new IoException(status);
        }

        _file = opened.Handle;
        _identity = IdentityOf(status.Status);
        _position = !first ? 0 : _start ?? status.Status.Size;
        return true;
    }

    /// <summary>What there is behind the position; null if nothing.</summary>
    private async Task<ByteString?> Read()
    {
        var buffer = new byte[_chunkSize];
        var read = await _io.PReadAsync(_file!, buffer, _position).ConfigureAwait(false);
        if (!read.IsSuccess)
        {
            throw new IoException(read);
        }

        _position += read.Value;
        return read.Value > 0 ? ByteString.FromBytes(buffer, 0, (int)read.Value) : null;
    }

    private ValueTask<IoResult> Wait() => _io.DelayAsync(_interval, _ended);

    private async ValueTask Close()
    {
        if (_file is { } file)
        {
            _file = null;
            await _io.CloseAsync(file).ConfigureAwait(false);
        }
    }

    private static (ulong Device, long Inode) IdentityOf(FileStatus status) => (status.Device, status.Inode);
}
