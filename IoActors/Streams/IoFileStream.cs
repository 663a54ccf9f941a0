using System;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Win32.SafeHandles;

namespace Akka.IoActors;

/// <summary>
/// A file as a <see cref="Stream"/> on the I/O service, for whatever builds on streams. It has a position of its own and no buffer:
/// put a <see cref="BufferedStream"/> around it for many small writes. Like a <see cref="FileStream"/> it is for one caller at a time.
/// </summary>
public sealed class IoFileStream : IoStream
{
    private readonly SafeFileHandle _file;
    private readonly FileAccess _access;
    private readonly bool _canSeek;
    private readonly bool _appends;
    private long _position;

    private IoFileStream(IoClient io, SafeFileHandle file, FileAccess access, bool canSeek, bool appends)
        : base(io)
    {
        _file = file;
        _access = access;
        _canSeek = canSeek;
        _appends = appends;
    }

    /// <inheritdoc/>
    public override bool CanRead => !IsDisposed && (_access & FileAccess.Read) != 0;

    /// <inheritdoc/>
    public override bool CanWrite => !IsDisposed && (_access & FileAccess.Write) != 0;

    /// <inheritdoc/>
    public override bool CanSeek => !IsDisposed && _canSeek;

    /// <summary>The file, for operations beside the stream. It is the stream's, which closes it.</summary>
    public SafeFileHandle SafeFileHandle
    {
        get
        {
            ObjectDisposedException.ThrowIf(IsDisposed, this);
            return _file;
        }
    }

    /// <summary>The length of the file, asked of the file system.</summary>
    public override long Length
    {
        get
        {
            CheckSeek();
            return Check(Io.FStatBlocking(_file), default).Status.Size;
        }
    }

    /// <inheritdoc/>
    public override long Position
    {
        get
        {
            CheckSeek();
            return _position;
        }

        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            Seek(value, SeekOrigin.Begin);
        }
    }

    /// <summary>Opens a file.</summary>
    /// <param name="io">The client whose operations it makes.</param>
    /// <param name="path">The file.</param>
    /// <param name="flags">How to open it.</param>
    /// <param name="mode">The permissions of a file that is made, less the umask.</param>
    /// <param name="cancellation">Ends it early.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="UnauthorizedAccessException">The caller may not.</exception>
    /// <exception cref="IOException">Another errno: an <see cref="IoException"/>.</exception>
    public static async ValueTask<IoFileStream> OpenAsync(
        IoClient io,
        string path,
        OpenFlags flags = OpenFlags.ReadOnly,
        UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(io);
        var opened = await io.OpenAsync(path, flags, mode, cancellation).ConfigureAwait(false);
        switch (opened.Error)
        {
            case Errno.None:
                break;
            case Errno.ENOENT:
                throw new FileNotFoundException($"Could not find file '{path}'.", path, new IoException(opened));
            case Errno.EACCES or Errno.EPERM or Errno.EROFS or Errno.EISDIR:
                throw new UnauthorizedAccessException($"Access to the path '{path}' is denied.", new IoException(opened));
            case Errno.ECANCELED:
                cancellation.ThrowIfCancellationRequested();
                goto default;
            default:
                throw new IoException(opened);
        }

        var file = opened.Handle;
        var sought = await io.LSeekAsync(file, 0, SeekWhence.Current, cancellation).ConfigureAwait(false);
        if (sought.Error is not (Errno.None or Errno.ESPIPE))
        {
            file.Dispose();
            cancellation.ThrowIfCancellationRequested();
            throw new IoException(sought);
        }

        var seekable = sought.IsSuccess;
        var access = (flags & (OpenFlags.WriteOnly | OpenFlags.ReadWrite)) switch
        {
            OpenFlags.WriteOnly => FileAccess.Write,
            OpenFlags.ReadWrite => FileAccess.ReadWrite,
            _ => FileAccess.Read,
        };
        return new IoFileStream(io, file, access, seekable, (flags & OpenFlags.Append) != 0);
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin)
    {
        CheckSeek();
        var from = origin switch
        {
            SeekOrigin.Begin => 0,
            SeekOrigin.Current => _position,
            SeekOrigin.End => Length,
            _ => throw new ArgumentException($"{origin} is no origin.", nameof(origin)),
        };
        return _position = from + offset >= 0
            ? from + offset
            : throw new IOException("An attempt was made to move the position before the beginning of the stream.");
    }

    /// <summary>Cuts the file or grows it; a position past the new end goes to it.</summary>
    /// <param name="value">The new length in bytes.</param>
    public override void SetLength(long value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value);
        CheckSeek();
        CheckWrite();
        Check(Io.FTruncateBlocking(_file, value), default);
        _position = Math.Min(_position, value);
    }

    /// <summary>Brings what has been written to the device, if that is wanted; there is no other buffer.</summary>
    /// <param name="toDisk">Whether to: fsync(2).</param>
    /// <param name="cancellation">Ends it early.</param>
    public async ValueTask FlushAsync(bool toDisk, CancellationToken cancellation = default)
    {
        Flush();
        if (toDisk)
        {
            Check(await Io.FSyncAsync(_file, cancellation).ConfigureAwait(false), cancellation);
        }
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        if (TryDispose())
        {
            Check(await Io.CloseAsync(_file).ConfigureAwait(false), default);
        }

        await base.DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && TryDispose())
        {
            _file.Dispose();
        }

        base.Dispose(disposing);
    }

    private protected override IoOperation Reading(Memory<byte> buffer) =>
        _canSeek ? new PRead(_file, buffer, _position) : new Read(_file, buffer);

    private protected override IoOperation Writing(ReadOnlyMemory<byte> buffer) =>
        _canSeek && !_appends ? new PWrite(_file, buffer, _position) : new Write(_file, buffer);

    private protected override void Moved(int count) => _position += count;

    private void CheckSeek()
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        if (!_canSeek)
        {
            throw new NotSupportedException("The stream cannot be sought.");
        }
    }
}
