using System;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Threading;
using Tmds.Linux;

namespace Akka.IoActors.Native.Uring;

/// <summary>
/// One io_uring instance: set up, filled, entered, reaped and torn down by the thread that made it
/// (<c>io_uring_setup(2)</c>, <c>io_uring_enter(2)</c>; SINGLE_ISSUER where the kernel has it).
/// Every field is owned by that thread.
/// </summary>
internal sealed unsafe class Ring : IDisposable
{
    private const int NoRegisteredIndex = -1;

    private readonly IUringSyscalls _syscalls;
    private readonly UringParams _params;

    // Written by the kernel, read by us (sq head, sq flags, cq tail), and the other way round (sq
    // tail, cq head). All live in the mappings below, which are unmapped in Dispose and not before.
    private readonly uint* _sqHead;
    private readonly uint* _sqTail;
    private readonly uint* _sqFlags;
    private readonly uint* _cqHead;
    private readonly uint* _cqTail;
    private readonly uint* _cqOverflow;
    private readonly UringSqe* _sqes;
    private readonly UringCqe* _cqes;
    private readonly uint _sqMask;
    private readonly uint _cqMask;

    private readonly void* _sqMapping;
    private readonly nuint _sqMappingLength;
    private readonly void* _cqMapping;
    private readonly nuint _cqMappingLength;
    private readonly nuint _sqesLength;

    private int _fd;
    private int _registeredIndex = NoRegisteredIndex;
    private bool _descriptorLost;

    /// <summary>The tail that we have filled up to; published to the kernel by <see cref="Publish"/>.</summary>
    private uint _filled;

    private Ring(int fd, in UringParams parameters, IUringSyscalls syscalls)
    {
        _fd = fd;
        _syscalls = syscalls;
        _params = parameters;
        _sqMappingLength = parameters.SqOff.Array + (nuint)parameters.SqEntries * sizeof(uint);
        _cqMappingLength = parameters.CqOff.Cqes + (nuint)parameters.CqEntries * (nuint)sizeof(UringCqe);
        _sqesLength = (nuint)parameters.SqEntries * (nuint)sizeof(UringSqe);

        var single = (parameters.Features & UringFeatures.SingleMmap) != 0;
        if (single)
        {
            _sqMappingLength = _cqMappingLength = nuint.Max(_sqMappingLength, _cqMappingLength);
        }

        try
        {
            _sqMapping = Map(_sqMappingLength, UringAbi.OffSqRing);
            _cqMapping = single ? _sqMapping : Map(_cqMappingLength, UringAbi.OffCqRing);
            _sqes = (UringSqe*)Map(_sqesLength, UringAbi.OffSqes);
        }
        catch (NativeException)
        {
            Dispose();
            throw;
        }

        // SAFETY: the offsets come from the kernel and lie within the mappings just made.
        var sq = (byte*)_sqMapping;
        var cq = (byte*)_cqMapping;
        _sqHead = (uint*)(sq + parameters.SqOff.Head);
        _sqTail = (uint*)(sq + parameters.SqOff.Tail);
        _sqFlags = (uint*)(sq + parameters.SqOff.Flags);
        _cqHead = (uint*)(cq + parameters.CqOff.Head);
        _cqTail = (uint*)(cq + parameters.CqOff.Tail);
        _cqOverflow = (uint*)(cq + parameters.CqOff.Overflow);
        _cqes = (UringCqe*)(cq + parameters.CqOff.Cqes);
        _sqMask = *(uint*)(sq + parameters.SqOff.RingMask);
        _cqMask = *(uint*)(cq + parameters.CqOff.RingMask);
        _filled = *_sqTail;

        // The indirection is never used: entry i stands at index i for good.
        var array = (uint*)(sq + parameters.SqOff.Array);
        for (var i = 0u; i < parameters.SqEntries; i++)
        {
            array[i] = i;
        }
    }

    /// <summary>The ring's descriptor.</summary>
    internal int Descriptor => _fd;

    /// <summary>Entries of the submission queue.</summary>
    internal uint SqEntries => _params.SqEntries;

    /// <summary>Entries of the completion queue.</summary>
    internal uint CqEntries => _params.CqEntries;

    /// <summary>What the kernel can do.</summary>
    internal UringFeatures Features => _params.Features;

    /// <summary>How the ring was made.</summary>
    internal UringSetup SetupFlags => _params.Flags;

    /// <summary>Calls of <c>io_uring_enter</c> so far.</summary>
    internal long Enters { get; private set; }

    /// <summary>
    /// Completions that did not fit the queue, and for which the kernel had no memory to keep them: lost.
    /// The next entry that has nothing to submit gets EBADR.
    /// </summary>
    internal uint Lost =>
        // SAFETY: a word of the live mapping.
        Volatile.Read(ref *_cqOverflow);

    /// <summary>Entries filled but not yet taken by the kernel.</summary>
    internal uint Unsubmitted =>
        // SAFETY: a word of the live mapping. Acquire pairs with the kernel's release of the sq
        // head: entries up to it have been read and may be filled again.
        _filled - Volatile.Read(ref *_sqHead);

    /// <summary>Whether <see cref="Next"/> has an entry to give.</summary>
    internal bool HasRoom => Unsubmitted < _params.SqEntries;

    /// <summary>
    /// Whether completions can be had: they stand in the queue, or the kernel says that an entry
    /// with GETEVENTS would bring some.
    /// </summary>
    internal bool HasCompletions =>
        // SAFETY: words of the live mapping. The acquire of the cq tail pairs with the kernel's
        // release when it posts; the flags are a hint and need no order.
        *_cqHead != Volatile.Read(ref *_cqTail) || NeedsEnter;

    /// <summary>Whether the kernel holds completions back until the next entry with GETEVENTS.</summary>
    internal bool NeedsEnter =>
        // SAFETY: a word of the live mapping.
        ((UringSqFlags)Volatile.Read(ref *_sqFlags) & (UringSqFlags.Taskrun | UringSqFlags.CqOverflow)) != 0;

    /// <summary>Makes a ring with the best flags that this kernel takes.</summary>
    /// <param name="sqEntries">Submission entries; rounded up to a power of two by the kernel.</param>
    /// <param name="cqEntries">Completion entries, at least as many.</param>
    /// <param name="syscalls">The kernel, or what stands before it; the kernel if null.</param>
    /// <param name="wanted">These flags and no others; the best that the kernel takes if null.</param>
    /// <exception cref="NativeException">
    /// <c>io_uring_setup(2)</c>: EPERM (forbidden by sysctl or seccomp), ENOSYS, ENOMEM (memlock),
    /// EMFILE, ENFILE, EINVAL; or <c>mmap(2)</c>.
    /// </exception>
    internal static Ring Create(
        uint sqEntries, uint cqEntries, IUringSyscalls? syscalls = null, UringSetup? wanted = null)
    {
        ReadOnlySpan<UringSetup> ladder = wanted is { } only ? [only] :
        [
            UringSetup.SubmitAll | UringSetup.SingleIssuer | UringSetup.DeferTaskrun | UringSetup.TaskrunFlag,
            UringSetup.SubmitAll | UringSetup.CoopTaskrun | UringSetup.TaskrunFlag,
            UringSetup.SubmitAll,
            UringSetup.None,
        ];

        var result = 0;
        foreach (var flags in ladder)
        {
            var parameters = new UringParams
            {
                Flags = flags | UringSetup.CqSize | UringSetup.Clamp,
                CqEntries = cqEntries,
            };

            result = Setup(sqEntries, ref parameters);
            if (result >= 0)
            {
                var ring = new Ring(result, parameters, syscalls ?? UringSyscalls.Kernel);
                ring.RegisterOwnDescriptor();
                return ring;
            }

            // EINVAL says that the kernel does not know a flag; anything else says no to any ring.
            if (result != -(int)Errno.EINVAL)
            {
                break;
            }
        }

        throw new NativeException("io_uring_setup", result);
    }

    /// <summary>
    /// The next free entry, to be filled before the following call. Ask <see cref="HasRoom"/> first.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal ref UringSqe Next()
    {
        Debug.Assert(HasRoom, "asked for an entry of a full queue");

        // SAFETY: the mask keeps the index within the mapping; the kernel reads the entry only
        // after Publish, and the slot was free according to the acquired sq head.
        return ref _sqes[_filled++ & _sqMask];
    }

    /// <summary>The n-th entry that the kernel has not taken yet.</summary>
    internal ref UringSqe UnsubmittedEntry(uint n)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(n, Unsubmitted);

        // SAFETY: the entry is one that Next gave out and the kernel left; the mask keeps the index
        // within the mapping.
        return ref _sqes[(_filled - Unsubmitted + n) & _sqMask];
    }

    /// <summary>
    /// Submits what has been filled, runs what the kernel held back, and does not wait.
    /// </summary>
    /// <returns>Entries taken, or a negative errno.</returns>
    internal int Submit() => Enter(Publish(), 0, null);

    /// <summary>
    /// Submits what has been filled and waits until at least one completion stands in the queue.
    /// </summary>
    /// <param name="timeout">How long; <see cref="Timeout.InfiniteTimeSpan"/> for ever.</param>
    /// <returns>Entries taken, or a negative errno: ETIME when the time was up, EINTR after a signal.</returns>
    internal int SubmitAndWait(TimeSpan timeout)
    {
        if (timeout == Timeout.InfiniteTimeSpan)
        {
            return Enter(Publish(), 1, null);
        }

        var spec = new KernelTimespec
        {
            Seconds = timeout.Ticks / TimeSpan.TicksPerSecond,
            Nanoseconds = timeout.Ticks % TimeSpan.TicksPerSecond * TimeSpan.NanosecondsPerTick,
        };

        // SAFETY: both structures live in this frame, which outlives the call.
        return Enter(Publish(), 1, &spec);
    }

    /// <summary>Takes one completion out of the queue.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool TryReap(out UringCqe completion)
    {
        // SAFETY: words and an entry of the live mapping; the mask keeps the index within it.
        var head = *_cqHead;

        // Acquire pairs with the kernel's release of the cq tail: the entry behind it is whole.
        if (head == Volatile.Read(ref *_cqTail))
        {
            completion = default;
            return false;
        }

        completion = _cqes[head & _cqMask];

        // Release pairs with the kernel's acquire of the cq head: we have copied the entry, and it
        // may be written again.
        Volatile.Write(ref *_cqHead, head + 1);
        return true;
    }

    /// <summary>Which opcodes the kernel has (IORING_REGISTER_PROBE, since 5.6).</summary>
    /// <returns>A bit for each opcode below 256; empty if the kernel cannot say.</returns>
    internal System.Collections.BitArray Probe()
    {
        const int maxOps = 256;
        var size = UringAbi.ProbeHeaderSize + maxOps * sizeof(UringProbeOp);

        // SAFETY: a header of 16 bytes and 256 entries in this frame, which outlives the call.
        var memory = stackalloc byte[size];
        new Span<byte>(memory, size).Clear();
        var found = new System.Collections.BitArray(maxOps);
        if (LibC.io_uring_register(_fd, UringAbi.RegisterProbe, memory, maxOps) < 0)
        {
            return found;
        }

        var ops = (UringProbeOp*)(memory + UringAbi.ProbeHeaderSize);
        for (var i = 0; i < memory[UringAbi.ProbeCountOffset]; i++)
        {
            found[ops[i].Opcode] = (ops[i].Flags & UringAbi.ProbeSupported) != 0;
        }

        return found;
    }

    /// <summary>
    /// The descriptor's number is not ours any more (somebody has closed it, and it may be another's by
    /// now). From here on the ring is entered through its registered descriptor, so that what is in flight
    /// can still be cancelled and reaped.
    /// </summary>
    internal void LoseDescriptor() => _descriptorLost = true;

    /// <summary>
    /// Unmaps the queues and closes the descriptor. This does not stop the kernel from writing into
    /// buffers of operations in flight: reap every completion first.
    /// </summary>
    public void Dispose()
    {
        if (_fd < 0)
        {
            return;
        }

        UnregisterOwnDescriptor();

        // SAFETY: nobody keeps a reference into the mappings: the owner drops the ring with this call.
        Unmap(_sqes, _sqesLength);
        if (_cqMapping != _sqMapping)
        {
            Unmap(_cqMapping, _cqMappingLength);
        }

        Unmap(_sqMapping, _sqMappingLength);
        if (!_descriptorLost)
        {
            _ = Sys.Close(_fd);
        }

        _fd = -1;
    }

    private static int Setup(uint entries, ref UringParams parameters)
    {
        // SAFETY: the kernel fills the structure before the call returns; its layout is proved by a test.
        fixed (UringParams* p = &parameters)
        {
            var result = LibC.io_uring_setup(entries, (io_uring_params*)p);
            return result >= 0 ? result : -LibC.errno;
        }
    }

    private void* Map(nuint length, long offset)
    {
        // SAFETY: a new shared mapping of the ring; the kernel chooses the address.
        var address = LibC.mmap(
            null, (size_t)(ulong)length, LibC.PROT_READ | LibC.PROT_WRITE, LibC.MAP_SHARED | LibC.MAP_POPULATE, _fd, offset);
        return address != (void*)-1 ? address : throw new NativeException("mmap", -LibC.errno);
    }

    private static void Unmap(void* address, nuint length)
    {
        if (address != null)
        {
            _ = LibC.munmap(address, (size_t)(ulong)length);
        }
    }

    /// <summary>Lets the kernel see what has been filled.</summary>
    /// <returns>Entries for it to take.</returns>
    private uint Publish()
    {
        // SAFETY: a word of the live mapping. Release pairs with the kernel's acquire of the sq
        // tail: the entries up to it are whole when it sees the new value.
        Volatile.Write(ref *_sqTail, _filled);
        return Unsubmitted;
    }

    private int Enter(uint toSubmit, uint waitFor, KernelTimespec* timeout)
    {
        var flags = UringEnter.GetEvents;
        var fd = _fd;
        if (_descriptorLost)
        {
            flags |= UringEnter.RegisteredRing;
            fd = _registeredIndex;
        }

        var arg = new UringGetEventsArg { Timespec = (ulong)timeout };
        if (timeout != null)
        {
            flags |= UringEnter.ExtArg;
        }

        Enters++;

        // SAFETY: `arg` and the timespec behind it live in frames that outlive the call.
        return timeout != null
            ? _syscalls.Enter(fd, toSubmit, waitFor, flags, (nint)(&arg), sizeof(UringGetEventsArg))
            : _syscalls.Enter(fd, toSubmit, waitFor, flags, 0, 0);
    }

    private void RegisterOwnDescriptor()
    {
        var update = new UringResourceUpdate { Offset = uint.MaxValue, Data = (ulong)_fd };

        // SAFETY: the structure lives in this frame; the kernel writes the index into it.
        if (LibC.io_uring_register(_fd, UringAbi.RegisterRingFds, &update, 1) == 1)
        {
            _registeredIndex = (int)update.Offset;
        }
    }

    private void UnregisterOwnDescriptor()
    {
        if (_registeredIndex == NoRegisteredIndex)
        {
            return;
        }

        var update = new UringResourceUpdate { Offset = (uint)_registeredIndex };

        // SAFETY: the structure lives in this frame.
        _ = _descriptorLost
            ? LibC.io_uring_register(
                _registeredIndex, UringAbi.UnregisterRingFds | UringAbi.RegisterUseRegisteredRing, &update, 1)
            : LibC.io_uring_register(_fd, UringAbi.UnregisterRingFds, &update, 1);
        _registeredIndex = NoRegisteredIndex;
    }
}
