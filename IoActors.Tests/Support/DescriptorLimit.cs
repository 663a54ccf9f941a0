using System;
using System.Runtime.InteropServices;
using Akka.IoActors.Native;
using Microsoft.Win32.SafeHandles;
using Xunit;

namespace Akka.IoActors.Tests.Support;

/// <summary>Another limit of descriptors for this process, until it is disposed.</summary>
internal sealed class DescriptorLimit : IDisposable
{
    private const int NumberOfFiles = 7;

    private readonly ulong[] _former = new ulong[2];

    private DescriptorLimit() => Assert.Equal(0, getrlimit(NumberOfFiles, _former));

    /// <summary>No descriptor more than there are: the soft limit is the lowest free number. For a process that starts no threads.</summary>
    internal static DescriptorLimit NoMore()
    {
        var limit = new DescriptorLimit();
        using var lowest = new SafeFileHandle((nint)Sys.EventFd(), true);
        var number = (ulong)lowest.DangerousGetHandle();
        Assert.Equal(0, setrlimit(NumberOfFiles, [number, limit._former[1]]));
        return limit;
    }

    /// <summary>How many descriptors this process may have.</summary>
    internal static int Now
    {
        get
        {
            var limit = new DescriptorLimit();
            return (int)Math.Min(limit._former[0], int.MaxValue);
        }
    }

    /// <summary>So many, if this process may raise its limit.</summary>
    internal static DescriptorLimit AtLeast(ulong count)
    {
        var limit = new DescriptorLimit();
        if (limit._former[0] < count)
        {
            _ = setrlimit(NumberOfFiles, [count, Math.Max(count, limit._former[1])]);
        }

        return limit;
    }

    public void Dispose() => Assert.Equal(0, setrlimit(NumberOfFiles, _former));

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int getrlimit(int resource, [Out] ulong[] limits);

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int setrlimit(int resource, ulong[] limits);
}
