namespace Akka.IoActors.Native;

/// <summary>The limits of this process that matter to I/O (<c>getrlimit(2)</c>).</summary>
internal static class ResourceLimits
{
    // RLIMIT_NOFILE and RLIMIT_MEMLOCK, the same on x86-64 and arm64.
    internal const int NumberOfFiles = 7;
    internal const int LockedMemory = 8;

    /// <summary>RLIMIT_NOFILE: descriptors; <see cref="ulong.MaxValue"/> for no limit.</summary>
    internal static (ulong Soft, ulong Hard) NoFile => Get(NumberOfFiles);

    /// <summary>RLIMIT_MEMLOCK: bytes of locked memory; <see cref="ulong.MaxValue"/> for no limit.</summary>
    internal static (ulong Soft, ulong Hard) MemLock => Get(LockedMemory);

    private static (ulong Soft, ulong Hard) Get(int resource)
    {
        var result = Sys.GetRLimit(resource, out var soft, out var hard);
        return result >= 0 ? (soft, hard) : throw new NativeException("prlimit", result);
    }
}
