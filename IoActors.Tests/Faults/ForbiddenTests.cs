using System;
using System.IO;
using System.Threading.Tasks;
using Akka.IoActors.Tests.Support;
using Xunit;

namespace Akka.IoActors.Tests.Faults;

/// <summary>io_uring forbidden, as in containers, or not there, as in old kernels: real filters, real programs.</summary>
public sealed class ForbiddenTests
{
    private const int IoUringSetup = 425;

    private static string Program => Path.Combine(AppContext.BaseDirectory, "IoActors.Service");

    [Fact]
    public async Task Doctor_says_that_a_seccomp_filter_forbids_io_uring_and_that_epoll_is_taken()
    {
        var (code, output, errors) = await Forbidden.Run(Errno.EPERM, [IoUringSetup], Program, "doctor");
        Assert.True(code == 0, output + errors);
        Assert.Contains("seccomp", output, StringComparison.Ordinal);
        Assert.Contains("epoll", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Doctor_says_that_the_kernel_has_no_io_uring()
    {
        var (code, output, errors) = await Forbidden.Run(Errno.ENOSYS, [IoUringSetup], Program, "doctor");
        Assert.True(code == 0, output + errors);
        Assert.Contains("ENOSYS", output, StringComparison.Ordinal);
    }
}
