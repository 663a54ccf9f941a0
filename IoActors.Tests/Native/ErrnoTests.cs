using System;
using Akka.IoActors.Native;
using Xunit;

namespace Akka.IoActors.Tests.Native;

/// <summary>Names and descriptions of errors.</summary>
public sealed class ErrnoTests
{
    /// <summary>The symbols of errno.h, and the sentences of strerror(3).</summary>
    [Theory]
    [InlineData(Errno.None, "None", "Success")]
    [InlineData(Errno.ENOENT, "ENOENT", "No such file or directory")]
    [InlineData(Errno.EAGAIN, "EAGAIN", "Resource temporarily unavailable")]
    [InlineData(Errno.ECANCELED, "ECANCELED", "Operation canceled")]
    [InlineData(Errno.EHWPOISON, "EHWPOISON", "Memory page has hardware error")]
    [InlineData((Errno)4095, "errno 4095", "Unknown error 4095")]
    [InlineData((Errno)41, "errno 41", "Unknown error 41")]
    public void An_error_has_a_name_and_a_description(Errno errno, string name, string description)
    {
        Assert.Equal(name, errno.Name());
        Assert.Equal(description, errno.Description());
    }

    /// <summary>None is without a description, and none with that of another.</summary>
    [Fact]
    public void Every_error_has_a_description_of_its_own()
    {
        foreach (var errno in Enum.GetValues<Errno>())
        {
            Assert.Equal(errno.ToString(), errno.Name());
            Assert.DoesNotContain("Unknown", errno.Description(), StringComparison.Ordinal);
        }
    }

    /// <summary>What a log line shows.</summary>
    [Fact]
    public void An_exception_of_the_library_names_the_call_and_the_error()
    {
        var e = new NativeException("io_uring_setup", -(int)Errno.EPERM);
        Assert.Equal(Errno.EPERM, e.Errno);
        Assert.Equal("io_uring_setup", e.Call);
        Assert.Equal("io_uring_setup: EPERM (Operation not permitted)", e.Message);
    }
}
