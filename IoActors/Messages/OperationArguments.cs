using System;
using Akka.IoActors.Native;
using Akka.IoActors.Operations;

namespace Akka.IoActors;

/// <summary>
/// What the kernel is lent for one operation, from submit to completion. Owned by the loop's thread,
/// and by a pool thread while that carries the operation out.
/// </summary>
internal abstract class OperationArguments
{
    private BufferPin _pin;
    private BufferPin[]? _segments;
    private NativeBlock? _block;

    /// <summary>The descriptor's number; −1 for an operation without.</summary>
    internal int Fd { get; private protected set; } = -1;

    /// <summary>The number of the second descriptor; −1 for an operation without.</summary>
    internal int SecondFd { get; private protected set; } = -1;

    /// <summary>What an operation of several steps remembers between them.</summary>
    internal int[]? State { get; set; }

    /// <summary>Bytes through so far, of an operation that is carried on when it comes short.</summary>
    internal long Done { get; set; }

    /// <summary>Where a ring found the file position before it wrote there; −1 where nobody needs to know.</summary>
    internal long Position { get; set; } = -1;

    /// <summary>Where an operation that wants a buffer gets it from; null for all others.</summary>
    internal BufferPool? Buffers { get; set; }

    /// <summary>The buffer that it has; −1 for none.</summary>
    internal int BufferId { get; set; } = -1;

    /// <summary>The address of that.</summary>
    internal nint BufferAddress => Buffers!.Address(BufferId);

    /// <summary>Hands the buffer over to a receiver.</summary>
    internal IoBuffer TakeBuffer(int length)
    {
        var id = BufferId;
        BufferId = -1;
        return Buffers!.HandOver(id, length);
    }

    /// <summary>Copies what is in the buffer, which stays where it is.</summary>
    internal byte[] CopyBuffer(int length) => Buffers!.Memory(BufferId).Span[..length].ToArray();

    /// <summary>Gives back the buffer that it has, if any.</summary>
    internal void GiveBufferBack()
    {
        if (BufferId >= 0)
        {
            Buffers!.GiveBack(BufferId);
            BufferId = -1;
        }
    }

    /// <summary>Buffers that are held in place.</summary>
    internal int PinCount { get; private set; }

    /// <summary>The address of the first byte of the buffer that is not through yet.</summary>
    internal nint Address => _pin.Address + (nint)Done;

    /// <summary>The address of memory of at least so many bytes beside the buffer.</summary>
    internal nint Lend(int bytes) => (_block ??= new NativeBlock()).Ensure(bytes);

    /// <summary>The memory beside the buffer, as <see cref="Lend"/> gave it.</summary>
    internal Span<byte> Lent => _block is null ? default : _block.Span;

    /// <summary>The address of the memory beside the buffer.</summary>
    internal nint LentAddress => _block?.Address ?? 0;

    /// <summary>The address of the first byte of a segment of a vector.</summary>
    internal nint SegmentAddress(int index) => _segments![index].Address;

    /// <summary>Holds the operation's buffer, or all that its vector names, in place.</summary>
    private protected void Pin(IoOperation operation)
    {
        if (operation.Segments is not { } segments)
        {
            _pin = BufferPin.Take(operation.Pinned);
            PinCount = _pin.IsHeld ? 1 : 0;
            return;
        }

        _segments = new BufferPin[segments.Count];
        for (var i = 0; i < segments.Count; i++)
        {
            // Counted one by one: a MemoryManager may throw half-way.
            _segments[i] = BufferPin.Take(segments[i]);
            PinCount += _segments[i].IsHeld ? 1 : 0;
        }
    }

    private protected void Unpin()
    {
        PinCount = 0;
        _pin.Release();
        if (_segments is not null)
        {
            foreach (ref var pin in _segments.AsSpan())
            {
                pin.Release();
            }

            _segments = null;
        }
    }

    /// <summary>Forgets the pins without releasing them: the kernel may still write there.</summary>
    private protected void LeakPins()
    {
        PinCount = 0;
        _pin = default;
        _segments = null;
    }

    private protected void FreeLent()
    {
        _block?.Dispose();
        _block = null;
    }
}
