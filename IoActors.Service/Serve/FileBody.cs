using System;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Win32.SafeHandles;

namespace Akka.IoActors.Service.Serve;

/// <summary>
/// An open file as the stream that ASP.NET Core copies a response from: every read is a <see cref="PRead"/> of the backend's. It is as long
/// as it was when it was opened: what is appended meanwhile is not sent, and what is cut off ends the connection, since the length has been told.
/// </summary>
/// <param name="client">The client of the file's loop.</param>
/// <param name="file">The file; closed with the stream.</param>
/// <param name="length">Its length.</param>
internal sealed class FileBody(IoClient client, SafeFileHandle file, long length) : Stream
{
    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => true;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => length;

    /// <inheritdoc/>
    public override long Position { get; set; }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var wanted = (int)long.Min(buffer.Length, length - Position);
        if (wanted <= 0)
        {
            return 0;
        }

        var result = await client.PReadAsync(file, buffer[..wanted], Position, cancellationToken).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        result.ThrowIfFailed();
        Position += result.Value;
        return (int)result.Value;
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => Position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => Position + offset,
        _ => length + offset,
    };

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await client.CloseAsync(file, CancellationToken.None).ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Not supported: it would block.</summary>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("This stream is read by ReadAsync.");

    /// <summary>Not supported.</summary>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("This stream is read only.");

    /// <summary>Not supported.</summary>
    public override void SetLength(long value) => throw new NotSupportedException("This stream is read only.");

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            file.Dispose();
        }

        base.Dispose(disposing);
    }
}
