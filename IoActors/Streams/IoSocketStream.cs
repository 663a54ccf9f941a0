using System;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;

namespace Akka.IoActors;

/// <summary>
/// A connected socket as a <see cref="Stream"/> on the I/O service, for whatever builds on streams: SslStream, StreamReader, pipelines. One
/// caller may read while another writes.
/// </summary>
public sealed class IoSocketStream : IoStream
{
    private readonly SafeSocketHandle _socket;
    private TimeSpan? _readTimeout;
    private TimeSpan? _writeTimeout;

    /// <summary>Makes a stream of a connected socket, which becomes the stream's.</summary>
    /// <param name="io">The client whose operations it makes.</param>
    /// <param name="socket">The socket, such as <see cref="IoResult.SocketHandle"/> of an Accept.</param>
    public IoSocketStream(IoClient io, SafeSocketHandle socket)
        : base(io)
    {
        ArgumentNullException.ThrowIfNull(socket);
        _socket = socket;
    }

    /// <inheritdoc/>
    public override bool CanRead => !IsDisposed;

    /// <inheritdoc/>
    public override bool CanWrite => !IsDisposed;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanTimeout => true;

    /// <summary>How long a read may take, in milliseconds, asynchronous ones too; <see cref="Timeout.Infinite"/> for ever.</summary>
    public override int ReadTimeout
    {
        get => ToMilliseconds(_readTimeout);
        set => _readTimeout = ToTime(value);
    }

    /// <summary>How long a write may take, in milliseconds, asynchronous ones too; <see cref="Timeout.Infinite"/> for ever.</summary>
    public override int WriteTimeout
    {
        get => ToMilliseconds(_writeTimeout);
        set => _writeTimeout = ToTime(value);
    }

    /// <summary>The socket, for operations beside the stream. It is the stream's, which closes it.</summary>
    public SafeSocketHandle SafeSocketHandle
    {
        get
        {
            ObjectDisposedException.ThrowIf(IsDisposed, this);
            return _socket;
        }
    }

    /// <inheritdoc/>
    public override long Length => throw NoPosition();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw NoPosition();
        set => throw NoPosition();
    }

    /// <summary>Connects to an address.</summary>
    /// <param name="io">The client whose operations it makes.</param>
    /// <param name="address">Where to; resolve names first.</param>
    /// <param name="timeout">How long it may take; as long as the kernel lets it if null.</param>
    /// <param name="cancellation">Ends it early.</param>
    /// <exception cref="IoException">There is no connection.</exception>
    public static async ValueTask<IoSocketStream> ConnectAsync(
        IoClient io, EndPoint address, TimeSpan? timeout = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(io);
        ArgumentNullException.ThrowIfNull(address);
        var made = await io.CreateSocketAsync(address.AddressFamily, SocketType.Stream, cancellation: cancellation).ConfigureAwait(false);
        var stream = new IoSocketStream(io, made.ThrowIfFailed().SocketHandle);
        try
        {
            stream.Check(await io.ConnectAsync(stream._socket, address, timeout, cancellation).ConfigureAwait(false), cancellation);
            if (address is not UnixDomainSocketEndPoint)
            {
                stream.Check(await io.SetSockOptAsync(stream._socket, SocketOption.NoDelay, 1, cancellation).ConfigureAwait(false), cancellation);
            }

            return stream;
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Tells the peer that nothing more comes; what it still sends can be read.</summary>
    /// <param name="cancellation">Ends it early.</param>
    public async ValueTask ShutdownAsync(CancellationToken cancellation = default)
    {
        CheckWrite();
        Check(await Io.ShutdownAsync(_socket, SocketShutdown.Send, cancellation).ConfigureAwait(false), cancellation);
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw NoPosition();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw NoPosition();

    /// <summary>Closes the socket after what has been written; a read that waits ends with an ObjectDisposedException.</summary>
    public override async ValueTask DisposeAsync()
    {
        if (TryDispose())
        {
            Check(await Io.CloseAsync(_socket).ConfigureAwait(false), default);
        }

        await base.DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && TryDispose())
        {
            // Nobody waits for it: a caller on the loop must not.
            Io.Backend.Tell(new Close(_socket), Akka.Actor.ActorRefs.NoSender);
        }

        base.Dispose(disposing);
    }

    private protected override IoOperation Reading(Memory<byte> buffer) => new Recv(_socket, buffer) { Timeout = _readTimeout ?? System.Threading.Timeout.InfiniteTimeSpan };

    private protected override IoOperation Writing(ReadOnlyMemory<byte> buffer) => new Send(_socket, buffer) { Timeout = _writeTimeout ?? System.Threading.Timeout.InfiniteTimeSpan };

    private static int ToMilliseconds(TimeSpan? timeout) => timeout is { } time ? (int)time.TotalMilliseconds : Timeout.Infinite;

    private static TimeSpan? ToTime(int milliseconds) => milliseconds switch
    {
        Timeout.Infinite => null,
        > 0 => TimeSpan.FromMilliseconds(milliseconds),
        _ => throw new ArgumentOutOfRangeException(nameof(milliseconds), milliseconds, "A positive number of milliseconds is wanted, or Timeout.Infinite."),
    };

    private static NotSupportedException NoPosition() => new("A socket has no position.");
}
