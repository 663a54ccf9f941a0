using System;
using System.Collections.Concurrent;
using System.Threading;
using System.Threading.Tasks;

namespace Akka.IoActors.Service.Copy;

/// <summary>
/// The buffers of all files together, so that memory has one bound whatever the number of jobs. They are made
/// on the pinned heap: the pin that an operation takes costs nothing.
/// </summary>
internal sealed class CopyBuffers : IDisposable
{
    /// <summary>Bytes of a buffer, and of the largest transfer.</summary>
    internal const int Size = 256 * 1024;

    /// <summary>The most buffers: 64 MiB.</summary>
    private const int Most = 256;

    private readonly ConcurrentBag<Memory<byte>> _free = [];
    private readonly SemaphoreSlim _left;

    /// <param name="wanted">How many may be in use at once; at most 256 are.</param>
    internal CopyBuffers(int wanted) => _left = new SemaphoreSlim(Math.Min(wanted, Most));

    /// <summary>Takes a buffer; waits for one to come back where all are in use. Hold one at a time.</summary>
    internal async ValueTask<Rented> RentAsync(CancellationToken cancellation)
    {
        await _left.WaitAsync(cancellation).ConfigureAwait(false);
        return new Rented(this, _free.TryTake(out var buffer) ? buffer : IoMemory.Allocate(Size));
    }

    /// <inheritdoc/>
    public void Dispose() => _left.Dispose();

    /// <summary>A buffer in use. Disposing of it gives it back.</summary>
    internal readonly struct Rented(CopyBuffers owner, Memory<byte> memory) : IDisposable
    {
        /// <summary>The buffer.</summary>
        internal Memory<byte> Memory => memory;

        /// <inheritdoc/>
        public void Dispose()
        {
            owner._free.Add(memory);
            owner._left.Release();
        }
    }
}
