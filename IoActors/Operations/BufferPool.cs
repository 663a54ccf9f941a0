using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Threading;
using Akka.IoActors.Native.Uring;

namespace Akka.IoActors.Operations;

/// <summary>
/// The buffers of one loop that receives take from: pinned, aligned to a page, so many and no more. Each is at one of
/// three places: free; with the kernel, in its ring of provided buffers or lent to one operation; or with a receiver.
/// </summary>
internal sealed class BufferPool
{
    /// <summary>The group of provided buffers, as submissions name it.</summary>
    internal const ushort Group = 1;

    private const int Page = 4096;

    /// <summary>Memory into which a kernel that could not be asked any more may still write: kept for ever.</summary>
    private static readonly ConcurrentBag<byte[]> GivenUp = [];

    private readonly int _count;

    /// <summary>Has the loop look at those that wait for a buffer. Called on any thread.</summary>
    private readonly Action _feed;

    /// <summary>Any thread.</summary>
    private readonly ConcurrentQueue<int> _free = new();

    /// <summary>Which are in the kernel's ring. Owned by the loop's thread.</summary>
    private readonly HashSet<int> _provided = [];

    /// <summary>Buffers put into the kernel's ring since <see cref="TakeRoom"/>. Owned by the loop's thread.</summary>
    private int _fresh;

    /// <summary>Made by the loop's thread with the first use.</summary>
    private byte[]? _memory;

    private int _skip;

    /// <summary>Owned by the loop's thread.</summary>
    private BufferRing? _ring;

    private int _inUse;
    private long _forgotten;

    /// <summary>1 while somebody waits for a buffer. Set by the loop's thread; exchanged by who returns one.</summary>
    private int _starving;

    /// <param name="count">How many.</param>
    /// <param name="size">The size of each in bytes.</param>
    /// <param name="feed">Has the loop look at those that wait for a buffer; called on any thread.</param>
    internal BufferPool(int count, int size, Action feed)
    {
        _count = count;
        Size = size;
        _feed = feed;
    }

    /// <summary>The size of each in bytes.</summary>
    internal int Size { get; }

    /// <summary>Whether the kernel takes a buffer when it needs one; else an operation is lent one when it starts.</summary>
    internal bool KernelChooses => _ring is not null;

    /// <summary>Buffers that their receivers have.</summary>
    internal int InUse => Volatile.Read(ref _inUse);

    /// <summary>Buffers that came back because their receivers were collected without having returned them.</summary>
    internal long ForgottenCount => Interlocked.Read(ref _forgotten);

    /// <summary>An empty one like this, for the next ring: this one's memory may still be written into.</summary>
    internal BufferPool Successor() => new(_count, Size, _feed);

    // ---- the kernel's ring: the loop's thread ---------------------------------------------------

    /// <summary>Has a ring take buffers by itself, if its kernel can.</summary>
    internal void Attach(Ring ring) => _ring = BufferRing.TryRegister(ring, Group, BitOperations.RoundUpToPowerOf2((uint)_count));

    /// <summary>Gives the kernel what has come back.</summary>
    internal void Replenish()
    {
        if (_ring is not { } ring)
        {
            return;
        }

        while (_free.TryDequeue(out var id))
        {
            _provided.Add(id);
            _fresh++;
            ring.Add(Address(id), Size, (ushort)id);
        }
    }

    /// <summary>The kernel has taken this one out of its ring.</summary>
    internal void Chosen(int id) => _provided.Remove(id);

    /// <summary>The ring is about to be closed.</summary>
    /// <param name="drained">Whether the kernel is done with all that it was given.</param>
    internal void Detach(bool drained)
    {
        _ring?.Dispose();
        _ring = null;
        if (!drained && _memory is not null)
        {
            GivenUp.Add(_memory);
        }

        foreach (var id in _provided)
        {
            if (drained)
            {
                _free.Enqueue(id);
            }
        }

        _provided.Clear();
    }

    // ---- lending ---------------------------------------------------------------------------------

    /// <summary>Sees to it that there is memory: it is made with the first receive. The loop's thread.</summary>
    internal void Ensure()
    {
        if (_memory is not null)
        {
            return;
        }

        var memory = GC.AllocateUninitializedArray<byte>(_count * Size + Page, pinned: true);
        _skip = (int)(-Marshal.UnsafeAddrOfPinnedArrayElement(memory, 0) & (Page - 1));
        _memory = memory;
        for (var id = 0; id < _count; id++)
        {
            _free.Enqueue(id);
        }
    }

    /// <summary>Lends a buffer to an operation. The loop's thread.</summary>
    /// <returns>Its number; −1 if there is none, and then the loop is told when there is.</returns>
    internal int Rent()
    {
        if (_free.TryDequeue(out var id))
        {
            return id;
        }

        return Starve() > 0 && _free.TryDequeue(out id) ? id : -1;
    }

    /// <summary>
    /// How many receives that found no buffer may start over. While there are completions that nobody has looked at, each may
    /// have taken one of those in the kernel's ring: then only those count that have come back since the last time. The
    /// loop's thread.
    /// </summary>
    internal int TakeRoom()
    {
        var provided = _ring is { HasUnseen: true } ? Math.Min(_fresh, _provided.Count) : _provided.Count;
        _fresh = 0;
        return _free.Count + provided;
    }

    /// <summary>Somebody waits for a buffer. The loop's thread.</summary>
    /// <returns>How many there are after all; if there is none, the loop is told of the next that comes back.</returns>
    internal int Starve()
    {
        Volatile.Write(ref _starving, 1);

        // Pairs with the barrier in GiveBack: either we see the buffer, or its giver sees that somebody waits.
        Interlocked.MemoryBarrier();
        return _free.Count + _provided.Count;
    }

    /// <summary>Has the loop look, in its next turn, at those that wait for a buffer.</summary>
    internal void FeedLater() => _feed();

    /// <summary>A buffer is free again. Any thread.</summary>
    internal void GiveBack(int id)
    {
        _free.Enqueue(id);

        // Pairs with the barrier in Starve.
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _starving) != 0 && Interlocked.Exchange(ref _starving, 0) != 0)
        {
            _feed();
        }
    }

    /// <summary>A filled buffer goes to a receiver. The loop's thread.</summary>
    internal IoBuffer HandOver(int id, int length)
    {
        Interlocked.Increment(ref _inUse);
        return new IoBuffer(this, id, length);
    }

    /// <summary>A receiver is done with it. Any thread.</summary>
    internal void Return(int id)
    {
        Interlocked.Decrement(ref _inUse);
        GiveBack(id);
    }

    /// <summary>A receiver was collected without having returned it. The finalizer's thread.</summary>
    internal void Forgotten(int id)
    {
        Interlocked.Increment(ref _forgotten);
        Return(id);
    }

    /// <summary>The address of a buffer's first byte. Any thread that has the buffer.</summary>
    internal nint Address(int id) => Marshal.UnsafeAddrOfPinnedArrayElement(_memory!, _skip + id * Size);

    /// <summary>A buffer's bytes. Any thread that has the buffer.</summary>
    internal Memory<byte> Memory(int id) => MemoryMarshal.CreateFromPinnedArray(_memory!, _skip + id * Size, Size);
}
