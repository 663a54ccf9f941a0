using System;
using System.Runtime.InteropServices;
using Akka.IoActors.Backends.IoUring;
using Akka.IoActors.Native;
using Akka.IoActors.Native.Uring;
using Xunit;

namespace Akka.IoActors.Tests.Native;

/// <summary>
/// io_uring forbidden, as in many containers: by a seccomp filter of the test's thread alone, which ends with
/// the thread.
/// </summary>
public sealed class ForbiddenTests
{
    private const int SetNoNewPrivileges = 38;
    private const int SetSeccomp = 22;
    private const int FilterMode = 2;
    private const uint ReturnErrno = 0x0005_0000;
    private const uint Allow = 0x7fff_0000;
    private const uint SyscallSetup = 425;

    /// <summary>The error, and the sentence that the log shows.</summary>
    [Theory]
    [InlineData(Errno.EPERM, "seccomp filter (EPERM)")]
    [InlineData(Errno.ENOSYS, "(ENOSYS")]
    public void A_ring_that_is_forbidden_says_why(Errno errno, string sentence) => OwnThread.Run(() =>
    {
        // Everything that is to run under the filter has run before: the runtime makes its threads now.
        Assert.True(IoUringProbe.Run().IsAvailable);
        Forbid(errno);
        var e = Assert.Throws<NativeException>(() => Ring.Create(4, 8));
        Assert.Equal(errno, e.Errno);
        Assert.Equal("io_uring_setup", e.Call);
        var probe = IoUringProbe.Run();
        Assert.False(probe.IsAvailable);
        Assert.Contains(sentence, probe.Obstacle, StringComparison.Ordinal);
    });

    private static void Forbid(Errno errno)
    {
        // A program of struct sock_filter: load the number, compare, return one or the other.
        ReadOnlySpan<(ushort Code, byte True, byte False, uint K)> program =
        [
            (0x20, 0, 0, 0),
            (0x15, 0, 1, SyscallSetup),
            (0x06, 0, 0, ReturnErrno | (uint)errno),
            (0x06, 0, 0, Allow),
        ];
        using var filter = new NativeBlock();
        using var header = new NativeBlock();
        filter.Ensure(program.Length * 8);
        for (var i = 0; i < program.Length; i++)
        {
            var (code, ifTrue, ifFalse, k) = program[i];
            var entry = filter.Span[(i * 8)..];
            MemoryMarshal.Write(entry, code);
            entry[2] = ifTrue;
            entry[3] = ifFalse;
            MemoryMarshal.Write(entry[4..], k);
        }

        header.Ensure(16);
        MemoryMarshal.Write(header.Span, (ushort)program.Length);
        MemoryMarshal.Write(header.Span[8..], filter.Address);
        Assert.Equal(0, PrCtl(SetNoNewPrivileges, 1, 0, 0, 0));
        Assert.Equal(0, PrCtl(SetSeccomp, FilterMode, header.Address, 0, 0));
    }

    [DllImport("libc", EntryPoint = "prctl")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int PrCtl(int option, nint a, nint b, nint c, nint d);
}
