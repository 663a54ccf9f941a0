using System.Runtime.InteropServices;

namespace Akka.IoActors.Tests.Parity;

/// <summary>System calls that the oracle makes and the library does not.</summary>
internal static class Libc
{
    private const int CloseOnExec = 0x80000;
    private const int GetFlags = 3;
    private const ulong InputCount = 0x541b;

    /// <summary><c>sendfile(2)</c>.</summary>
    internal static long SendFile(int output, int input, ref long offset, long count) =>
        Result(sendfile(output, input, ref offset, (nint)count));

    /// <summary>Has a descriptor get this number; what stood there is closed, and so is the number that it had.</summary>
    internal static void Move(int fd, int number)
    {
        if (dup3(fd, number, CloseOnExec) < 0 || close(fd) < 0)
        {
            throw new System.InvalidOperationException($"dup3({fd}, {number}): errno {Marshal.GetLastPInvokeError()}");
        }
    }

    /// <summary>Whether the number stands for something.</summary>
    internal static bool IsOpen(int fd) => fcntl(fd, GetFlags) >= 0;

    /// <summary>The flags that it was opened with.</summary>
    internal static int FlagsOf(int fd) => fcntl(fd, GetFlags);

    /// <summary>Bytes that can be read from a pipe or socket at once.</summary>
    internal static int BytesIn(int fd) => ioctl(fd, InputCount, out var count) < 0 ? 0 : count;

    private static long Result(nint result) => result >= 0 ? result : -Marshal.GetLastPInvokeError();

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint sendfile(int output, int input, ref long offset, nint count);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int dup3(int fd, int number, int flags);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int close(int fd);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int fcntl(int fd, int command);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int ioctl(int fd, ulong request, out int value);
}
