using System;
using System.Collections;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.IoActors.Backends.IoUring;
using Akka.IoActors.Native.Uring;
using Akka.IoActors.Tests.Support;
using Xunit;

namespace Akka.IoActors.Tests.Faults;

public sealed partial class IoUringFaults
{
    private const int IoUringSetup = 425;

    private static string Program => Path.Combine(AppContext.BaseDirectory, "IoActors.Service");

    [Fact]
    public Task Fault_01_The_descriptor_of_the_ring_is_closed_under_the_actor() => Survive(async service =>
    {
        var file = await service.OpenFile();
        var (read, write) = service.Pipe();
        var idle = service.Send(new Read(read, new byte[1]));
        var writes = Blocks(service, file, 0, 500);
        Assert.Equal(1, StrangersHands.CloseAll("anon_inode:[io_uring]"));
        var more = Blocks(service, file, 500, 500);
        Assert.All(await Task.WhenAll(writes.Concat(more)), r => Assert.Equal(BlockSize, r.GetValueOrThrow()));
        MustHoldBlocks(service.PathOf("file"), 1000);
        Assert.False(idle.IsCompleted);
        Assert.Equal(1, (await service.Send(new Write(write, new byte[1]))).GetValueOrThrow());
        Assert.Equal(1, (await idle).GetValueOrThrow());
        Assert.Equal(1, (await service.Counters()).Restarts);
    });

    [Fact]
    public Task Fault_07_A_submission_queue_of_one_entry() => Survive(
        async service =>
        {
            var file = await service.OpenFile();
            Assert.All(
                await Task.WhenAll(Blocks(service, file, 0, 10)), r => Assert.Equal(BlockSize, r.GetValueOrThrow()));
            var pipes = Enumerable.Range(0, 10).Select(_ => service.Pipe()).ToArray();
            var idle = pipes.Select(pipe => service.Send(new Read(pipe.Read, new byte[1]))).ToArray();
            await Task.WhenAll(pipes.Select(pipe => service.Send(new Write(pipe.Write, new byte[1]))));
            Assert.All(await Task.WhenAll(idle), r => Assert.Equal(1, r.GetValueOrThrow()));
        },
        "io-actors.io-uring { sq-entries = 1, cq-entries = 1 }");

    [Fact]
    public Task Fault_07_A_full_queue_does_not_keep_a_parked_loop_from_being_woken() => Survive(
        async service =>
        {
            // After some accepts that do not complete at once, the next one is submitted with the wait itself: it fills
            // the queue, and nobody connects.
            var listeners = Enumerable.Range(0, 10).Select(_ => service.Listener()).ToArray();
            for (var round = 0; round < 5; round++)
            {
                var accepts = listeners.Select(listener => new Accept(listener)).ToArray();
                var accepting = new List<Task<IoResult>>();
                foreach (var accept in accepts)
                {
                    accepting.Add(service.Send(accept));
                    Thread.SpinWait(20_000);
                }

                foreach (var accept in accepts)
                {
                    Assert.Equal(0, (await service.Send(new Cancel(accept))).GetValueOrThrow());
                }

                Assert.All(await Task.WhenAll(accepting), r => Assert.Equal(Errno.ECANCELED, r.Error));
            }
        },
        "io-actors.io-uring { sq-entries = 1, cq-entries = 2 }",
        nameof(Fault_07_A_submission_queue_of_one_entry));

    [Fact]
    public Task Fault_08_The_completion_queue_overflows() => Survive(
        async service =>
        {
            // All of them wait for readiness; then they are ready at once, many times what the queue holds.
            var pairs = Enumerable.Range(0, 1000).Select(_ => service.SocketPair()).ToArray();
            for (var round = 0; round < 10; round++)
            {
                var idle = pairs.Select(pair => service.Send(new Recv(pair.First, new byte[4]))).ToArray();
                await service.Send(new Flush());
                Parallel.ForEach(pairs, pair =>
                {
                    using var socket = new System.Net.Sockets.Socket(
                        new System.Net.Sockets.SafeSocketHandle(pair.Second.DangerousGetHandle(), ownsHandle: false));
                    Assert.Equal(4, socket.Send("many"u8));
                });
                Assert.All(await Task.WhenAll(idle), r => Assert.Equal(4, r.GetValueOrThrow()));
            }
        },
        "io-actors.io-uring { sq-entries = 2, cq-entries = 4 }");

    [Theory]
    [InlineData(-(int)Errno.EAGAIN)]
    [InlineData(-(int)Errno.EBUSY)]
    [InlineData(-(int)Errno.EINTR)]
    [InlineData(1)]
    public Task Fault_09_io_uring_enter_refuses_or_takes_a_part(int answer) => Survive(async service =>
    {
        var settings = IoSettings.Of(service.System);
        var faults = new FaultyKernel(answer);
        settings.UringSyscalls = faults;
        var backend = service.System.ActorOf(IoUringBackend.Props(service.System, settings));
        var client = new IoClient(service.System, backend);
        var file = await service.OpenFile();
        var (read, write) = service.Pipe();
        var idle = client.ReadAsync(read, new byte[1]).AsTask();

        // How many entries into the kernel it takes is the loop's to decide: until there have been faults enough.
        for (var round = 0; round < 20 || faults.Count <= 10; round++)
        {
            var writes = Enumerable.Range(0, 100)
                .Select(i => client.PWriteAsync(file, Bytes(BlockSize, i), i * BlockSize).AsTask()).ToArray();
            Assert.All(
                await Task.WhenAll(writes).WaitAsync(Deadline), r => Assert.Equal(BlockSize, r.GetValueOrThrow()));
        }

        MustHoldBlocks(service.PathOf("file"), 100);
        Assert.Equal(1, (await client.WriteAsync(write, new byte[1]).AsTask().WaitAsync(Deadline)).GetValueOrThrow());
        Assert.Equal(1, (await idle.WaitAsync(Deadline)).GetValueOrThrow());
        Assert.Equal(0, (await client.GetInfoAsync()).Counters.Restarts);
        await backend.Ask<IoResult>(new Stop(Deadline), Deadline);
    });

    [Fact]
    public Task Fault_16_io_uring_is_forbidden_by_seccomp_or_sysctl() => SurviveAlone(async () =>
    {
        foreach (var (wanted, code, text) in new[]
        {
            ("auto", 0, "tour: OK backend=epoll "), ("epoll", 0, "tour: OK backend=epoll "),
            ("thread-pool", 0, "tour: OK backend=thread-pool "), ("io-uring", 2, "seccomp"),
        })
        {
            var run = await Forbidden.Run(Errno.EPERM, [IoUringSetup], Program, "tour", "--backend", wanted);
            Assert.True(run.ExitCode == code, run.Output + run.Errors);
            Assert.Contains(text, run.Output + run.Errors, StringComparison.Ordinal);
        }
    });

    [SkippableTheory]
    [InlineData("auto")]
    [InlineData("io-uring")]
    public async Task Fault_16_io_uring_is_forbidden_while_a_ring_is_at_work(string wanted)
    {
        const string sysctl = "/proc/sys/kernel/io_uring_disabled";
        Skip.IfNot(Environment.IsPrivilegedProcess && File.Exists(sysctl), $"needs to write {sysctl}");
        var former = File.ReadAllText(sysctl);
        await SurviveAlone(
            async () =>
            {
                var folder = Directory.CreateTempSubdirectory("io-actors-").FullName;
                using var system = BackendFixture.Start(
                    wanted, "io-actors.restart.max-restarts = 3");
                var io = system.IoActors();
                var log = Inbox.Create(system);
                system.EventStream.Subscribe(log.Receiver, typeof(Akka.Event.Warning));
                Assert.Equal("io_uring", (await io.Client.GetInfoAsync()).Backend);
                using var file = (await io.Client.OpenAsync(
                    Path.Combine(folder, "file"), OpenFlags.ReadWrite | OpenFlags.Create)).Handle;
                try
                {
                    await File.WriteAllTextAsync(sysctl, "2");
                    var writes = Enumerable.Range(0, 200)
                        .Select(i => io.Client.PWriteAsync(file, new byte[100], i * 100).AsTask()).ToArray();
                    io.Backend.Tell(Kill.Instance);
                    var more = Enumerable.Range(200, 200)
                        .Select(i => io.Client.PWriteAsync(file, new byte[100], i * 100).AsTask()).ToArray();
                    var results = await Task.WhenAll(writes.Concat(more)).WaitAsync(Deadline);
                    if (wanted == "auto")
                    {
                        Assert.All(results, r => Assert.Equal(100, r.GetValueOrThrow()));
                        Assert.Equal("epoll", (await io.Client.GetInfoAsync()).Backend);
                        Assert.Equal(IoHealth.Up, io.Health);
                        Assert.Contains("kernel.io_uring_disabled = 2", NextAbout("epoll"), StringComparison.Ordinal);
                    }
                    else
                    {
                        Assert.All(results, r => Assert.Contains(r.Error, new[] { Errno.None, Errno.ECANCELED }));
                        Assert.True(SpinWait.SpinUntil(() => io.Health == IoHealth.Down, Deadline));
                        Assert.Equal(Errno.ECANCELED, (await io.Client.FStatAsync(file)).Error);
                    }
                }
                finally
                {
                    await File.WriteAllTextAsync(sysctl, former);
                    await system.Terminate().WaitAsync(Deadline);
                    Directory.Delete(folder, recursive: true);
                }

                string NextAbout(string text)
                {
                    while (true)
                    {
                        var message = ((Akka.Event.Warning)log.Receive(Deadline)).Message.ToString()!;
                        if (message.Contains(text, StringComparison.Ordinal))
                        {
                            return message;
                        }
                    }
                }
            },
            nameof(Fault_16_io_uring_is_forbidden_by_seccomp_or_sysctl));
    }

    [Fact]
    public Task Fault_17_No_io_uring_at_all_or_an_opcode_less() => Survive(async service =>
    {
        var run = await Forbidden.Run(Errno.ENOSYS, [IoUringSetup], Program, "tour", "--backend", "auto");
        Assert.True(run.ExitCode == 0, run.Output + run.Errors);
        Assert.Contains("tour: OK backend=epoll ", run.Output, StringComparison.Ordinal);

        var settings = IoSettings.Of(service.System);
        settings.UringSyscalls = new FaultyKernel(0, UringOpcode.FSync, UringOpcode.FTruncate, UringOpcode.Send);
        var backend = service.System.ActorOf(IoUringBackend.Props(service.System, settings));
        var client = new IoClient(service.System, backend);
        var paths = (await client.GetInfoAsync()).Paths;
        Assert.Equal("offload pool", paths[OperationKind.FSync].Path);
        Assert.Equal("offload pool", paths[OperationKind.Send].Path);
        Assert.Equal("IORING_OP_WRITE", paths[OperationKind.PWrite].Path);
        var file = await service.OpenFile();
        Assert.Equal(9, (await client.PWriteAsync(file, new byte[9], 0)).GetValueOrThrow());
        Assert.Equal(0, (await client.FSyncAsync(file)).GetValueOrThrow());
        Assert.Equal(0, (await client.FTruncateAsync(file, 4)).GetValueOrThrow());
        Assert.Equal(4, (await client.FStatAsync(file)).Status.Size);
        var (first, second) = service.SocketPair();
        Assert.Equal(3, (await client.SubmitAsync(new Send(first, new byte[3]))).GetValueOrThrow());
        Assert.Equal(3, (await client.SubmitAsync(new Recv(second, new byte[9]))).GetValueOrThrow());
        await backend.Ask<IoResult>(new Stop(Deadline), Deadline);
    });

    [Fact]
    public Task Fault_18_No_memory_for_a_ring() => SurviveAlone(async () =>
    {
        var run = await Forbidden.Run(Errno.ENOMEM, [IoUringSetup], Program, "tour", "--backend", "auto");
        Assert.True(run.ExitCode == 0, run.Output + run.Errors);
        Assert.Contains("tour: OK backend=epoll ", run.Output, StringComparison.Ordinal);
        var doctor = await Forbidden.Run(Errno.ENOMEM, [IoUringSetup], Program, "doctor");
        Assert.Contains("RLIMIT_MEMLOCK is ", doctor.Output, StringComparison.Ordinal);
    });

    [Fact]
    public async Task Failures_in_a_row_are_counted_one_by_one()
    {
        using var service = new FaultService("io-uring", "io-actors.restart.min-backoff = 1ms");
        service.System.EventStream.SetLogLevel(Akka.Event.LogLevel.InfoLevel);
        var log = Inbox.Create(service.System);
        service.System.EventStream.Subscribe(log.Receiver, typeof(Akka.Event.Info));
        var settings = IoSettings.Of(service.System);
        var kernel = new FailingKernel();
        settings.UringSyscalls = kernel;
        var client = new IoClient(
            service.System, service.System.ActorOf(IoUringBackend.Props(service.System, settings)));
        Assert.True((await client.FStatAsync(0)).IsSuccess);

        // The ring breaks, and the next two cannot be made.
        kernel.Fail(enters: 1, probes: 2);
        Assert.True((await client.FStatAsync(0).AsTask().WaitAsync(Deadline)).IsSuccess);
        Assert.Contains(
            "is back after 3 failure(s)", ((Akka.Event.Info)log.Receive(Deadline)).Message.ToString(), StringComparison.Ordinal);
        await client.Backend.Ask<IoResult>(new Stop(Deadline), Deadline);
    }

    /// <summary>Fails a number of times when told to.</summary>
    private sealed class FailingKernel : IUringSyscalls
    {
        private volatile int _enters;
        private volatile int _probes;

        internal void Fail(int enters, int probes)
        {
            _probes = probes;
            _enters = enters;
        }

        public int Enter(int fd, uint toSubmit, uint waitFor, UringEnter flags, nint argument, int argumentSize) =>
            _enters-- > 0
                ? -(int)Errno.EFAULT
                : UringSyscalls.Kernel.Enter(fd, toSubmit, waitFor, flags, argument, argumentSize);

        public BitArray Probe(Ring ring) => _probes-- > 0
            ? throw new Akka.IoActors.Native.NativeException("io_uring_register", -(int)Errno.ENOMEM)
            : UringSyscalls.Kernel.Probe(ring);
    }

    /// <summary>Gives an answer of its own now and then, and lacks some opcodes.</summary>
    private sealed class FaultyKernel(int answer, params UringOpcode[] lacking) : IUringSyscalls
    {
        private readonly Random _random = new(9);

        internal int Count { get; private set; }

        public int Enter(int fd, uint toSubmit, uint waitFor, UringEnter flags, nint argument, int argumentSize)
        {
            if (answer == 0 || _random.Next(3) > 0)
            {
                return UringSyscalls.Kernel.Enter(fd, toSubmit, waitFor, flags, argument, argumentSize);
            }

            if (answer < 0)
            {
                Count++;
                return answer;
            }

            // A real kernel that takes no more than one.
            Count += toSubmit > 1 ? 1 : 0;
            return UringSyscalls.Kernel.Enter(fd, Math.Min(toSubmit, 1), 0, flags, argument, argumentSize);
        }

        public BitArray Probe(Ring ring)
        {
            var opcodes = UringSyscalls.Kernel.Probe(ring);
            foreach (var opcode in lacking)
            {
                opcodes[(int)opcode] = false;
            }

            return opcodes;
        }
    }
}

public sealed partial class EpollFaults
{
    [Fact]
    public Task Fault_01_The_descriptor_of_the_ring_is_closed_under_the_actor() => Survive(async service =>
    {
        var file = await service.OpenFile();
        var (read, write) = service.Pipe();
        var idle = service.Send(new Read(read, new byte[1]));
        await service.Send(new Flush());

        // The newest one: .NET has one of its own for its sockets.
        StrangersHands.CloseNewest("anon_inode:[eventpoll]");
        Assert.All(await Task.WhenAll(Blocks(service, file, 0, 500)), r => Assert.Equal(BlockSize, r.GetValueOrThrow()));
        Assert.Equal(1, (await service.Send(new Write(write, new byte[1]))).GetValueOrThrow());
        Assert.Equal(1, (await idle).GetValueOrThrow());
        Assert.Equal(1, (await service.Counters()).Restarts);
    });
}

/// <summary>Closes descriptors that belong to others.</summary>
internal static class StrangersHands
{
    internal static int CloseAll(string link) => Numbers(link).Count(number => Akka.IoActors.Native.Sys.Close(number) == 0);

    internal static void CloseNewest(string link) => Assert.Equal(0, Akka.IoActors.Native.Sys.Close(Numbers(link).Max()));

    private static List<int> Numbers(string link) =>
    [
        .. Directory.GetFiles("/proc/self/fd")
            .Where(path => new FileInfo(path).LinkTarget == link)
            .Select(path => int.Parse(Path.GetFileName(path), CultureInfo.InvariantCulture)),
    ];
}
