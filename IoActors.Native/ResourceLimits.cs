namespace Akka.IoActors.Native;

/// <summary>The limits of this process that matter to I/O (<c>getrlimit(2)</c>).</summary>
internal static class ResourceLimits
{
    /// <summary>RLIMIT_NOFILE: descriptors; <see cref="ulong.MaxValue"/> for no limit.</summary>
    internal static (ulong Soft, ulong Hard) NoFile => Get(7);

    /// <summary>RLIMIT_MEMLOCK: bytes of locked memory; <see cref="ulong.MaxValue"/> for no limit.</summary>
    internal static (ulong Soft, ulong Hard) MemLock => Get(8);

    private static (ulong Soft, ulong Hard) Get(int resource)
    {
        var result = Sys.GetRLimit(resource, out var soft, out var hard);
        return result >= 0 ? (soft, hard) : throw new NativeException("prlimit", result);
    }
}
