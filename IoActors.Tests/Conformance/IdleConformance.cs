using System;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.IoActors.Native;
using Akka.IoActors.Tests.Support;
using Xunit;

namespace Akka.IoActors.Tests.Conformance;

/// <summary>Waiting costs no thread, however many wait.</summary>
public abstract class IdleConformance(BackendFixture fixture) : ConformanceTest(fixture)
{
    [Fact]
    public async Task A_delay_is_answered_when_its_time_has_passed_and_not_before()
    {
        var start = Stopwatch.StartNew();
        var done = new ConcurrentQueue<int>();
        await Task.WhenAll(Enumerable.Range(1, 3).Select(async n =>
        {
            var time = 400 - n * 120;
            Assert.Equal(0, (await Do(new Delay(TimeSpan.FromMilliseconds(time)))).Value);
            Assert.True(start.ElapsedMilliseconds >= time - 1, $"{start.ElapsedMilliseconds} ms instead of {time}");
            done.Enqueue(time);
        }));
        Assert.Equal([40, 160, 280], done);
        Assert.Throws<ArgumentOutOfRangeException>(() => new Delay(TimeSpan.Zero));
    }

    [Fact]
    public async Task A_delay_can_be_cancelled_and_outlives_a_restart()
    {
        var longer = new Delay(TimeSpan.FromDays(1));
        var waiting = Send(longer);
        Assert.False(waiting.IsCompleted);
        Assert.Equal(0, (await Do(new Cancel(longer))).Value);
        Assert.Equal(Errno.ECANCELED, (await waiting).Error);
        var over = Send(new Delay(TimeSpan.FromMilliseconds(50)));
        foreach (var loop in Io.Loops)
        {
            loop.Backend.Tell(Kill.Instance, ActorRefs.NoSender);
        }

        Assert.Equal(0, (await over).Value);
    }

    [SkippableFact]
    public async Task Thousands_of_idle_receives_cost_no_thread_and_files_go_on()
    {
        // Ten thousand where the limit of descriptors allows it, or may be raised; two are needed for each.
        using var limit = DescriptorLimit.AtLeast(21_000);
        var pairs = (int)Math.Min(10_000, (ResourceLimits.NoFile.Soft - 500) / 2);
        Skip.If(pairs < 1000, $"the limit of descriptors is too low for a thousand socket pairs: {ResourceLimits.NoFile.Soft}");
        var file = await OpenFile();
        await Warm(file);
        var sockets = Enumerable.Range(0, pairs).Select(_ => MakeSocketPair()).ToArray();
        var threads = Threads();
        var buffers = sockets.Select(_ => new byte[1]).ToArray();
        var waits = sockets.Select((pair, i) => Send(new Recv(pair.First, buffers[i]))).ToArray();
        await Warm(file);
        Assert.All(waits, wait => Assert.False(wait.IsCompleted));
        Assert.True(Threads() <= threads + MayGrow, $"{Threads()} threads, {threads} before");

        for (var i = 0; i < pairs; i++)
        {
            Assert.Equal(1, (await Do(new Send(sockets[i].Second, new[] { (byte)i }))).Value);
        }

        Assert.All(await Task.WhenAll(waits), result => Assert.Equal(1, result.Value));
        Assert.Equal(Enumerable.Range(0, pairs).Select(i => (byte)i), buffers.Select(buffer => buffer[0]));
    }

    /// <summary>
    /// Threads of ours that start with use and do not belong to any of the waits: those that try streams, and workers of the ring for files.
    /// </summary>
    private const int MayGrow = 4;

    private async Task Warm(Descriptor file)
    {
        // So that whatever starts with the first operations is there before the waits come.
        for (var round = 0; round < 5; round++)
        {
            var writes = Enumerable.Range(0, 64).Select(i => Send(new PWrite(file, Bytes(4096, i), i * 4096)));
            Assert.All(await Task.WhenAll(writes), result => Assert.Equal(4096, result.Value));
        }
    }

    /// <summary>
    /// Threads that could wait for a socket: ours (io-…) and those of the ring (iou-wrk-…), but not those for files, which start as
    /// files want them. Those of .NET's own pool come and go as the machine is busy.
    /// </summary>
    private static int Threads() => Directory.GetDirectories("/proc/self/task").Count(task =>
    {
        try
        {
            var name = File.ReadAllText(Path.Combine(task, "comm"));
            return name.StartsWith("io", StringComparison.Ordinal) && !name.StartsWith("io-offload", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            // It has ended since it was listed.
            return false;
        }
    });
}
