using System.Collections;
using Tmds.Linux;

namespace Akka.IoActors.Native.Uring;

/// <summary>
/// The system calls of a ring at work. There is one implementation, the kernel's; the tests put faults in front of
/// it that no real kernel can be brought to.
/// </summary>
internal interface IUringSyscalls
{
    /// <summary><c>io_uring_enter(2)</c>.</summary>
    /// <returns>Entries taken, or a negative errno.</returns>
    int Enter(int fd, uint toSubmit, uint waitFor, UringEnter flags, nint argument, int argumentSize);

    /// <summary>Which opcodes there are, a bit for each.</summary>
    BitArray Probe(Ring ring);
}

/// <summary>The kernel.</summary>
internal sealed unsafe class UringSyscalls : IUringSyscalls
{
    internal static readonly UringSyscalls Kernel = new();

    private UringSyscalls()
    {
    }

    /// <inheritdoc/>
    public int Enter(int fd, uint toSubmit, uint waitFor, UringEnter flags, nint argument, int argumentSize)
    {
        // SAFETY: the argument lives in a frame of the caller's, which outlives the call.
        var result = (long)LibC.syscall(
            UringAbi.SyscallEnter, fd, toSubmit, waitFor, (uint)flags, (void*)argument, argumentSize);
        return result >= 0 ? (int)result : -LibC.errno;
    }

    /// <inheritdoc/>
    public BitArray Probe(Ring ring) => ring.Probe();
}
