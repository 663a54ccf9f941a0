using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.IoActors.Loop;
using Akka.IoActors.Native;
using Akka.IoActors.Operations;
using Xunit;

namespace Akka.IoActors.Tests.Faults;

/// <summary>Ring and loop: 1 … 15.</summary>
public abstract partial class FaultScenarios
{
    private protected const int BlockSize = 512;

    [Fact]
    public Task Fault_02_The_actor_throws_with_a_thousand_operations_in_flight() => Survive(async service =>
    {
        var file = await service.OpenFile();
        var pipes = Enumerable.Range(0, 250).Select(_ => service.Pipe()).ToArray();
        var idle = pipes.Select(pipe => service.Send(new Read(pipe.Read, new byte[1]))).ToArray();
        var writes = Blocks(service, file, 0, 375);
        service.Io.Backend.Tell(Kill.Instance);
        var more = Blocks(service, file, 375, 375);
        Assert.All(await Task.WhenAll(writes.Concat(more)), r => Assert.Equal(BlockSize, r.GetValueOrThrow()));
        MustHoldBlocks(service.PathOf("file"), 750);

        // Idle waits had no effect yet, and go on.
        Assert.All(idle, wait => Assert.False(wait.IsCompleted));
        foreach (var pipe in pipes)
        {
            Assert.Equal(1, (await service.Send(new Write(pipe.Write, new byte[1]))).GetValueOrThrow());
        }

        Assert.All(await Task.WhenAll(idle), r => Assert.Equal(1, r.GetValueOrThrow()));
        Assert.Equal(1, (await service.Counters()).Restarts);
    });

    [Fact]
    public Task Fault_03_A_restart_while_the_kernel_writes_into_pinned_buffers() => Survive(async service =>
    {
        const int size = 1 << 20;
        const int canary = 4096;
        var data = Bytes(size, 3);
        File.WriteAllBytes(service.PathOf("data"), data);
        var file = await service.OpenFile("data", OpenFlags.ReadOnly | OpenFlags.Direct);
        for (var round = 0; round < 5; round++)
        {
            var frames = Enumerable.Range(0, 16).Select(_ => new byte[size + 3 * canary]).ToArray();
            frames.ToList().ForEach(frame => Array.Fill(frame, (byte)0xc5));
            var starts = frames.Select(frame => canary + Misalignment(frame, canary)).ToArray();
            var reads = frames
                .Select((frame, i) => service.Send(new PRead(file, frame.AsMemory(starts[i], size), 0))).ToArray();
            service.Io.Backend.Tell(Kill.Instance);
            for (var i = 0; i < 10; i++)
            {
                GC.Collect(2, GCCollectionMode.Forced, blocking: true, compacting: true);
            }

            var results = await Task.WhenAll(reads);
            for (var i = 0; i < frames.Length; i++)
            {
                Assert.Equal(size, results[i].GetValueOrThrow());
                Assert.True(frames[i].AsSpan(starts[i], size).SequenceEqual(data), $"frame {i}");
                Assert.Equal(-1, frames[i].AsSpan(0, starts[i]).IndexOfAnyExcept((byte)0xc5));
                Assert.Equal(-1, frames[i].AsSpan(starts[i] + size).IndexOfAnyExcept((byte)0xc5));
            }
        }
    });

    [Fact]
    public Task Fault_04_A_completion_for_an_operation_answered_before_is_dropped() => SurviveAlone(() =>
    {
        var executor = new HeldExecutor();
        using var table = new OperationTable(IoSettings.Parse(Akka.Configuration.ConfigurationFactory.Empty), () => { }, (_, _) => { })
        {
            Buffers = new BufferPool(1, 64, () => { }),
        };
        table.UseExecutor(executor);
        var replies = new List<IoResult>();
        table.Submit(new PRead(0, new byte[8], 0, (result, _) => replies.Add(result), null), ActorRefs.Nobody);
        table.Submit(new FSync(0), ActorRefs.Nobody);
        var first = executor.Started[0];
        table.Complete(first, 8);
        Assert.Equal(0, table.Count(0, 0, 0).LateCompletions);
        table.Complete(first, 8);
        table.Complete(first, -5);
        var counters = table.Count(0, 0, 0);
        Assert.Equal(2, counters.LateCompletions);
        Assert.Equal(1, counters.Replied);

        // The slot is another's by now: the late completion must not be taken for its own.
        table.Submit(new Open("/", OpenFlags.Directory), ActorRefs.Nobody);
        Assert.Equal((uint)first, (uint)executor.Started[^1]);
        table.Complete(first, 77);
        Assert.Equal(3, table.Count(0, 0, 0).LateCompletions);
        table.Complete(executor.Started[^1], -(long)Errno.ENOENT);
        table.Complete(executor.Started[1], 0);
        Assert.Equal(3, table.Count(0, 0, 0).Replied);
        Assert.Equal(0, table.Unanswered);
        return Task.CompletedTask;
    });

    [Fact]
    public Task Fault_05_Ten_thousand_operations_in_flight_at_shutdown() => Survive(async service =>
    {
        var file = await service.OpenFile();
        var pipes = Enumerable.Range(0, 100).Select(_ => service.Pipe()).ToArray();
        var idle = pipes.SelectMany(pipe => Enumerable.Range(0, 50).Select(
            _ => service.Send(new Read(pipe.Read, new byte[1])))).ToArray();
        var writes = Blocks(service, file, 0, 5000);
        await service.Io.StopAsync(Deadline).WaitAsync(Deadline);
        Assert.All(await Task.WhenAll(writes), r => Assert.Equal(BlockSize, r.GetValueOrThrow()));
        Assert.All(await Task.WhenAll(idle), r => Assert.Equal(Errno.ECANCELED, r.Error));
        MustHoldBlocks(service.PathOf("file"), 5000);
        Assert.Equal(IoHealth.Down, service.Io.Health);
    });

    [Fact]
    public Task Fault_06_Shutdown_with_full_queues_and_idle_accepts() => Survive(
        async service =>
        {
            var file = await service.OpenFile();
            var accepts = Enumerable.Range(0, 10)
                .SelectMany(_ =>
                {
                    var listener = service.Listener();
                    return new[] { service.Send(new Accept(listener)), service.Send(new Accept(listener)) };
                }).ToArray();
            var writes = Blocks(service, file, 0, 1000);
            await service.Io.StopAsync(Deadline).WaitAsync(Deadline);
            Assert.All(await Task.WhenAll(accepts), r => Assert.Equal(Errno.ECANCELED, r.Error));
            Assert.All(await Task.WhenAll(writes), r => Assert.Equal(BlockSize, r.GetValueOrThrow()));
        },
        """
        io-actors {
          io-uring { sq-entries = 1, cq-entries = 2 }
          max-in-flight = 32
        }
        """);

    [Fact]
    public Task Fault_10_A_storm_of_EINTR() => Survive(async service =>
    {
        var file = await service.OpenFile();
        var (read, write) = service.Pipe();
        using var storm = new SignalStorm();
        var total = 0;
        for (var round = 0; round < 30 || storm.Sent < 1000; round++)
        {
            var idle = service.Send(new Read(read, new byte[1 << 16]));
            var writes = Blocks(service, file, 0, 50);
            Assert.All(await Task.WhenAll(writes), r => Assert.Equal(BlockSize, r.GetValueOrThrow()));
            Assert.Equal(0, (await service.Send(new FSync(file))).GetValueOrThrow());
            Assert.Equal(1 << 16, (await service.Send(new Write(write, new byte[1 << 16]))).GetValueOrThrow());
            for (var got = (await idle).GetValueOrThrow(); got < 1 << 16;)
            {
                got += (await service.Send(new Read(read, new byte[1 << 16]))).GetValueOrThrow();
            }

            total += 50;
        }

        Assert.True(total >= 1500);
        Assert.Equal(0, (await service.Counters()).Restarts);
    });

    [Fact]
    public Task Fault_11_An_unexpected_exception_on_the_loop_s_thread() => Survive(async service =>
    {
        var file = await service.OpenFile();
        var (read, write) = service.Pipe();
        var idle = service.Send(new Read(read, new byte[1]));
        var writes = Blocks(service, file, 0, 200);
        await BreakLoop(service);
        Assert.All(await Task.WhenAll(writes), r => Assert.Equal(BlockSize, r.GetValueOrThrow()));
        Assert.Equal(1, (await service.Send(new Write(write, new byte[1]))).GetValueOrThrow());
        Assert.Equal(1, (await idle).GetValueOrThrow());
    });

    [Fact]
    public Task Fault_12_A_restart_storm_past_the_limit() => Survive(
        async service =>
        {
            var changes = Inbox.Create(service.System);
            service.System.EventStream.Subscribe(changes.Receiver, typeof(IoHealthChanged));
            var (read, _) = service.Pipe();
            var idle = Enumerable.Range(0, 50).Select(_ => service.Send(new Read(read, new byte[1]))).ToArray();
            await service.Send(new Flush());
            for (var i = 0; i < 4; i++)
            {
                service.Io.Backend.Tell(Kill.Instance);
            }

            Assert.All(await Task.WhenAll(idle), r => Assert.Equal(Errno.ECANCELED, r.Error));
            var seen = new List<IoHealth>();
            IoHealthChanged last;
            do
            {
                last = (IoHealthChanged)changes.Receive(Deadline);
                seen.Add(last.Health);
            }
            while (last.Health != IoHealth.Down);

            Assert.Contains(IoHealth.Restarting, seen);
            Assert.IsType<ActorKilledException>(last.Cause);
            Assert.Equal(IoHealth.Down, service.Io.Health);
            Assert.Equal(Errno.ECANCELED, (await service.Send(new FStat(read))).Error);
        },
        "io-actors.restart.max-restarts = 3");

    [Fact]
    public Task Fault_13_Submissions_during_back_off() => Survive(
        async service =>
        {
            var (read, write) = service.Pipe();
            service.Io.Backend.Tell(Kill.Instance);
            var writes = Enumerable.Range(0, 150).Select(_ => service.Send(new Write(write, new byte[1]))).ToArray();
            var results = await Task.WhenAll(writes);
            Assert.All(results[..100], r => Assert.Equal(1, r.GetValueOrThrow()));
            Assert.All(results[100..], r => Assert.Equal(Errno.EAGAIN, r.Error));
            Assert.Equal(100, (await service.Send(new Read(read, new byte[200]))).GetValueOrThrow());
        },
        """
        io-actors.max-waiting = 100
        io-actors.restart.min-backoff = 500ms
        """);

    [Fact]
    public Task Fault_14_Submissions_after_the_stop() => Survive(async service =>
    {
        var (first, _) = service.SocketPair();
        await service.Io.StopAsync().WaitAsync(Deadline);
        Assert.Equal(Errno.ECANCELED, (await service.Send(new FStat(first))).Error);
        Assert.Equal(Errno.ESHUTDOWN, (await service.Send(new Recv(first, new byte[1]))).Error);
        Assert.Equal(Errno.ESHUTDOWN, (await service.Send(new Send(first, new byte[1]))).Error);
        Assert.Equal(Errno.ESHUTDOWN, (await service.Io.Backend.Ask<IoResult>(new Accept(first), Deadline)).Error);
        await service.Io.StopAsync().WaitAsync(Deadline);
    });

    [Fact]
    public Task Fault_15_Poison() => Survive(async service =>
    {
        var file = await service.OpenFile();
        foreach (var message in new object[] { "text", 42, new object(), new List<int>(), PoisonPillOfSorts.Instance })
        {
            service.Io.Backend.Tell(message);
        }

        using var unpinnable = new Unpinnable();
        Assert.Equal(Errno.EFAULT, (await service.Send(new PRead(file, unpinnable.Memory, 0))).Error);
        Assert.Equal(Errno.EFAULT, (await service.Send(new Write(file, unpinnable.Memory))).Error);
        Assert.Equal(Errno.EFAULT, (await service.Send(new WriteV(file, [new byte[3], unpinnable.Memory]))).Error);
        Assert.Throws<ArgumentOutOfRangeException>(() => new PRead(file, new byte[1], -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SendFile(file, file, 0, -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new FTruncate(file, -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Stop(TimeSpan.FromSeconds(-1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Watermark(service.Io.Backend, 5, 5));
        Assert.Throws<ArgumentOutOfRangeException>(() => new FSync(file) { Timeout = TimeSpan.Zero });
        Assert.ThrowsAny<ArgumentException>(() => new Open("", OpenFlags.ReadOnly));
        Assert.ThrowsAny<ArgumentException>(() => new Open("a\0b", OpenFlags.ReadOnly));
        Assert.Throws<ArgumentNullException>(() => new Own(null!));
        foreach (var nobody in new[] { ActorRefs.Nobody, service.System.DeadLetters, service.Io.Backend })
        {
            Assert.Equal(0, (await service.Send(new Own(nobody))).GetValueOrThrow());
            Assert.Equal(0, (await service.Send(new Watermark(nobody, 2, 1))).GetValueOrThrow());
            Assert.Equal(0, (await service.Send(Watermark.Off(nobody))).GetValueOrThrow());
        }

        Assert.Equal(Errno.EBADF, (await service.Send(new FSync(-1))).Error);
        Assert.Equal(Errno.EBADF, (await service.Send(new PRead(int.MaxValue, new byte[1], 0))).Error);
        Assert.Equal(0, (await service.Counters()).Restarts);
    });

    /// <summary>Writes blocks that differ from each other.</summary>
    private protected static Task<IoResult>[] Blocks(FaultService service, Descriptor file, int first, int count) =>
        [.. Enumerable.Range(first, count).Select(
            i => service.Send(new PWrite(file, Bytes(BlockSize, i), (long)i * BlockSize)))];

    private protected static void MustHoldBlocks(string path, int count)
    {
        var content = File.ReadAllBytes(path);
        Assert.Equal(count * BlockSize, content.Length);
        for (var i = 0; i < count; i++)
        {
            Assert.True(content.AsSpan(i * BlockSize, BlockSize).SequenceEqual(Bytes(BlockSize, i)), $"block {i}");
        }
    }

    /// <summary>Has the loop's own code throw, outside of any actor.</summary>
    private protected async Task BreakLoop(FaultService service)
    {
        var dispatcher = service.Io.Loops[0].Dispatcher;
        var breaker = service.System.ActorOf(
            Props.Create(() => new LoopBreaker()).WithDispatcher(dispatcher));
        var log = Inbox.Create(service.System);
        service.System.EventStream.Subscribe(log.Receiver, typeof(Akka.Event.Error));
        await breaker.Ask<Done>(LoopBreaker.Break.Instance, Deadline);
        Assert.IsType<InvalidTimeZoneException>(((Akka.Event.Error)log.Receive(Deadline)).Cause);
        service.System.Stop(breaker);

        // Where the loop drives something, that is made anew; the thread-pool backend has nothing there.
        var start = Stopwatch.GetTimestamp();
        while (Backend != "thread-pool" && (await service.Counters()).Restarts == 0)
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < Deadline, "the backend does not notice");
        }
    }

    private static int Misalignment(byte[] frame, int alignment)
    {
        var pin = System.Runtime.InteropServices.GCHandle.Alloc(
            frame, System.Runtime.InteropServices.GCHandleType.Pinned);
        try
        {
            // A large array does not move unless asked to, and is asked only between the reads.
            return (int)((alignment - pin.AddrOfPinnedObject() % alignment) % alignment);
        }
        finally
        {
            pin.Free();
        }
    }

    private sealed class PoisonPillOfSorts
    {
        internal static readonly PoisonPillOfSorts Instance = new();

        public override bool Equals(object? obj) => throw new InvalidOperationException("compared");

        public override int GetHashCode() => throw new InvalidOperationException("hashed");
    }

    private sealed class Unpinnable : System.Buffers.MemoryManager<byte>
    {
        public override Span<byte> GetSpan() => new byte[16];

        public override System.Buffers.MemoryHandle Pin(int elementIndex = 0) =>
            throw new NotSupportedException("cannot be pinned");

        public override void Unpin() => throw new InvalidOperationException("was never pinned");

        protected override void Dispose(bool disposing)
        {
        }
    }

    private sealed class LoopBreaker : ReceiveActor
    {
        public LoopBreaker() => Receive<Break>(_ =>
        {
            EventLoop.Current!.CallAt(0, () => throw new InvalidTimeZoneException("broken on purpose"));
            Sender.Tell(Done.Instance);
        });

        internal sealed class Break
        {
            internal static readonly Break Instance = new();
        }
    }

    /// <summary>Takes whatever it is given, and completes nothing by itself.</summary>
    private sealed class HeldExecutor : IOperationExecutor
    {
        internal List<ulong> Started { get; } = [];

        public bool TryStart(Slot slot)
        {
            Started.Add(slot.UserData);
            return true;
        }

        public void Cancel(Slot slot)
        {
        }
    }
}
