using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using Akka.IoActors.Native;
using Akka.IoActors.Native.Uring;
using Xunit;

namespace Akka.IoActors.Tests.Native;

/// <summary>The life of a ring's descriptor and mappings. No other test runs meanwhile.</summary>
[Collection(NativeAlone.Name)]
public sealed class RingDescriptorTests
{
    /// <summary>A thousand rings leave nothing behind.</summary>
    [Fact]
    public void Dispose_unmaps_and_closes() => OwnThread.Run(() =>
    {
        using (Ring.Create(8, 16))
        {
            Assert.True(RingDescriptors() >= 1);
            Assert.True(RingMappings() >= 2);
        }

        var descriptors = RingDescriptors();
        var mappings = RingMappings();
        for (var i = 0; i < 1000; i++)
        {
            var ring = Ring.Create(8, 16);
            ring.Next().Set(UringOpcode.Nop, -1, 0, 0, 0, 0, 1);
            Assert.Equal(1, ring.Submit());
            ring.Dispose();
            ring.Dispose();
        }

        // Fewer, if something of an earlier test has gone meanwhile.
        Assert.InRange(RingDescriptors(), 0, descriptors);
        Assert.InRange(RingMappings(), 0, mappings);
    });

    /// <summary>Each thread can register sixteen rings; one that is left registered would stay open.</summary>
    [SkippableFact]
    public void Dispose_gives_the_registered_index_back() => OwnThread.Run(() =>
    {
        for (var i = 0; i < 40; i++)
        {
            using var ring = Ring.Create(4, 8);
            ring.LoseDescriptor();
            ring.Next().Set(UringOpcode.Nop, -1, 0, 0, 0, 0, 1);
            var result = ring.Submit();
            Skip.If(i == 0 && result < 0, "the kernel lacks IORING_REGISTER_RING_FDS (5.18)");
            Assert.Equal(1, result);
            Skip.IfNot(
                IsRegisteredRingUsable(), "the kernel lacks IORING_REGISTER_USE_REGISTERED_RING (6.3)");

            // LoseDescriptor says that the number is another's; here it is still ours.
            Assert.Equal(0, Sys.Close(ring.Descriptor));
        }
    });

    /// <summary>More rings than a thread can register work all the same.</summary>
    [Fact]
    public void More_rings_than_a_thread_can_register_work() => OwnThread.Run(() =>
    {
        var rings = Enumerable.Range(0, 20).Select(_ => Ring.Create(4, 8)).ToList();
        foreach (var ring in rings)
        {
            ring.Next().Set(UringOpcode.Nop, -1, 0, 0, 0, 0, 1);
            Assert.Equal(1, ring.Submit());
            Assert.True(ring.TryReap(out _));
        }

        rings.ForEach(ring => ring.Dispose());
    });

    /// <summary>How the backend finds out, and how it still comes by what is in flight.</summary>
    [SkippableFact]
    public void A_ring_whose_number_was_closed_can_still_cancel_and_reap() => OwnThread.Run(() =>
    {
        using var pipe = new Pipe();
        using var block = new NativeBlock();
        using var ring = Ring.Create(8, 16);
        var address = block.Ensure(8);
        ring.Next().Set(UringOpcode.Read, pipe.ReadEnd, address, 8, UringOffset.Position, 0, 7);
        Assert.Equal(1, ring.Submit());

        Assert.Equal(0, Sys.Close(ring.Descriptor));
        ring.Next().Set(UringOpcode.AsyncCancel, -1, 7, 0, 0, 0, 8);
        Assert.Equal(-(int)Errno.EBADF, ring.Submit());
        Assert.Equal(-(int)Errno.EBADF, ring.SubmitAndWait(TimeSpan.Zero));
        Assert.Equal(1u, ring.Unsubmitted);

        ring.LoseDescriptor();
        var submitted = ring.SubmitAndWait(OwnThread.Deadline);
        Skip.If(submitted < 0, "the kernel lacks IORING_REGISTER_RING_FDS (5.18)");
        Assert.Equal(1, submitted);
        var results = new Dictionary<ulong, int>();
        while (results.Count < 2)
        {
            if (ring.TryReap(out var completion))
            {
                results.Add(completion.UserData, completion.Result);
            }
            else
            {
                Assert.Equal(0, ring.SubmitAndWait(OwnThread.Deadline));
            }
        }

        Assert.Equal(0, results[8]);
        Assert.Equal(-(int)Errno.ECANCELED, results[7]);
    });

    /// <summary>The number may be another's when the ring goes.</summary>
    [Fact]
    public void Dispose_leaves_a_lost_number_alone() => OwnThread.Run(() =>
    {
        var ring = Ring.Create(4, 8);
        var number = ring.Descriptor;
        Assert.Equal(0, Sys.Close(number));
        ring.LoseDescriptor();

        // The lowest free number is given out, so it is the next.
        using var other = new EventFd();
        Assert.Equal(number, other.Descriptor);
        ring.Dispose();
        other.Signal();
        other.Wait();
        Assert.Equal("anon_inode:[eventfd]", new FileInfo($"/proc/self/fd/{number}").LinkTarget);
    });

    /// <summary>Close-on-exec.</summary>
    [Fact]
    public void No_child_inherits_a_descriptor() => OwnThread.Run(() =>
    {
        using var ring = Ring.Create(4, 8);
        using var pipe = new Pipe();
        using var bell = new EventFd();
        foreach (var fd in new[] { ring.Descriptor, pipe.ReadEnd, pipe.WriteEnd, bell.Descriptor })
        {
            // O_CLOEXEC, in octal.
            var flags = File.ReadLines($"/proc/self/fdinfo/{fd}").Single(line => line.StartsWith("flags:", StringComparison.Ordinal));
            Assert.NotEqual(0, Convert.ToInt32(flags["flags:".Length..].Trim(), 8) & NativeOpenFlags.CloseOnExec);
        }
    });

    private static int RingDescriptors() => new DirectoryInfo("/proc/self/fd").EnumerateFileSystemInfos()
        .Count(entry => entry.LinkTarget?.Contains("io_uring", StringComparison.Ordinal) ?? false);

    private static int RingMappings() =>
        File.ReadLines("/proc/self/maps").Count(line => line.Contains("io_uring", StringComparison.Ordinal));

    /// <summary>Linux 6.3, by its number: the call has no other way to tell.</summary>
    private static bool IsRegisteredRingUsable() =>
        Environment.OSVersion.Version >= new Version(6, 3);
}
