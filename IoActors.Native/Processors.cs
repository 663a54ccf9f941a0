using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;

namespace Akka.IoActors.Native;

/// <summary>Processors, and which of them threads run on.</summary>
internal static unsafe class Processors
{
    // A mask of 8,192 processors, the most that Linux is built for.
    private const int MaskBytes = 1024;

    /// <summary>The processors that the process may use: those of its first thread, ascending.</summary>
    internal static IReadOnlyList<int> Allowed() => Allowed(Environment.ProcessId);

    /// <summary>The processors that the calling thread may run on.</summary>
    internal static IReadOnlyList<int> OfThisThread() => Allowed(0);

    /// <summary><c>sched_getaffinity(2)</c>.</summary>
    private static List<int> Allowed(int thread)
    {
        // SAFETY: the mask lives in this frame, and the kernel is told its size.
        var mask = stackalloc byte[MaskBytes];
        new Span<byte>(mask, MaskBytes).Clear();
        var allowed = new List<int>();
        if (sched_getaffinity(thread, MaskBytes, mask) < 0)
        {
            return allowed;
        }

        for (var processor = 0; processor < MaskBytes * 8; processor++)
        {
            if ((mask[processor / 8] & (1 << (processor % 8))) != 0)
            {
                allowed.Add(processor);
            }
        }

        return allowed;
    }

    /// <summary>Has the calling thread run on one processor alone (<c>sched_setaffinity(2)</c>).</summary>
    /// <returns>0, or −EINVAL if the thread may not run there.</returns>
    internal static int Pin(int processor)
    {
        // SAFETY: the mask lives in this frame, and the kernel is told its size.
        var mask = stackalloc byte[MaskBytes];
        new Span<byte>(mask, MaskBytes).Clear();
        mask[processor / 8] = (byte)(1 << (processor % 8));
        return sched_setaffinity(0, MaskBytes, mask) == 0 ? 0 : -Marshal.GetLastPInvokeError();
    }

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int sched_getaffinity(int thread, nuint size, byte* mask);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int sched_setaffinity(int thread, nuint size, byte* mask);
}
