using System.Runtime.InteropServices;

namespace Akka.IoActors.Native;

/// <summary>The blocking forms of the operations on names and on the space of files, for threads that may block.</summary>
internal static unsafe partial class Sys
{
    /// <summary>AT_REMOVEDIR: <c>unlinkat(2)</c> removes a directory.</summary>
    internal const int RemoveDirectory = 0x200;

    /// <summary>AT_SYMLINK_NOFOLLOW: a symbolic link stands for itself.</summary>
    internal const int SymlinkNoFollow = 0x100;

    /// <summary><c>openat2(2)</c>, since Linux 5.6.</summary>
    /// <param name="directory">Where relative paths start.</param>
    /// <param name="path">The path with its NUL.</param>
    /// <param name="how">A <c>struct open_how</c> of <paramref name="size"/> bytes.</param>
    /// <param name="size">Its size.</param>
    internal static long OpenAt2(int directory, nint path, nint how, int size)
    {
        const int number = 437;

        // SAFETY: the caller's block holds the path and the structure during the call.
        long result;
        while (Interrupted((long)Tmds.Linux.LibC.syscall(number, directory, (void*)path, (void*)how, (Tmds.Linux.size_t)(ulong)size), out result))
        {
        }

        return result;
    }

    /// <summary><c>renameat2(2)</c>.</summary>
    internal static long RenameAt2(int oldDirectory, nint oldPath, int newDirectory, nint newPath, uint flags) =>
        // SAFETY: the caller's block holds the paths during the call; so below.
        Outcome(renameat2(oldDirectory, (byte*)oldPath, newDirectory, (byte*)newPath, flags));

    /// <summary><c>unlinkat(2)</c>.</summary>
    internal static long UnlinkAt(int directory, nint path, int flags) => Outcome(unlinkat(directory, (byte*)path, flags));

    /// <summary><c>mkdirat(2)</c>.</summary>
    internal static long MkDirAt(int directory, nint path, uint mode) => Outcome(mkdirat(directory, (byte*)path, mode));

    /// <summary><c>linkat(2)</c>.</summary>
    internal static long LinkAt(int oldDirectory, nint oldPath, int newDirectory, nint newPath, int flags) =>
        Outcome(linkat(oldDirectory, (byte*)oldPath, newDirectory, (byte*)newPath, flags));

    /// <summary><c>symlinkat(2)</c>.</summary>
    internal static long SymlinkAt(nint target, int directory, nint path) =>
        Outcome(symlinkat((byte*)target, directory, (byte*)path));

    /// <summary><c>readlinkat(2)</c>: bytes of the target, without a NUL.</summary>
    internal static long ReadLinkAt(int directory, nint path, nint target, int size) =>
        Outcome(readlinkat(directory, (byte*)path, (byte*)target, (nuint)size));

    /// <summary><c>getdents64(2)</c>: bytes of entries; 0 at the end.</summary>
    internal static long ReadDirectory(int fd, nint entries, int size) => Outcome(getdents64(fd, (byte*)entries, (nuint)size));

    /// <summary><c>fallocate(2)</c>.</summary>
    internal static long FAllocate(int fd, int mode, long offset, long length)
    {
        long result;
        while (Interrupted(fallocate(fd, mode, offset, length), out result))
        {
        }

        return result;
    }

    /// <summary><c>posix_fadvise(2)</c>, which answers an errno and not −1.</summary>
    internal static long FAdvise(int fd, long offset, long length, int advice) => -posix_fadvise(fd, offset, length, advice);

    /// <summary><c>sync_file_range(2)</c>.</summary>
    internal static long SyncFileRange(int fd, long offset, long length, uint flags) =>
        Outcome(sync_file_range(fd, offset, length, flags));

    private static long Outcome(nint result) => result >= 0 ? result : LastError();

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int renameat2(int oldDirectory, byte* oldPath, int newDirectory, byte* newPath, uint flags);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int unlinkat(int directory, byte* path, int flags);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int mkdirat(int directory, byte* path, uint mode);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int linkat(int oldDirectory, byte* oldPath, int newDirectory, byte* newPath, int flags);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int symlinkat(byte* target, int directory, byte* path);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint readlinkat(int directory, byte* path, byte* target, nuint size);

    // The 64-bit forms on the architectures that we run on.
    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int fallocate(int fd, int mode, long offset, long length);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int posix_fadvise(int fd, long offset, long length, int advice);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int sync_file_range(int fd, long offset, long length, uint flags);
}
