using System;
using System.Runtime.InteropServices;

namespace Akka.IoActors.Native;

/// <summary>
/// A POSIX semaphore (<c>sem_overview(7)</c>): each <see cref="Post"/> lets one <see cref="Wait"/> through, and wakes one
/// thread at most. A wait sleeps in the kernel at once, where .NET's own primitives first look around for a while.
/// It takes no descriptor.
/// </summary>
internal sealed unsafe class Semaphore : IDisposable
{
    // sizeof(sem_t) is 32 with glibc on 64 bits; musl's is not larger.
    private const int Size = 32;

    private void* _semaphore;

    /// <summary>Makes one that lets nobody through yet.</summary>
    internal Semaphore()
    {
        // SAFETY: private to the process, aligned as any allocation is; freed in Dispose.
        _semaphore = NativeMemory.AllocZeroed(Size);
        _ = sem_init(_semaphore, 0, 0);
    }

    /// <summary>Lets one through. Any thread.</summary>
    internal void Post() =>
        // SAFETY: the owner disposes of it after the last call.
        _ = sem_post(_semaphore);

    /// <summary>Blocks until let through. Any thread.</summary>
    internal void Wait()
    {
        // SAFETY: the owner disposes of it after the last call. The only error is EINTR.
        while (sem_wait(_semaphore) != 0)
        {
        }
    }

    /// <summary>Frees it. Nobody may use it any more.</summary>
    public void Dispose()
    {
        _ = sem_destroy(_semaphore);
        NativeMemory.Free(_semaphore);
        _semaphore = null;
    }

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int sem_init(void* semaphore, int shared, uint value);

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int sem_wait(void* semaphore);

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int sem_post(void* semaphore);

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int sem_destroy(void* semaphore);
}
