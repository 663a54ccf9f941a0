using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.IoActors.Backends.Epoll;
using Akka.IoActors.Backends.IoUring;
using Akka.IoActors.Backends.ThreadPool;
using Akka.IoActors.Tests.Support;
using Xunit;

namespace Akka.IoActors.Tests.Faults;

/// <summary>Batching, starting and stopping: 46 … 51.</summary>
public abstract partial class FaultScenarios
{
    [Fact]
    public Task Fault_46_One_malformed_entry_in_a_batch_of_16() => Survive(async service =>
    {
        var file = await service.OpenFile();
        for (var malformed = 0; malformed < 16; malformed++)
        {
            // Told by one actor in one go: they are one batch.
            var inbox = Inbox.Create(service.System);
            for (var i = 0; i < 16; i++)
            {
                var segments = i == malformed
                    ? Enumerable.Repeat((ReadOnlyMemory<byte>)new byte[1], 2000).ToArray()
                    : [Bytes(100, i), Bytes(100, i + 16)];
                service.Io.Backend.Tell(new PWriteV(file, segments, i * 200) { Tag = i }, inbox.Receiver);
            }

            for (var i = 0; i < 16; i++)
            {
                var result = (IoResult)inbox.Receive(Deadline);
                Assert.Equal((int)result.Operation.Tag! == malformed ? -(long)Errno.EINVAL : 200, result.Value);
            }
        }

        var content = File.ReadAllBytes(service.PathOf("file"));
        for (var i = 0; i < 16; i++)
        {
            Assert.Equal([.. Bytes(100, i), .. Bytes(100, i + 16)], content[(i * 200)..(i * 200 + 200)]);
        }
    });

    [Fact]
    public Task Fault_47_An_actor_that_keeps_sending_to_itself_on_the_loop() => Survive(
        async service =>
        {
            var dispatcher = service.Io.Loops[0].Dispatcher;
            var selfish = service.System.ActorOf(Props.Create(() => new Selfish()).WithDispatcher(dispatcher));
            selfish.Tell(0);
            var file = await service.OpenFile();
            Assert.Equal(4, (await service.Send(new PWrite(file, "lone"u8.ToArray(), 0))).GetValueOrThrow());
            var read = new byte[4];
            Assert.Equal(4, (await service.Send(new PRead(file, read, 0))).GetValueOrThrow());
            Assert.Equal("lone"u8.ToArray(), read);
            var (first, second) = service.SocketPair();
            var receive = service.Send(new Recv(first, read));
            Assert.Equal(4, (await service.Send(new Send(second, "idle"u8.ToArray()))).GetValueOrThrow());
            Assert.Equal(4, (await receive).GetValueOrThrow());
            Assert.True(await selfish.Ask<int>("count", Deadline) > 0);
            Assert.True(await selfish.GracefulStop(Deadline));
        },
        "io-actors.submit-batch = 64");

    [Fact]
    public Task Fault_48_One_submit_from_a_foreign_thread_to_a_parked_loop() => Survive(
        async service =>
        {
            var file = await service.OpenFile();
            var inbox = Inbox.Create(service.System);
            for (var i = 0; i < 200; i++)
            {
                // Long enough for the loop to park, and now and then just when it does.
                var start = Stopwatch.GetTimestamp();
                while (Stopwatch.GetElapsedTime(start) < TimeSpan.FromMicroseconds(i * 2))
                {
                }

                service.Io.Backend.Tell(new PWrite(file, new byte[] { (byte)i }, i), inbox.Receiver);
                Assert.Equal(1, ((IoResult)inbox.Receive(Deadline)).GetValueOrThrow());
            }

            Assert.Equal(Enumerable.Range(0, 200).Select(i => (byte)i), File.ReadAllBytes(service.PathOf("file")));
        },
        "io-actors.submit-batch = 64");

    [Fact]
    public Task Fault_49_Stop_with_a_hundred_idle_pipe_reads() => Survive(async service =>
    {
        var idle = Enumerable.Range(0, 100).Select(_ => service.Send(new Read(service.Pipe().Read, new byte[1]))).ToArray();
        var result = await service.Io.Backend.Ask<IoResult>(new Stop(TimeSpan.FromMinutes(10)), Deadline);
        Assert.Equal(0, result.GetValueOrThrow());
        Assert.All(await Task.WhenAll(idle), r => Assert.Equal(Errno.ECANCELED, r.Error));
        Assert.True(SpinWait.SpinUntil(() => BackendThreads.Count == 0, Deadline), "threads of the backend are left");
    });

    [Fact]
    public Task Fault_50_Stop_with_large_O_DIRECT_reads_in_flight() => Survive(async service =>
    {
        const int size = 1 << 20;
        const int count = 64;
        File.WriteAllBytes(service.PathOf("file"), Bytes(size, 6));
        var file = await service.OpenFile("file", OpenFlags.ReadOnly | OpenFlags.Direct);
        var frames = Enumerable.Range(0, count).Select(_ => new byte[size + 4096]).ToArray();
        var starts = frames.Select(frame => Misalignment(frame, 4096)).ToArray();
        for (var round = 0; round < 20; round++)
        {
            var backend = service.System.ActorOf(PropsOfBackend(service.System));
            var inbox = Inbox.Create(service.System);
            for (var i = 0; i < count; i++)
            {
                backend.Tell(new PRead(file, frames[i].AsMemory(starts[i], size), 0) { Tag = i }, inbox.Receiver);
            }

            backend.Tell(new Stop(TimeSpan.FromMilliseconds(round % 3)), inbox.Receiver);
            for (var i = 0; i <= count; i++)
            {
                var result = (IoResult)inbox.Receive(Deadline);
                if (result.Operation is PRead { Tag: int frame })
                {
                    Assert.True(
                        result.Error is Errno.ECANCELED || result.Value == size, $"round {round}: {result}");
                    Array.Fill(frames[frame], (byte)0xc5);
                }
            }

            await WaitFor(backend);

            // After its reply nobody has touched a buffer.
            Assert.All(frames, frame => Assert.True(frame[0] is 0xc5 && frame.AsSpan().IndexOfAnyExcept((byte)0xc5) < 0));
        }
    });

    [Fact]
    public Task Fault_51_Ten_thousand_starts_and_stops() => Survive(async service =>
    {
        var props = PropsOfBackend(service.System);
        var file = await service.OpenFile();
        var inbox = Inbox.Create(service.System);
        var threads = 0;
        for (var i = 0; i < 10_000; i++)
        {
            var backend = service.System.ActorOf(props);
            if (i % 100 == 0)
            {
                backend.Tell(new PWrite(file, new byte[] { 1 }, i / 100), inbox.Receiver);
                Assert.Equal(1, ((IoResult)inbox.Receive(Deadline)).GetValueOrThrow());
            }

            await WaitFor(backend, stop: true);
            threads = Math.Max(threads, i % 1000 == 0 ? BackendThreads.Count : 0);
        }

        Assert.Equal(Enumerable.Repeat((byte)1, 100), File.ReadAllBytes(service.PathOf("file")));
        Assert.InRange(threads, 1, 100);
    });

    private Props PropsOfBackend(ActorSystem system) => Backend switch
    {
        "io-uring" => IoUringBackend.Props(system),
        "epoll" => EpollBackend.Props(system),
        _ => ThreadPoolBackend.Props(system),
    };

    private static async Task WaitFor(IActorRef backend, bool stop = false)
    {
        var end = backend.WatchAsync();
        if (stop)
        {
            backend.Tell(PoisonPill.Instance);
        }

        await end.WaitAsync(Deadline);
    }

    private sealed class Selfish : ReceiveActor
    {
        public Selfish()
        {
            var count = 0;
            Receive<int>(i =>
            {
                count++;
                Self.Tell(i + 1);
            });
            Receive<string>(_ => Sender.Tell(count));
        }
    }
}
