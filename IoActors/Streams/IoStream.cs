using System;
using System.Buffers;
using System.IO;
using System.Threading;
using System.Threading.Tasks;

namespace Akka.IoActors;

/// <summary>
/// The ground of <see cref="IoFileStream"/> and <see cref="IoSocketStream"/>: a <see cref="Stream"/> without a buffer of its own, whose
/// calls are operations of the I/O service. Synchronous calls block the caller, and so must not be made on a loop.
/// </summary>
public abstract class IoStream : Stream
{
    // Any thread; exchanged.
    private int _disposed;

    private protected IoStream(IoClient io)
    {
        ArgumentNullException.ThrowIfNull(io);
        Io = io;
    }

    private protected IoClient Io { get; }

    private protected bool IsDisposed => Volatile.Read(ref _disposed) != 0;

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        CheckRead();
        return cancellationToken.IsCancellationRequested
            ? ValueTask.FromCanceled<int>(cancellationToken)
            : Read(buffer, cancellationToken);
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        CheckRead();
        return Took(Io.SubmitBlocking(Reading(buffer.AsMemory(offset, count))));
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        // An operation needs memory that it can hold: a span may be on the stack.
        // It goes back only if all went well: after a failure the kernel may still have it.
        var rented = ArrayPool<byte>.Shared.Rent(buffer.Length);
        var count = Read(rented, 0, buffer.Length);
        rented.AsSpan(0, count).CopyTo(buffer);
        ArrayPool<byte>.Shared.Return(rented);
        return count;
    }

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        CheckWrite();
        cancellationToken.ThrowIfCancellationRequested();
        while (!buffer.IsEmpty)
        {
            buffer = buffer[Gave(Check(await Io.SubmitAsync(Writing(buffer), cancellationToken).ConfigureAwait(false), cancellationToken))..];
        }
    }

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        CheckWrite();
        ReadOnlyMemory<byte> left = buffer.AsMemory(offset, count);
        while (!left.IsEmpty)
        {
            left = left[Gave(Check(Io.SubmitBlocking(Writing(left)), default))..];
        }
    }

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        var rented = ArrayPool<byte>.Shared.Rent(buffer.Length);
        buffer.CopyTo(rented);
        Write(rented, 0, buffer.Length);
        ArrayPool<byte>.Shared.Return(rented);
    }

    /// <summary>Does nothing: there is no buffer.</summary>
    public override void Flush() => ObjectDisposedException.ThrowIf(IsDisposed, this);

    /// <summary>Does nothing: there is no buffer.</summary>
    public override Task FlushAsync(CancellationToken cancellationToken)
    {
        Flush();
        return cancellationToken.IsCancellationRequested ? Task.FromCanceled(cancellationToken) : Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override IAsyncResult BeginRead(byte[] buffer, int offset, int count, AsyncCallback? callback, object? state) =>
        TaskToAsyncResult.Begin(ReadAsync(buffer, offset, count, CancellationToken.None), callback, state);

    /// <inheritdoc/>
    public override int EndRead(IAsyncResult asyncResult) => TaskToAsyncResult.End<int>(asyncResult);

    /// <inheritdoc/>
    public override IAsyncResult BeginWrite(byte[] buffer, int offset, int count, AsyncCallback? callback, object? state) =>
        TaskToAsyncResult.Begin(WriteAsync(buffer, offset, count, CancellationToken.None), callback, state);

    /// <inheritdoc/>
    public override void EndWrite(IAsyncResult asyncResult) => TaskToAsyncResult.End(asyncResult);

    /// <summary>The operation that reads into this.</summary>
    private protected abstract IoOperation Reading(Memory<byte> buffer);

    /// <summary>The operation that writes this.</summary>
    private protected abstract IoOperation Writing(ReadOnlyMemory<byte> buffer);

    /// <summary>So many bytes have been read or written.</summary>
    private protected virtual void Moved(int count)
    {
    }

    /// <summary>Marks the stream as disposed.</summary>
    /// <returns>Whether it was not.</returns>
    private protected bool TryDispose() => Interlocked.Exchange(ref _disposed, 1) == 0;

    private protected void CheckRead()
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        if (!CanRead)
        {
            throw new NotSupportedException("The stream cannot be read.");
        }
    }

    private protected void CheckWrite()
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        if (!CanWrite)
        {
            throw new NotSupportedException("The stream cannot be written.");
        }
    }

    /// <summary>Makes of a failure what callers of streams expect.</summary>
    private protected IoResult Check(IoResult result, CancellationToken cancellation)
    {
        if (result.IsSuccess)
        {
            return result;
        }

        if (result.Error == Errno.ECANCELED)
        {
            cancellation.ThrowIfCancellationRequested();
            ObjectDisposedException.ThrowIf(IsDisposed, this);
        }

        throw new IoException(result);
    }

    private async ValueTask<int> Read(Memory<byte> buffer, CancellationToken cancellation) =>
        Took(Check(await Io.SubmitAsync(Reading(buffer), cancellation).ConfigureAwait(false), cancellation));

    private int Took(IoResult result)
    {
        var count = (int)Check(result, default).Value;
        Moved(count);
        return count;
    }

    private int Gave(IoResult result)
    {
        Moved((int)result.Value);
        return (int)result.Value;
    }
}
