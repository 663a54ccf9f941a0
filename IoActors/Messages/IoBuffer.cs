using System;
using System.Buffers;
using System.Threading;
using Akka.IoActors.Operations;

namespace Akka.IoActors;

/// <summary>
/// Bytes that a <see cref="RecvPooled"/> has brought, in a buffer of the backend's. It is its holder's until he disposes of
/// it; one that is forgotten returns when it is collected, and is counted.
/// </summary>
public sealed class IoBuffer : IMemoryOwner<byte>
{
    private readonly int _id;
    private readonly int _length;

    /// <summary>Where it returns to; null once it has. Any thread; exchanged.</summary>
    private BufferPool? _pool;

    internal IoBuffer(BufferPool pool, int id, int length)
    {
        _pool = pool;
        _id = id;
        _length = length;
    }

    /// <summary>Returns the buffer, and counts that it was forgotten.</summary>
    ~IoBuffer()
    {
        if (Interlocked.Exchange(ref _pool, null) is { } pool)
        {
            pool.Forgotten(_id);
        }
    }

    /// <summary>The bytes that were received, no more.</summary>
    /// <exception cref="ObjectDisposedException">The buffer has been returned: its bytes may be another's.</exception>
    public Memory<byte> Memory => (Volatile.Read(ref _pool) ?? throw new ObjectDisposedException(nameof(IoBuffer)))
        .Memory(_id)[.._length];

    /// <summary>Returns the buffer to the backend. Further calls do nothing.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _pool, null) is { } pool)
        {
            GC.SuppressFinalize(this);
            pool.Return(_id);
        }
    }
}
