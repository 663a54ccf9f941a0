using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Akka.Actor;
using Xunit;

namespace Akka.IoActors.Tests.Faults;

/// <summary>Requesters: 40 … 45.</summary>
public abstract partial class FaultScenarios
{
    [Fact]
    public Task Fault_40_Cancel_racing_with_completion() => Survive(async service =>
    {
        const int races = 1_000_000;
        const int atOnce = 32;
        File.WriteAllBytes(service.PathOf("file"), Bytes(4096));
        var file = await service.OpenFile();
        var (read, _) = service.Pipe();
        var racer = service.System.ActorOf(Props.Create(() => new Racer(service.Io.Backend, file, read, races, atOnce)));
        var outcome = await racer.Ask<Racer.Outcome>(Racer.Go.Instance, TimeSpan.FromMinutes(2));
        Assert.Equal(races, outcome.Completed + outcome.Canceled);
        Assert.Equal(races, outcome.Cancels);
        Assert.Equal(0, outcome.Strange);
        Assert.True(outcome.Completed > 0 && outcome.Canceled > 0, outcome.ToString());
        Assert.Equal(0, (await service.Counters()).LateCompletions);
    });

    [Fact]
    public Task Fault_41_Cancel_of_a_disk_write_that_cannot_be_cancelled() => Survive(async service =>
    {
        const int size = 8 << 20;
        var file = await service.OpenFile();
        var data = Bytes(size, 4);
        for (var round = 0; round < 10; round++)
        {
            var write = new PWrite(file, data, 0);
            var writing = service.Send(write);
            var cancel = await service.Send(new Cancel(write));
            Assert.Contains(cancel.Error, new[] { Errno.None, Errno.ENOENT });
            var result = await writing;

            // Not done at all, or done: and when the reply is there, so are the bytes.
            if (result.IsSuccess)
            {
                Assert.True(File.ReadAllBytes(service.PathOf("file")).AsSpan(0, (int)result.Value)
                    .SequenceEqual(data.AsSpan(0, (int)result.Value)));
            }
            else
            {
                Assert.Equal(Errno.ECANCELED, result.Error);
            }
        }
    });

    [Fact]
    public Task Fault_42_A_timeout_racing_with_completion_and_late_completions_of_an_Ask() => Survive(async service =>
    {
        var (first, second) = service.SocketPair();
        var outcomes = new Dictionary<Errno, int>();
        for (var i = 0; i < 300; i++)
        {
            var receive = service.Send(
                new Recv(first, new byte[1]) { Timeout = TimeSpan.FromMilliseconds(1 + i % 3) });
            if (i % 3 > 0)
            {
                await service.Send(new Flush());
                Thread.SpinWait(i * 200);
                Assert.Equal(1, (await service.Send(new Send(second, new byte[1]))).GetValueOrThrow());
            }

            var result = await receive;
            Assert.Contains(result.Error, new[] { Errno.None, Errno.ETIMEDOUT });
            outcomes[result.Error] = outcomes.GetValueOrDefault(result.Error) + 1;
            if (!result.IsSuccess && i % 3 > 0)
            {
                // The byte was not lost: the next one gets it.
                Assert.Equal(1, (await service.Send(new Recv(first, new byte[1]))).GetValueOrThrow());
            }
        }

        Assert.True(outcomes.GetValueOrDefault(Errno.ETIMEDOUT) >= 100, string.Join(", ", outcomes));

        // The Ask gives up first; what is opened or accepted for it closes, and its buffer is let go.
        var listener = service.Listener();
        await Assert.ThrowsAsync<AskTimeoutException>(
            () => service.Io.Backend.Ask<IoResult>(new Accept(listener), TimeSpan.FromMilliseconds(20)));
        var client = service.Own(new System.Net.Sockets.Socket(
            System.Net.Sockets.AddressFamily.InterNetwork,
            System.Net.Sockets.SocketType.Stream,
            System.Net.Sockets.ProtocolType.Tcp));
        await client.ConnectAsync(listener.LocalEndPoint!);

        // Closed at once, not when the collector comes by.
        Assert.Equal(0, await client.ReceiveAsync(new byte[1]).WaitAsync(Deadline));
    });

    [Fact]
    public Task Fault_43_The_requester_stops_in_the_middle() => Survive(async service =>
    {
        var listener = service.Listener();
        var (first, second) = service.SocketPair();
        var accepts = Enumerable.Range(0, 20).Select(_ => new Accept(listener)).ToArray();
        var waits = Enumerable.Range(0, 20).Select(_ => new Recv(first, new byte[1])).ToArray();
        var owner = service.System.ActorOf(Props.Create(() => new Forwarder(service.Io.Backend)));
        Assert.Equal(0, (await service.Send(new Own(owner))).GetValueOrThrow());
        foreach (var operation in accepts.Cast<IoOperation>().Concat(waits))
        {
            owner.Tell(operation);
        }

        Assert.Equal(40, await owner.Ask<int>(Forwarder.Count.Instance, Deadline));
        Assert.Equal(40, await Unanswered(service));
        Assert.True(await owner.GracefulStop(Deadline));
        var start = Stopwatch.GetTimestamp();
        while (await Unanswered(service) > 0)
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < Deadline, "the waits of a stopped owner go on");
        }

        // Whoever comes next gets the byte and the connection.
        var receive = service.Send(new Recv(first, new byte[1]));
        Assert.Equal(1, (await service.Send(new Send(second, new byte[1]))).GetValueOrThrow());
        Assert.Equal(1, (await receive).GetValueOrThrow());
        var (client, server) = await service.Connect(listener);
        Assert.Equal(1, await client.SendAsync(new byte[1]));
        Assert.Equal(1, (await service.Send(new Recv(server, new byte[1]))).GetValueOrThrow());

        // Without Own: what is opened for a stopped actor is closed at once.
        var before = Links();
        var stopped = service.System.ActorOf(Props.Create(() => new Forwarder(service.Io.Backend)));
        Assert.True(await stopped.GracefulStop(Deadline));
        for (var i = 0; i < 100; i++)
        {
            service.Io.Backend.Tell(new Open("/dev/null"), stopped);
        }

        while (await Unanswered(service) > 0)
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < Deadline, "not opened");
        }

        Assert.True(SpinWait.SpinUntil(() => Links().Count <= before.Count, Deadline), "descriptors are left");
    });

    [Fact]
    public Task Fault_44_A_continuation_that_blocks_for_a_second() => Survive(async service =>
    {
        var file = await service.OpenFile();
        using var release = new ManualResetEventSlim();

        // In a task: a reply that comes before its await would have this very thread go on, and block.
        var blocked = Enumerable.Range(0, 4).Select(i => Task.Run(async () =>
        {
            _ = i == 0
                ? await service.Io.Client.FStatAsync(file)
                : await service.Io.Backend.Ask<IoResult>(new FStat(file), Deadline);
            release.Wait(Deadline);
        })).ToArray();
        var inbox = new DirectInbox(service.System);
        for (var i = 0; i < 200; i++)
        {
            service.Io.Backend.Tell(new PWrite(file, Bytes(BlockSize, i), i * BlockSize), inbox);
            Assert.Equal(BlockSize, inbox.Receive().GetValueOrThrow());
        }

        Assert.All(blocked, task => Assert.False(task.IsCompleted));
        release.Set();
        await Task.WhenAll(blocked).WaitAsync(Deadline);
        MustHoldBlocks(service.PathOf("file"), 200);
    });

    [Fact]
    public Task Fault_45_A_child_process_inherits_nothing() => Survive(async service =>
    {
        var listener = service.Listener();
        var (_, server) = await service.Connect(listener);
        var file = await service.OpenFile();
        var idle = service.Send(new Recv(server, new byte[1]));
        var sending = service.Send(new SendFile(server, file, 0, 1));
        using var child = Process.Start(new ProcessStartInfo(
            "/bin/sh", ["-c", "ls -l /proc/self/fd"]) { RedirectStandardOutput = true })!;
        var listing = await child.StandardOutput.ReadToEndAsync().WaitAsync(Deadline);
        await child.WaitForExitAsync();
        Assert.Contains("/proc/", listing, StringComparison.Ordinal);
        Assert.DoesNotContain("io_uring", listing, StringComparison.Ordinal);
        Assert.DoesNotContain("eventfd", listing, StringComparison.Ordinal);
        Assert.DoesNotContain("eventpoll", listing, StringComparison.Ordinal);
        Assert.DoesNotContain("io-actors-", listing, StringComparison.Ordinal);
        var mine = new FileInfo($"/proc/self/fd/{server.DangerousGetHandle()}").LinkTarget!;
        Assert.DoesNotContain(mine, listing, StringComparison.Ordinal);
        Assert.Equal(0, (await sending).GetValueOrThrow());
        Assert.Equal(0, (await service.Send(new Close(server))).GetValueOrThrow());
        Assert.Equal(Errno.ECANCELED, (await idle).Error);
    });

    private static async Task<long> Unanswered(FaultService service)
    {
        var counters = await service.Counters();
        return counters.Submitted - counters.Replied;
    }

    /// <summary>Sends operations on as its own, and drops the replies.</summary>
    private sealed class Forwarder : ReceiveActor
    {
        public Forwarder(IActorRef backend)
        {
            var count = 0;
            Receive<IoOperation>(operation =>
            {
                count++;
                backend.Tell(operation, Self);
            });
            Receive<IoResult>(_ => { });
            Receive<Count>(_ => Sender.Tell(count));
        }

        internal sealed class Count
        {
            internal static readonly Count Instance = new();
        }
    }

    /// <summary>Sends operations and, right behind each, its cancellation.</summary>
    private sealed class Racer : ReceiveActor
    {
        private readonly IActorRef _backend;
        private readonly Descriptor _file;
        private readonly Descriptor _pipe;
        private readonly int _races;
        private readonly byte[][] _buffers;
        private IActorRef _asker = ActorRefs.Nobody;
        private int _sent;
        private int _completed;
        private int _canceled;
        private int _cancels;
        private int _strange;

        public Racer(IActorRef backend, Descriptor file, Descriptor pipe, int races, int atOnce)
        {
            _backend = backend;
            _file = file;
            _pipe = pipe;
            _races = races;
            _buffers = [.. Enumerable.Range(0, atOnce).Select(_ => new byte[16])];
            Receive<Go>(_ =>
            {
                _asker = Sender;
                for (var i = 0; i < atOnce; i++)
                {
                    Race(i);
                }
            });
            Receive<IoResult>(OnResult);
        }

        private void Race(int lane)
        {
            if (_sent == _races)
            {
                return;
            }

            _sent++;
            IoOperation operation = _sent % 4 == 0
                ? new Read(_pipe, _buffers[lane]) { Tag = lane }
                : new PRead(_file, _buffers[lane], 0) { Tag = lane };
            _backend.Tell(operation, Self);
            _backend.Tell(new Cancel(operation), Self);
        }

        private void OnResult(IoResult result)
        {
            switch (result.Operation)
            {
                case Cancel:
                    _cancels++;
                    _strange += result.Error is Errno.None or Errno.ENOENT ? 0 : 1;
                    break;
                default:
                    _completed += result.IsSuccess && result.Operation is PRead ? 1 : 0;
                    _canceled += result.Error == Errno.ECANCELED ? 1 : 0;
                    Race((int)result.Operation.Tag!);
                    break;
            }

            if (_completed + _canceled == _races && _cancels == _races)
            {
                _asker.Tell(new Outcome(_completed, _canceled, _cancels, _strange));
            }
        }

        internal sealed class Go
        {
            internal static readonly Go Instance = new();
        }

        internal sealed record Outcome(int Completed, int Canceled, int Cancels, int Strange);
    }
}
