using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Threading;
using Akka.IoActors.Native;
using Akka.IoActors.Native.Uring;
using Xunit;

namespace Akka.IoActors.Tests.Native;

/// <summary>The ring on the running kernel.</summary>
public sealed class RingTests
{
    /// <summary>The smallest thing that a ring does.</summary>
    [Fact]
    public void A_nop_comes_back_with_its_user_data() => OwnThread.Run(() =>
    {
        using var ring = Ring.Create(8, 16);
        Nop(ring, 0xfedc_ba98_7654_3210);
        Assert.Equal(1, ring.Submit());
        Assert.True(ring.HasCompletions);
        Assert.True(ring.TryReap(out var completion));
        Assert.Equal(0xfedc_ba98_7654_3210, completion.UserData);
        Assert.Equal(0, completion.Result);
        Assert.False(ring.TryReap(out _));
        Assert.False(ring.HasCompletions);
    });

    /// <summary>The kernel rounds up to powers of two, and cuts what is too large.</summary>
    [Theory]
    [InlineData(5u, 9u, 8u, 16u)]
    [InlineData(1u, 1u, 1u, 1u)]
    [InlineData(1u << 20, 1u << 24, 32768u, 65536u)]
    public void A_ring_has_the_size_that_the_kernel_gives(uint sq, uint cq, uint wantedSq, uint wantedCq) =>
        OwnThread.Run(() =>
        {
            using var ring = Ring.Create(sq, cq);
            Assert.Equal(wantedSq, ring.SqEntries);
            Assert.Equal(wantedCq, ring.CqEntries);
        });

    /// <summary>SUBMIT_ALL.</summary>
    [SkippableFact]
    public void A_malformed_entry_in_a_batch_fails_alone() => OwnThread.Run(() =>
    {
        using var ring = Ring.Create(16, 32);
        Skip.IfNot(ring.SetupFlags.HasFlag(UringSetup.SubmitAll), "the kernel lacks IORING_SETUP_SUBMIT_ALL (5.18)");
        for (var i = 0u; i < 16; i++)
        {
            ring.Next().Set(i == 7 ? (UringOpcode)255 : UringOpcode.Nop, -1, 0, 0, 0, 0, i);
        }

        Assert.Equal(16, ring.Submit());
        var results = ReapAll(ring, 16).ToDictionary(c => c.UserData, c => c.Result);
        Assert.Equal(16, results.Count);
        Assert.All(results, pair => Assert.Equal(pair.Key == 7 ? -(int)Errno.EINVAL : 0, pair.Value));
    });

    /// <summary>The accounting on which the reactor builds.</summary>
    [Fact]
    public void A_full_queue_has_no_room_until_the_kernel_has_taken_its_entries() => OwnThread.Run(() =>
    {
        using var ring = Ring.Create(4, 8);

        // Several rounds, so that the indices go past the end of the queue.
        for (var round = 0u; round < 5; round++)
        {
            for (var i = 0u; i < 4; i++)
            {
                Assert.True(ring.HasRoom);
                Assert.Equal(i, ring.Unsubmitted);
                Nop(ring, round * 4 + i);
            }

            Assert.False(ring.HasRoom);
            Assert.Equal(4u, ring.Unsubmitted);
            Assert.Equal(4, ring.Submit());
            Assert.True(ring.HasRoom);
            Assert.Equal(0u, ring.Unsubmitted);
            Assert.Equal(
                Enumerable.Range(0, 4).Select(i => round * 4 + (ulong)i), ReapAll(ring, 4).Select(c => c.UserData));
        }
    });

    /// <summary>What the kernel takes back when a ring is torn down.</summary>
    [Fact]
    public void Entries_not_yet_submitted_can_be_read_in_order_and_made_nops() => OwnThread.Run(() =>
    {
        using var ring = Ring.Create(8, 16);

        // The queue's indices start in the middle.
        for (var i = 0u; i < 5; i++)
        {
            Nop(ring, i);
        }

        Assert.Equal(5, ring.Submit());
        Assert.Equal(5, ReapAll(ring, 5).Count);
        for (var i = 0u; i < 8; i++)
        {
            ring.Next().Set((UringOpcode)255, -1, 0, 0, 0, 0, 100 + i);
        }

        for (var i = 0u; i < 8; i++)
        {
            ref var entry = ref ring.UnsubmittedEntry(i);
            Assert.Equal(100 + i, entry.UserData);
            entry.Set(UringOpcode.Nop, -1, 0, 0, 0, 0, 200 + i);
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => ring.UnsubmittedEntry(8).UserData);
        Assert.Equal(8, ring.Submit());
        var reaped = ReapAll(ring, 8);
        Assert.Equal(Enumerable.Range(200, 8).Select(n => (ulong)n), reaped.Select(c => c.UserData));
        Assert.All(reaped, c => Assert.Equal(0, c.Result));
        Assert.Throws<ArgumentOutOfRangeException>(() => ring.UnsubmittedEntry(0).UserData);
    });

    /// <summary>NODROP: what does not fit waits in the kernel.</summary>
    [Fact]
    public void A_completion_queue_of_four_loses_none_of_ten_thousand() => OwnThread.Run(() =>
    {
        const int total = 10_000;
        using var ring = Ring.Create(4, 4);
        for (var sent = 0; sent < total;)
        {
            while (ring.HasRoom && sent < total)
            {
                Nop(ring, (ulong)sent++);
            }

            Assert.Equal(4, ring.Submit());
        }

        Assert.True(ring.NeedsEnter);
        Assert.True(ring.HasCompletions);
        var seen = ReapAll(ring, total).Select(c => c.UserData).ToList();
        Assert.Equal(Enumerable.Range(0, total).Select(n => (ulong)n), seen);
        Assert.False(ring.NeedsEnter);
        Assert.False(ring.HasCompletions);
        Assert.Equal(0u, ring.Lost);
    });

    /// <summary>EXT_ARG.</summary>
    [Fact]
    public void A_wait_ends_with_ETIME_when_its_time_is_up() => OwnThread.Run(() =>
    {
        using var ring = Ring.Create(4, 8);
        Assert.Equal(-(int)Errno.ETIME, ring.SubmitAndWait(TimeSpan.Zero));
        Assert.Equal(-(int)Errno.ETIME, ring.SubmitAndWait(TimeSpan.FromMilliseconds(1)));

        // The number of entries taken goes before the timeout.
        using var pipe = new Pipe();
        using var block = new NativeBlock();
        Read(ring, pipe.ReadEnd, block.Ensure(8), 8, 1);
        Assert.Equal(1, ring.SubmitAndWait(TimeSpan.FromMilliseconds(1)));
        Assert.False(ring.TryReap(out _));
        Assert.Equal(-(int)Errno.ETIME, ring.SubmitAndWait(TimeSpan.FromMilliseconds(1)));
        CancelAndReap(ring, 1);
    });

    /// <summary>A wait that has something to give does not wait.</summary>
    [Fact]
    public void A_wait_returns_at_once_where_a_completion_stands() => OwnThread.Run(() =>
    {
        using var ring = Ring.Create(4, 8);
        Nop(ring, 1);
        Assert.Equal(1, ring.SubmitAndWait(Timeout.InfiniteTimeSpan));
        Assert.Equal(0, ring.SubmitAndWait(Timeout.InfiniteTimeSpan));
        Assert.True(ring.TryReap(out _));
    });

    /// <summary>How another thread wakes a loop.</summary>
    [Fact]
    public void A_signal_of_the_eventfd_ends_a_wait() => OwnThread.Run(() =>
    {
        using var ring = Ring.Create(4, 8);
        using var bell = new EventFd();
        using var count = new NativeBlock();
        using var ready = new ManualResetEventSlim();
        var ringer = OwnThread.Start(() =>
        {
            for (var round = 0; round < 1000; round++)
            {
                Assert.True(ready.Wait(OwnThread.Deadline));
                ready.Reset();
                bell.Signal();
            }
        });

        for (var round = 0ul; round < 1000; round++)
        {
            Read(ring, bell.Descriptor, count.Ensure(sizeof(ulong)), sizeof(ulong), round);
            Assert.Equal(1, ring.Submit());
            Assert.False(ring.TryReap(out _));
            ready.Set();
            var completion = Wait(ring);
            Assert.Equal(round, completion.UserData);
            Assert.Equal(sizeof(ulong), completion.Result);
            Assert.Equal(1ul, MemoryMarshal.Read<ulong>(count.Span));
        }

        ringer.Join();
    });

    /// <summary>SINGLE_ISSUER.</summary>
    [SkippableFact]
    public void Another_thread_may_not_enter() => OwnThread.Run(() =>
    {
        using var ring = Ring.Create(4, 8);
        Skip.IfNot(ring.SetupFlags.HasFlag(UringSetup.SingleIssuer), "the kernel lacks IORING_SETUP_SINGLE_ISSUER (6.0)");
        Nop(ring, 1);
        OwnThread.Run(() => Assert.Equal(-(int)Errno.EEXIST, ring.Submit()));
        Assert.Equal(1u, ring.Unsubmitted);
        Assert.Equal(1, ring.Submit());
        Assert.True(ring.TryReap(out _));
    });

    /// <summary>The count that GetInfo shows.</summary>
    [Fact]
    public void Every_entry_into_the_kernel_is_counted() => OwnThread.Run(() =>
    {
        using var ring = Ring.Create(4, 8);
        Nop(ring, 1);
        Nop(ring, 2);
        ring.Submit();
        ring.SubmitAndWait(Timeout.InfiniteTimeSpan);
        ring.SubmitAndWait(TimeSpan.Zero);
        Assert.Equal(3, ring.Enters);
    });

    /// <summary>IORING_REGISTER_PROBE.</summary>
    [Fact]
    public void The_probe_finds_what_there_is_and_nothing_else() => OwnThread.Run(() =>
    {
        using var ring = Ring.Create(4, 8);
        var opcodes = ring.Probe();
        Assert.True(opcodes[(int)UringOpcode.Nop]);
        Assert.True(opcodes[(int)UringOpcode.Read]);
        Assert.True(opcodes[(int)UringOpcode.AsyncCancel]);
        Assert.False(opcodes[254]);
        Assert.False(opcodes[255]);
    });

    /// <summary>The headers may be too old to prove the number; the kernel proves it.</summary>
    [SkippableFact]
    public void Opcode_55_truncates_a_file() => OwnThread.Run(() =>
    {
        using var ring = Ring.Create(4, 8);
        Skip.IfNot(ring.Probe()[(int)UringOpcode.FTruncate], "the kernel lacks IORING_OP_FTRUNCATE (6.9)");
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, new byte[1000]);
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite);
            ring.Next().Set(
                UringOpcode.FTruncate, (int)file.DangerousGetHandle(), 0, 0, 0x1_0000_0003, 0, 1);
            Assert.Equal(1, ring.Submit());
            Assert.Equal(0, Wait(ring).Result);
            Assert.Equal(0x1_0000_0003, RandomAccess.GetLength(file));
        }
        finally
        {
            File.Delete(path);
        }
    });

    /// <summary>What the offset −1 means, and that each field of an entry goes where it belongs.</summary>
    [Fact]
    public void A_read_and_a_write_take_offset_length_and_address_from_the_entry() => OwnThread.Run(() =>
    {
        using var ring = Ring.Create(4, 8);
        using var block = new NativeBlock();
        var path = Path.GetTempFileName();
        try
        {
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite);
            var fd = (int)file.DangerousGetHandle();
            block.Ensure(16);
            "0123456789abcdef"u8.CopyTo(block.Span);
            ring.Next().Set(UringOpcode.Write, fd, block.Address + 4, 6, 0x1_0000_0000, 0, 1);
            Assert.Equal(1, ring.Submit());
            Assert.Equal(6, Wait(ring).Result);
            Assert.Equal(0x1_0000_0006, RandomAccess.GetLength(file));

            Assert.Equal(0x1_0000_0001, Sys.LSeek(fd, 0x1_0000_0001, 0));
            Read(ring, fd, block.Address, 16, 2);
            Assert.Equal(1, ring.Submit());
            Assert.Equal(5, Wait(ring).Result);
            Assert.Equal("56789"u8, block.Span[..5]);
            Assert.Equal(0x1_0000_0006, Sys.LSeek(fd, 0, 1));
        }
        finally
        {
            File.Delete(path);
        }
    });

    private static void Nop(Ring ring, ulong userData) => ring.Next().Set(UringOpcode.Nop, -1, 0, 0, 0, 0, userData);

    private static void Read(Ring ring, int fd, nint address, uint length, ulong userData) =>
        ring.Next().Set(UringOpcode.Read, fd, address, length, UringOffset.Position, 0, userData);

    /// <summary>Waits for one completion, and takes it.</summary>
    private static UringCqe Wait(Ring ring)
    {
        UringCqe completion;
        while (!ring.TryReap(out completion))
        {
            // A signal of the runtime's may interrupt the wait.
            Assert.Contains(ring.SubmitAndWait(OwnThread.Deadline), new[] { 0, -(int)Errno.EINTR });
        }

        return completion;
    }

    private static List<UringCqe> ReapAll(Ring ring, int count)
    {
        var reaped = new List<UringCqe>(count);
        while (reaped.Count < count)
        {
            reaped.Add(Wait(ring));
        }

        Assert.False(ring.TryReap(out _));
        return reaped;
    }

    private static void CancelAndReap(Ring ring, ulong target)
    {
        ring.Next().Set(UringOpcode.AsyncCancel, -1, (nint)target, 0, 0, 0, ulong.MaxValue);
        Assert.Equal(1, ring.Submit());
        var results = ReapAll(ring, 2).ToDictionary(c => c.UserData, c => c.Result);
        Assert.Equal(0, results[ulong.MaxValue]);
        Assert.Equal(-(int)Errno.ECANCELED, results[target]);
    }
}
