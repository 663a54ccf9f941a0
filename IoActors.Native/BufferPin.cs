using System;
using System.Buffers;

namespace Akka.IoActors.Native;

/// <summary>
/// Holds a buffer in place while the kernel may use it. One pin a submitted operation; taken at
/// submit, released at the reply and not before.
/// </summary>
internal struct BufferPin
{
    private MemoryHandle _handle;

    /// <summary>Whether a buffer is held.</summary>
    internal bool IsHeld { get; private set; }

    /// <summary>The address of the first byte; 0 for an empty buffer.</summary>
    internal readonly unsafe nint Address => (nint)_handle.Pointer;

    /// <summary>Pins a buffer.</summary>
    internal static BufferPin Take(ReadOnlyMemory<byte> buffer) =>
        buffer.IsEmpty ? default : new BufferPin { _handle = buffer.Pin(), IsHeld = true };

    /// <summary>Lets the buffer go. Only the kernel's completion, or none ever to come, permits it.</summary>
    internal void Release()
    {
        IsHeld = false;
        _handle.Dispose();
        _handle = default;
    }
}
