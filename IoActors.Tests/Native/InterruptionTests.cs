using System.Runtime.InteropServices;
using System.Threading;
using Akka.IoActors.Native;
using Akka.IoActors.Native.Uring;
using Xunit;

namespace Akka.IoActors.Tests.Native;

/// <summary>EINTR never surfaces. Signals are real ones, sent when the thread sleeps in the call.</summary>
public sealed class InterruptionTests
{
    private const int Rounds = 20;

    /// <summary>Without this one the next would prove nothing.</summary>
    [Fact]
    public void The_signal_interrupts_a_bare_read() => OwnThread.Run(() =>
    {
        using var pipe = new Pipe();
        var thread = 0;
        nint result = 0;
        var error = 0;
        var reader = OwnThread.Start(() =>
        {
            Volatile.Write(ref thread, Signals.CurrentThread());
            result = BareRead(pipe.ReadEnd, new byte[8], 8);
            error = Marshal.GetLastPInvokeError();
        });
        OwnThread.Until(() => Volatile.Read(ref thread) != 0, "the thread starts");
        Signals.Interrupt(thread, pipe.ReadEnd);
        reader.Join();
        Assert.Equal(-1, result);
        Assert.Equal((int)Errno.EINTR, error);
    });

    /// <summary>Each signal sends the thread back into the call.</summary>
    [Fact]
    public void A_read_goes_on_after_a_signal() => OwnThread.Run(() =>
    {
        using var pipe = new Pipe();
        using var block = new NativeBlock();
        var address = block.Ensure(8);
        var thread = 0;
        var result = 0L;
        var reader = OwnThread.Start(() =>
        {
            Volatile.Write(ref thread, Signals.CurrentThread());
            result = Sys.Read(pipe.ReadEnd, address, 8);
        });
        OwnThread.Until(() => Volatile.Read(ref thread) != 0, "the thread starts");
        InterruptOften(thread, pipe.ReadEnd);
        using var word = new NativeBlock();
        Assert.Equal(5, Sys.Write(pipe.WriteEnd, Fill(word), 5));
        reader.Join();
        Assert.Equal(5, result);
        Assert.Equal("hello"u8, block.Span[..5]);
    });

    /// <summary>Nor does a wait for the eventfd end too early.</summary>
    [Fact]
    public void A_wait_for_an_eventfd_goes_on_after_a_signal() => OwnThread.Run(() =>
    {
        using var bell = new EventFd();
        var thread = 0;
        var rung = false;
        var early = true;
        var waiter = OwnThread.Start(() =>
        {
            Volatile.Write(ref thread, Signals.CurrentThread());
            bell.Wait();
            early = !Volatile.Read(ref rung);
        });
        OwnThread.Until(() => Volatile.Read(ref thread) != 0, "the thread starts");
        InterruptOften(thread, bell.Descriptor);
        Volatile.Write(ref rung, true);
        bell.Signal();
        waiter.Join();
        Assert.False(early);
    });

    /// <summary>The ring tells, for its owner may have something else to do; nothing is lost by it.</summary>
    [Fact]
    public void A_wait_of_the_ring_says_EINTR_and_loses_nothing() => OwnThread.Run(() =>
    {
        using var pipe = new Pipe();
        using var block = new NativeBlock();
        var address = block.Ensure(8);
        var thread = 0;
        var descriptor = 0;
        var owner = OwnThread.Start(() =>
        {
            using var ring = Ring.Create(4, 8);
            ring.Next().Set(UringOpcode.Read, pipe.ReadEnd, address, 8, UringOffset.Position, 0, 7);
            Assert.Equal(1, ring.Submit());
            descriptor = ring.Descriptor;
            Volatile.Write(ref thread, Signals.CurrentThread());
            Assert.Equal(-(int)Errno.EINTR, ring.SubmitAndWait(Timeout.InfiniteTimeSpan));
            Assert.False(ring.TryReap(out _));
            Assert.Equal(0, ring.SubmitAndWait(Timeout.InfiniteTimeSpan));
            Assert.True(ring.TryReap(out var completion));
            Assert.Equal((7ul, 5), (completion.UserData, completion.Result));
        });
        OwnThread.Until(() => Volatile.Read(ref thread) != 0, "the thread starts");
        var sleeps = Signals.Interrupt(thread, descriptor);
        OwnThread.Until(
            () => Signals.IsBlockedOn(thread, descriptor, out var now) && now > sleeps, "the ring waits again");
        using var word = new NativeBlock();
        Assert.Equal(5, Sys.Write(pipe.WriteEnd, Fill(word), 5));
        owner.Join();
        Assert.Equal("hello"u8, block.Span[..5]);
    });

    /// <summary>Signal after signal, each when the thread has gone to sleep again.</summary>
    private static void InterruptOften(int thread, int fd)
    {
        var sleeps = 0L;
        for (var i = 0; i < Rounds; i++)
        {
            sleeps = Signals.Interrupt(thread, fd, sleeps);
        }

        OwnThread.Until(
            () => Signals.IsBlockedOn(thread, fd, out var now) && now > sleeps, "the thread sleeps once more");
    }

    private static nint Fill(NativeBlock block)
    {
        var address = block.Ensure(5);
        "hello"u8.CopyTo(block.Span);
        return address;
    }

    [DllImport("libc", EntryPoint = "read", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint BareRead(int fd, byte[] buffer, nint count);
}
