using System;
using System.Globalization;
using System.IO;
using System.Runtime.InteropServices;

namespace Akka.IoActors.Tests.Native;

/// <summary>
/// Interrupts a thread in a system call. The handler is a harmless function of the C library, and
/// installed without SA_RESTART, so that the call returns with EINTR.
/// </summary>
internal static class Signals
{
    // SIGUSR2 of x86-64 and arm64; the runtime leaves it alone.
    private const int SigUsr2 = 12;

    static Signals()
    {
        // struct sigaction: the handler first, then mask and flags, all 0. It has 152 bytes in glibc.
        var action = new byte[256];
        MemoryMarshal.Write(action, NativeLibrary.GetExport(NativeLibrary.Load("libc.so.6"), "abs"));
        if (SigAction(SigUsr2, action, 0) != 0)
        {
            throw new InvalidOperationException($"sigaction: errno {Marshal.GetLastPInvokeError()}");
        }
    }

    /// <summary>The kernel's number of the calling thread.</summary>
    internal static int CurrentThread() => GetTid();

    /// <summary>
    /// Whether the thread sleeps in a system call whose first argument is this descriptor, and how often it
    /// has gone to sleep so far.
    /// </summary>
    internal static bool IsBlockedOn(int thread, int fd, out long sleeps)
    {
        sleeps = 0;
        var folder = $"/proc/self/task/{thread}";
        var words = File.ReadAllText($"{folder}/syscall").Split(' ');
        if (words.Length < 2 || words[1] != string.Create(CultureInfo.InvariantCulture, $"0x{fd:x}"))
        {
            return false;
        }

        foreach (var line in File.ReadLines($"{folder}/status"))
        {
            if (line.StartsWith("voluntary_ctxt_switches:", StringComparison.Ordinal))
            {
                sleeps = long.Parse(line.AsSpan("voluntary_ctxt_switches:".Length).Trim(), CultureInfo.InvariantCulture);
            }
        }

        return true;
    }

    /// <summary>Waits until the thread sleeps in a call on the descriptor, and interrupts it there.</summary>
    /// <returns>How often the thread had gone to sleep by then.</returns>
    internal static long Interrupt(int thread, int fd, long sleptMoreThan = 0)
    {
        var sleeps = 0L;
        OwnThread.Until(
            () => IsBlockedOn(thread, fd, out sleeps) && sleeps > sleptMoreThan, $"thread {thread} sleeps on {fd}");
        if (!TrySend(thread))
        {
            throw new InvalidOperationException($"tgkill: errno {Marshal.GetLastPInvokeError()}");
        }

        return sleeps;
    }

    /// <summary>Interrupts the thread, whatever it does.</summary>
    /// <returns>False if it has ended.</returns>
    internal static bool TrySend(int thread) => TgKill(Environment.ProcessId, thread, SigUsr2) == 0;

    [DllImport("libc", EntryPoint = "sigaction", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SigAction(int signal, byte[] action, nint old);

    [DllImport("libc", EntryPoint = "tgkill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int TgKill(int process, int thread, int signal);

    [DllImport("libc", EntryPoint = "gettid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int GetTid();
}
