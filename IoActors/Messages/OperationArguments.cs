using System;
using Akka.IoActors.Native;

namespace Akka.IoActors;

/// <summary>
/// What the kernel is lent for one operation, from submit to completion. Owned by the loop's thread,
/// and by a pool thread while that carries the operation out.
/// </summary>
internal abstract class OperationArguments
{
    private BufferPin _pin;
    private NativeBlock? _block;

    /// <summary>The descriptor's number; −1 for an operation without.</summary>
    internal int Fd { get; private protected set; } = -1;

    /// <summary>Bytes through so far, of an operation that is carried on when it comes short.</summary>
    internal long Done { get; set; }

    /// <summary>Whether a buffer is held in place.</summary>
    internal bool IsPinned => _pin.IsHeld;

    /// <summary>The address of the first byte of the buffer that is not through yet.</summary>
    internal nint Address => _pin.Address + (nint)Done;

    /// <summary>The address of memory of at least so many bytes beside the buffer.</summary>
    internal nint Lend(int bytes) => (_block ??= new NativeBlock()).Ensure(bytes);

    /// <summary>The memory beside the buffer, as <see cref="Lend"/> gave it.</summary>
    internal Span<byte> Lent => _block is null ? default : _block.Span;

    /// <summary>The address of the memory beside the buffer.</summary>
    internal nint LentAddress => _block?.Address ?? 0;

    private protected void Pin(ReadOnlyMemory<byte> buffer) => _pin = BufferPin.Take(buffer);

    private protected void Unpin() => _pin.Release();

    private protected void FreeLent()
    {
        _block?.Dispose();
        _block = null;
    }
}
