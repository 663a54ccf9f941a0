using System;
using System.IO;
using System.Linq;
using Akka.IoActors.Native;
using Akka.IoActors.Native.Uring;

namespace Akka.IoActors.Backends.IoUring;

/// <summary>
/// Finds out, by making a ring, whether this process may use io_uring and whether the kernel's is good enough.
/// </summary>
public sealed record IoUringProbe
{
    private const UringFeatures Needed =
        UringFeatures.NoDrop | UringFeatures.SubmitStable | UringFeatures.RwCurPos
        | UringFeatures.FastPoll | UringFeatures.ExtArg;

    private static readonly UringOpcode[] NeededOpcodes =
        [UringOpcode.Read, UringOpcode.Write, UringOpcode.PollAdd, UringOpcode.AsyncCancel];

    private IoUringProbe()
    {
    }

    /// <summary>Whether the io_uring backend works here.</summary>
    public bool IsAvailable => Obstacle.Length == 0;

    /// <summary>What stands in the way, and how it is called; empty if nothing does.</summary>
    public required string Obstacle { get; init; }

    /// <summary>The release of the running kernel.</summary>
    public required string Kernel { get; init; }

    /// <summary>Tries it.</summary>
    public static IoUringProbe Run()
    {
        try
        {
            using var ring = Ring.Create(4, 8);
            return Found(WhatIsMissing(ring));
        }
        catch (NativeException e)
        {
            return Found(Explain(e));
        }
    }

    private static IoUringProbe Found(string obstacle) =>
        new() { Obstacle = obstacle, Kernel = Sys.KernelRelease };

    private static string WhatIsMissing(Ring ring)
    {
        var missing = Needed & ~ring.Features;
        if (missing != 0)
        {
            return $"the kernel's io_uring lacks {missing} (Linux 5.11 has it)";
        }

        var opcodes = ring.Probe();
        var lacking = NeededOpcodes.Where(opcode => !opcodes[(int)opcode]).Select(UringOpcodes.NameOf).ToList();
        return lacking.Count == 0 ? "" : $"the kernel lacks {string.Join(", ", lacking)} (Linux 5.6 has them)";
    }

    private static string Explain(NativeException e) => e.Errno switch
    {
        Errno.EPERM => Forbidden(),
        Errno.ENOSYS => "the kernel has no io_uring (ENOSYS: older than Linux 5.1, built without it, or hidden by seccomp)",
        Errno.ENOMEM => "the memory for a ring cannot be locked (ENOMEM): "
            + $"RLIMIT_MEMLOCK is {Describe(ResourceLimits.MemLock)}",
        Errno.EMFILE => $"no descriptor is left (EMFILE): RLIMIT_NOFILE is {Describe(ResourceLimits.NoFile)}",
        _ => e.Message,
    };

    private static string Forbidden()
    {
        const string sysctl = "/proc/sys/kernel/io_uring_disabled";
        var value = File.Exists(sysctl) ? File.ReadAllText(sysctl).Trim() : "0";
        return value switch
        {
            "2" => "io_uring is forbidden by the sysctl kernel.io_uring_disabled = 2",
            "1" => "io_uring is forbidden by the sysctl kernel.io_uring_disabled = 1: "
                + "the process is not in kernel.io_uring_group and lacks CAP_SYS_ADMIN",
            _ when HasSeccompFilter() => "io_uring is forbidden by a seccomp filter (EPERM), as in many containers",
            _ => "io_uring is forbidden (EPERM) by a security module",
        };
    }

    private static bool HasSeccompFilter() =>
        File.ReadLines("/proc/thread-self/status").Any(line => line.StartsWith("Seccomp:\t2", StringComparison.Ordinal));

    private static string Describe((ulong Soft, ulong Hard) limit) => limit.Soft == ulong.MaxValue
        ? "unlimited"
        : FormattableString.Invariant($"{limit.Soft}");
}
