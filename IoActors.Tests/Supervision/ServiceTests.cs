using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.IoActors.Tests.Faults;
using Akka.IoActors.Tests.Support;
using Xunit;

namespace Akka.IoActors.Tests.Supervision;

/// <summary>Stopping, timeouts, fairness and the watchdog, on each backend.</summary>
public sealed class ServiceTests
{
    private static TimeSpan Deadline => FaultService.Deadline;

    public static TheoryData<string> Backends => ["io-uring", "epoll", "thread-pool"];

    [Theory]
    [MemberData(nameof(Backends))]
    public async Task A_system_that_ends_lets_its_actors_write_in_their_PostStop_and_finishes_what_they_sent(string backend)
    {
        var folder = Directory.CreateTempSubdirectory("io-actors-").FullName;
        using var system = BackendFixture.Start(backend);
        var io = system.IoActors();
        var path = Path.Combine(folder, "last-words");
        using var file = (await io.Client.OpenAsync(path, OpenFlags.ReadWrite | OpenFlags.Create)).Handle;
        var idle = new List<Task<IoResult>>();
        using (var service = new FaultService(backend, ""))
        {
            var pipe = service.Pipe();
            idle.Add(io.Client.ReadAsync(pipe.Read, new byte[1]).AsTask());
            system.ActorOf(Props.Create(() => new LastWords(io.Backend, file)));
            await CoordinatedShutdown.Get(system).Run(CoordinatedShutdown.ClrExitReason.Instance).WaitAsync(Deadline);
        }

        Assert.Equal(Errno.ECANCELED, (await idle[0].WaitAsync(Deadline)).Error);
        Assert.Equal(IoHealth.Down, io.Health);
        await io.StopAsync().WaitAsync(Deadline);
        var content = File.ReadAllBytes(path);
        Assert.Equal(1000 * 100, content.Length);
        Assert.All(content.Chunk(100).Select((chunk, i) => (chunk, i)), pair => Assert.All(
            pair.chunk, b => Assert.Equal((byte)pair.i, b)));
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public async Task Stop_cuts_short_what_does_not_finish_by_its_deadline_and_says_how_much(string backend)
    {
        using var service = new FaultService(backend, "");
        var (first, _) = service.SocketPair();
        var stuck = Enumerable.Range(0, 5).Select(_ => service.Send(new Send(first, new byte[1 << 20]))).ToArray();
        await service.Send(new Flush());
        var stop = service.Io.Backend.Ask<IoResult>(new Stop(TimeSpan.FromMilliseconds(100)), Deadline);
        var again = service.Io.Backend.Ask<IoResult>(new Stop(TimeSpan.FromMinutes(1)), Deadline);
        var info = await service.Send(new GetInfo());
        Assert.True(info.IsSuccess);
        Assert.Equal(Errno.ECANCELED, (await service.Send(new Open("/dev/null"))).Error);
        Assert.Equal(Errno.ESHUTDOWN, (await service.Send(new Send(first, new byte[1]))).Error);
        Assert.Equal(5, (await stop).GetValueOrThrow());
        Assert.Equal(5, (await again).GetValueOrThrow());

        // The first one has had a part of its effect, which is its reply.
        var results = await Task.WhenAll(stuck);
        Assert.InRange(results[0].Value, 1, (1 << 20) - 1);
        Assert.All(results[1..], r => Assert.Equal(Errno.ECANCELED, r.Error));
        await service.Io.StopAsync().WaitAsync(Deadline);
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public async Task Operations_end_at_their_own_time_or_at_that_of_the_backend(string backend)
    {
        using var service = new FaultService(backend, "io-actors.operation-timeout = 60ms");
        var (read, write) = service.Pipe();
        var listener = service.Listener();
        var unlimited = service.Send(new Read(read, new byte[1]) { Timeout = Timeout.InfiniteTimeSpan });
        var behind = service.Send(new Read(read, new byte[1]));
        var own = service.Send(new Accept(listener) { Timeout = TimeSpan.FromMilliseconds(10) });
        var long1 = service.Send(new Accept(listener) { Timeout = TimeSpan.FromHours(1) });
        Assert.Equal(Errno.ETIMEDOUT, (await own).Error);
        Assert.Equal(Errno.ETIMEDOUT, (await behind).Error);
        Assert.False(unlimited.IsCompleted || long1.IsCompleted);

        // A whole crowd, with times in any order, some of them answered before.
        var pipes = Enumerable.Range(0, 200).Select(_ => service.Pipe()).ToArray();
        var crowd = pipes.Select((pipe, i) => service.Send(
            new Read(pipe.Read, new byte[1]) { Timeout = TimeSpan.FromMilliseconds(1 + i * 37 % 100) })).ToArray();
        for (var i = 0; i < 5000; i++)
        {
            Assert.True((await service.Send(new FStat(write))).IsSuccess);
        }

        Assert.All(await Task.WhenAll(crowd), r => Assert.Equal(Errno.ETIMEDOUT, r.Error));
        Assert.Equal(1, (await service.Send(new Write(write, new byte[1]))).GetValueOrThrow());
        Assert.Equal(1, (await unlimited).GetValueOrThrow());
        await service.Io.StopAsync().WaitAsync(Deadline);
        Assert.Equal(Errno.ECANCELED, (await long1).Error);
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public async Task A_timeout_survives_a_restart(string backend)
    {
        using var service = new FaultService(backend, "");
        var (read, _) = service.Pipe();
        var timed = service.Send(new Read(read, new byte[1]) { Timeout = TimeSpan.FromMilliseconds(300) });
        await service.Send(new Flush());
        service.Io.Backend.Tell(Kill.Instance);
        Assert.Equal(Errno.ETIMEDOUT, (await timed).Error);
        Assert.Equal(1, (await service.Counters()).Restarts);
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public async Task Who_floods_the_backend_waits_for_itself(string backend)
    {
        using var service = new FaultService(backend,
            """
            io-actors.max-in-flight = 1
            io-actors.max-waiting-per-requester = 20000
            """);
        var file = await service.OpenFile();
        var flood = new DirectInbox(service.System);
        var other = new DirectInbox(service.System);
        other.Compare(flood);
        const int many = 20_000;

        // Takes the only place until everything has been sent.
        var (read, write) = service.Pipe();
        var gate = service.Send(new Read(read, new byte[1]));
        for (var i = 0; i < many; i++)
        {
            service.Io.Backend.Tell(new PWrite(file, new byte[] { 1 }, i), flood);
        }

        for (var i = 0; i < 100; i++)
        {
            service.Io.Backend.Tell(new PWrite(file, new byte[] { 2 }, many + i), other);
        }

        Assert.Equal(many + 100, (await service.Counters()).Waiting);
        using (var stream = new FileStream(write, FileAccess.Write, 1))
        {
            stream.WriteByte(1);
        }

        Assert.Equal(1, (await gate).GetValueOrThrow());
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(1, other.Receive().GetValueOrThrow());
        }

        // One of each in turn, once the first few hundred are through.
        Assert.InRange(other.CountOf(flood), 100, 1000);
        for (var i = 0; i < many; i++)
        {
            Assert.Equal(1, flood.Receive().GetValueOrThrow());
        }

        Assert.Equal(many + 100, new FileInfo(service.PathOf("file")).Length);
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public async Task One_requester_cannot_take_all_places_to_wait(string backend)
    {
        using var service = new FaultService(backend,
            """
            io-actors.max-waiting = 100
            io-actors.max-waiting-per-requester = 30
            """);
        var (read, write) = service.Pipe();
        var (mine, others) = (new DirectInbox(service.System), new DirectInbox(service.System));
        foreach (var inbox in new[] { mine, others })
        {
            for (var i = 0; i < 50; i++)
            {
                service.Io.Backend.Tell(new Read(read, new byte[1]), inbox);
            }
        }

        // One is in flight, thirty of each wait.
        Assert.All(Enumerable.Range(0, 19), _ => Assert.Equal(Errno.EAGAIN, mine.Receive().Error));
        Assert.All(Enumerable.Range(0, 20), _ => Assert.Equal(Errno.EAGAIN, others.Receive().Error));
        var counters = await service.Counters();
        Assert.Equal(60, counters.Waiting);
        Assert.Equal(39, counters.Rejected);
        Assert.Equal(61, (await service.Send(new Write(write, new byte[61]))).GetValueOrThrow());
        Assert.All(Enumerable.Range(0, 31), _ => Assert.Equal(1, mine.Receive().GetValueOrThrow()));
        Assert.All(Enumerable.Range(0, 30), _ => Assert.Equal(1, others.Receive().GetValueOrThrow()));

        // The places are free again.
        for (var i = 0; i < 31; i++)
        {
            service.Io.Backend.Tell(new Read(read, new byte[1]), mine);
        }

        Assert.Equal(31, (await service.Send(new Write(write, new byte[31]))).GetValueOrThrow());
        Assert.All(Enumerable.Range(0, 31), _ => Assert.Equal(1, mine.Receive().GetValueOrThrow()));
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public async Task What_has_started_takes_no_place_to_wait_any_more(string backend)
    {
        using var service = new FaultService(backend,
            """
            io-actors.max-waiting-per-requester = 30
            io-actors.restart.min-backoff = 200ms
            """);
        var pipes = Enumerable.Range(0, 30).Select(_ => service.Pipe()).ToArray();
        var inbox = new DirectInbox(service.System);

        // During the back-off all wait; then all have started, and are idle.
        service.Io.Backend.Tell(Kill.Instance);
        foreach (var pipe in pipes)
        {
            service.Io.Backend.Tell(new Read(pipe.Read, new byte[1]), inbox);
        }

        Assert.Equal(0, (await service.Send(new FSync(await service.OpenFile()))).GetValueOrThrow());
        foreach (var pipe in pipes)
        {
            service.Io.Backend.Tell(new Read(pipe.Read, new byte[1]), inbox);
        }

        foreach (var pipe in pipes)
        {
            Assert.Equal(2, (await service.Send(new Write(pipe.Write, new byte[2]))).GetValueOrThrow());
        }

        Assert.All(Enumerable.Range(0, 60), _ => Assert.Equal(1, inbox.Receive().GetValueOrThrow()));
        Assert.Equal(0, (await service.Counters()).Rejected);
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public async Task Stop_finishes_reads_of_files_that_stand_behind_a_barrier(string backend)
    {
        using var service = new FaultService(backend, "");
        File.WriteAllBytes(service.PathOf("file"), new byte[3000]);
        var file = await service.OpenFile();
        for (var i = 0; i < 20; i++)
        {
            service.Io.Backend.Tell(new FSync(file), ActorRefs.NoSender);
        }

        var cut = service.Send(new FTruncate(file, 2000));
        var read = service.Send(new Read(file, new byte[3000]));
        await service.Io.StopAsync().WaitAsync(Deadline);
        Assert.Equal(0, (await cut).GetValueOrThrow());
        Assert.Equal(2000, (await read).GetValueOrThrow());
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public void A_loop_that_is_blocked_is_reported_and_forgiven(string backend)
    {
        using var service = new FaultService(backend, "io-actors.watchdog.stall-after = 100ms");
        var health = Inbox.Create(service.System);
        service.System.EventStream.Subscribe(health.Receiver, typeof(IoHealthChanged));
        var dispatcher = service.Io.Loops[0].Dispatcher;
        using var release = new ManualResetEventSlim();
        var blocker = service.System.ActorOf(
            Props.Create(() => new Blocker(release)).WithDispatcher(dispatcher));
        blocker.Tell("block");
        Assert.Equal(IoHealth.Stalled, ((IoHealthChanged)health.Receive(Deadline)).Health);
        Assert.Equal(IoHealth.Stalled, service.Io.Health);
        release.Set();
        Assert.Equal(IoHealth.Up, ((IoHealthChanged)health.Receive(Deadline)).Health);
    }

    private sealed class LastWords(IActorRef backend, Descriptor file) : ReceiveActor
    {
        protected override void PostStop()
        {
            for (var i = 0; i < 1000; i++)
            {
                var line = new byte[100];
                Array.Fill(line, (byte)i);
                backend.Tell(new Write(file, line), ActorRefs.NoSender);
            }
        }
    }

    private sealed class Blocker : ReceiveActor
    {
        public Blocker(ManualResetEventSlim release) => ReceiveAny(_ => release.Wait(Deadline));
    }
}
