using System;
using System.Runtime.InteropServices;

namespace Akka.IoActors.Native;

/// <summary>
/// A piece of unmanaged memory that an operation lends to the kernel beside its buffer: a path, a
/// socket address, a <c>struct statx</c>. It keeps its memory from one operation to the next, and
/// whoever gives it up while the kernel may still write into it does not free it.
/// </summary>
internal sealed unsafe class NativeBlock : IDisposable
{
    private void* _memory;

    /// <summary>The address of the block; 0 before the first <see cref="Ensure"/>.</summary>
    internal nint Address => (nint)_memory;

    /// <summary>The size of the block in bytes.</summary>
    internal int Capacity { get; private set; }

    /// <summary>Sees to it that the block holds this many bytes. Old content is not kept.</summary>
    /// <returns>The address of the block, aligned to 16 bytes.</returns>
    internal nint Ensure(int bytes)
    {
        if (bytes > Capacity)
        {
            // SAFETY: nobody else has the old block: its last operation has been answered.
            // Given up first: an allocation that throws must leave no pointer to it behind.
            Dispose();
            _memory = NativeMemory.AllocZeroed((nuint)bytes);
            Capacity = bytes;
        }

        return (nint)_memory;
    }

    /// <summary>A view of the block, for filling and reading it.</summary>
    internal Span<byte> Span =>
        // SAFETY: _memory holds Capacity bytes until Dispose, and the span does not outlive the call.
        new(_memory, Capacity);

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        // SAFETY: the owner calls this when no operation uses the block any more.
        NativeMemory.Free(_memory);
        _memory = null;
        Capacity = 0;
    }
}
