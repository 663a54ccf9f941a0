using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.IoActors.Backends.IoUring;
using Akka.IoActors.Native;
using Akka.IoActors.Tests.Support;
using Microsoft.Win32.SafeHandles;
using Xunit;

namespace Akka.IoActors.Tests.Faults;

/// <summary>Failure, restart, bounds and stop: whatever happens, each operation has one reply.</summary>
public sealed class RestartTests : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly string _folder = Directory.CreateTempSubdirectory("io-actors-").FullName;

    private readonly List<SafeFileHandle> _ends = [];

    public void Dispose()
    {
        _ends.ForEach(end => end.Dispose());
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("io-uring")]
    [InlineData("epoll")]
    [InlineData("thread-pool")]
    public async Task What_waits_for_the_offload_pool_goes_on_over_a_restart(string backend)
    {
        using var system = BackendFixture.Start(backend, "io-actors.offload.threads = 1");
        var io = system.IoActors();
        const long size = 64 << 20;
        using var file = (await io.Client.OpenAsync(PathOf("file"), OpenFlags.ReadWrite | OpenFlags.Create)).Handle;
        await io.Client.FTruncateAsync(file, size);
        for (var round = 0; round < 3; round++)
        {
            // Keeps the pool's only thread, on every backend.
            var copying = io.Client.CopyRangeAsync(file, 0, file, (round + 1) * size, size).AsTask();

            // Closes of .NET's socket handles take the pool on every backend.
            var pairs = Enumerable.Range(0, 200).Select(_ =>
            {
                Assert.Equal(0, Sys.SocketPair(out var first, out var second));
                return (First: new System.Net.Sockets.SafeSocketHandle(first, true), Second: second);
            }).ToArray();
            var closes = pairs.Select(pair => io.Client.CloseAsync(pair.First).AsTask()).ToArray();
            io.Backend.Tell(Kill.Instance);
            Assert.All(await Task.WhenAll(closes).WaitAsync(Deadline), r => Assert.Equal(0, r.GetValueOrThrow()));
            Assert.All(pairs, pair => Assert.Equal(0, Sys.Close(pair.Second)));
            Assert.Equal(size, (await copying.WaitAsync(Deadline)).GetValueOrThrow());
        }

        await system.Terminate().WaitAsync(Deadline);
    }

    [Theory]
    [InlineData("io-uring")]
    [InlineData("epoll")]
    [InlineData("thread-pool")]
    public async Task A_connect_goes_on_over_restarts_and_is_made_once(string backend)
    {
        using var system = BackendFixture.Start(backend);
        var client = system.IoActors().Client;
        using var listener = (await client.CreateSocketAsync(AddressFamily.InterNetwork)).SocketHandle;
        Assert.Equal(0, (await client.BindAsync(listener, new IPEndPoint(IPAddress.Loopback, 0))).Value);
        Assert.Equal(0, (await client.ListenAsync(listener, backlog: 0)).Value);
        var address = (await client.GetSockNameAsync(listener)).Address!;

        // The first one fills the backlog: of the second the kernel drops what comes, until there is room.
        using var first = (await client.CreateSocketAsync(AddressFamily.InterNetwork)).SocketHandle;
        using var second = (await client.CreateSocketAsync(AddressFamily.InterNetwork)).SocketHandle;
        Assert.Equal(0, (await client.ConnectAsync(first, address)).Value);
        var connecting = client.ConnectAsync(second, address).AsTask();
        for (var restart = 0; restart < 3; restart++)
        {
            await client.FlushAsync();
            system.IoActors().Backend.Tell(Kill.Instance);
            Assert.True(SpinWait.SpinUntil(
                () => client.GetInfoAsync().AsTask().GetAwaiter().GetResult().Counters.Restarts > restart, Deadline));
            Assert.False(connecting.IsCompleted);
        }

        using var accepted = (await client.AcceptAsync(listener)).SocketHandle;
        Assert.Equal(0, (await connecting.WaitAsync(Deadline)).GetValueOrThrow());
        using var other = (await client.AcceptAsync(listener).AsTask().WaitAsync(Deadline)).SocketHandle;
        Assert.Equal((await client.GetSockNameAsync(second)).Address, (await client.GetPeerNameAsync(other)).Address);
        Assert.Equal(1, (await client.SendAsync(second, new byte[1])).Value);
        Assert.Equal(1, (await client.RecvAsync(other, new byte[2])).Value);
        await system.Terminate().WaitAsync(Deadline);
    }

    [Theory]
    [InlineData("io-uring")]
    [InlineData("epoll")]
    [InlineData("thread-pool")]
    public async Task Names_are_made_and_removed_once_over_restarts(string backend)
    {
        using var system = BackendFixture.Start(
            backend, "io-actors.restart { max-restarts = 1000, max-backoff = 10ms }");
        var io = system.IoActors();
        var done = 0;
        for (var round = 0; round < 10; round++)
        {
            var names = Enumerable.Range(0, 200).Select(n => PathOf($"{round}-{n}")).ToArray();
            await Once(names.Select(name => io.Client.MkDirAsync(name).AsTask()));
            Assert.All(names, name => Assert.True(Directory.Exists(name)));
            await Once(names.Select(name => io.Client.RenameAsync(name, name + "-new").AsTask()));
            await Once(names.Select(name => io.Client.RmDirAsync(name + "-new").AsTask()));
        }

        Assert.Equal(6000, done);
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
        await system.Terminate().WaitAsync(Deadline);

        // One that were made twice would say EEXIST or ENOENT.
        async Task Once(IEnumerable<Task<IoResult>> sending)
        {
            var sent = sending.ToArray();
            io.Backend.Tell(Kill.Instance);
            foreach (var result in await Task.WhenAll(sent).WaitAsync(Deadline))
            {
                Assert.Equal(0, result.GetValueOrThrow());
                done++;
            }
        }
    }

    [Theory]
    [InlineData("io-uring")]
    [InlineData("epoll")]
    [InlineData("thread-pool")]
    public async Task Waiting_operations_are_bounded(string backend)
    {
        using var system = BackendFixture.Start(backend, "io-actors.max-waiting = 5");
        var io = system.IoActors();
        var (read, write) = Pipe();
        var reads = Enumerable.Range(0, 10).Select(_ => io.Client.ReadAsync(read, new byte[1]).AsTask()).ToArray();

        // One is in flight, five wait, four are refused.
        Assert.All(await Task.WhenAll(reads[6..]).WaitAsync(Deadline), r => Assert.Equal(Errno.EAGAIN, r.Error));
        Assert.All(reads[..6], task => Assert.False(task.IsCompleted));
        await io.Client.WriteAsync(write, new byte[6]);
        Assert.All(await Task.WhenAll(reads[..6]).WaitAsync(Deadline), r => Assert.Equal(1, r.Value));
        await system.Terminate().WaitAsync(Deadline);
    }

    [Theory]
    [InlineData("io-uring")]
    [InlineData("epoll")]
    [InlineData("thread-pool")]
    public async Task A_Close_is_neither_refused_nor_timed_out_by_what_holds_for_others(string backend)
    {
        using var system = BackendFixture.Start(backend, "io-actors.max-waiting = 1\nio-actors.operation-timeout = 50ms");
        var io = system.IoActors();
        var (read, write) = Pipe();
        var (other, _) = Pipe();

        // One write has the pipe full, one waits behind it: there is room for nothing else.
        var writing = io.Client.SubmitAsync(new Write(write, new byte[1_000_000]) { Timeout = Timeout.InfiniteTimeSpan }).AsTask();
        var behind = io.Client.SubmitAsync(new Write(write, new byte[1]) { Timeout = Timeout.InfiniteTimeSpan }).AsTask();
        Assert.Equal(Errno.EAGAIN, (await io.Client.WriteAsync(write, new byte[1])).Error);
        var closing = io.Client.CloseAsync(write).AsTask();
        for (var n = 0; n < 3; n++)
        {
            Assert.Equal(Errno.ETIMEDOUT, (await io.Client.ReadAsync(other, new byte[1])).Error);
        }

        Assert.False(closing.IsCompleted);
        Assert.Equal(1_000_001, (await io.Client.ReadExactlyAsync(read, new byte[1_000_001])).Transferred);
        Assert.Equal(1_000_000, (await writing.WaitAsync(Deadline)).Value);
        Assert.Equal(1, (await behind.WaitAsync(Deadline)).Value);
        Assert.Equal(0, (await closing.WaitAsync(Deadline)).Value);
        await system.Terminate().WaitAsync(Deadline);
    }

    [Theory]
    [InlineData("io-uring")]
    [InlineData("epoll")]
    [InlineData("thread-pool")]
    public async Task A_descriptor_on_its_way_to_its_actor_is_closed_if_it_reaches_nobody(string backend)
    {
        using var system = BackendFixture.Start(backend);
        var io = system.IoActors();
        var manager = io.Tcp;
        await io.StopAsync();
        Assert.Equal(0, Sys.SocketPair(out var fd, out var peer));
        using var end = new SafeSocketHandle(peer, ownsHandle: true);
        manager.Tell(new Akka.IoActors.Sockets.NewConnection(fd, null, ActorRefs.Nobody, false, [], Akka.IO.TcpSettings.Create(system), ActorRefs.Nobody));
        while (File.Exists($"/proc/self/fd/{fd}"))
        {
            await Task.Yield();
        }

        await system.Terminate().WaitAsync(Deadline);
    }

    [Theory]
    [InlineData("io-uring", "max-in-flight = 1")]
    [InlineData("epoll", "max-in-flight = 1")]
    [InlineData("thread-pool", "max-in-flight = 1")]
    [InlineData("io-uring", "io-uring { sq-entries = 1, cq-entries = 1 }")]
    [InlineData("io-uring", "io-uring { sq-entries = 4, cq-entries = 4 }")]
    [InlineData("io-uring", "submit-batch = 1")]
    [InlineData("epoll", "offload.threads = 1")]
    [InlineData("thread-pool", "offload { threads = 1, stream-threads = 1 }")]
    public async Task The_smallest_limits_only_make_operations_wait(string backend, string limits)
    {
        using var system = BackendFixture.Start(backend, $"io-actors {{ {limits} }}");
        var io = system.IoActors();
        using var file = (await io.Client.OpenAsync(PathOf("file"), OpenFlags.ReadWrite | OpenFlags.Create)).Handle;
        var writes = Enumerable.Range(0, 1000)
            .Select(i => io.Client.PWriteAsync(file, Block(i), i * 512L).AsTask()).ToArray();
        Assert.All(await Task.WhenAll(writes).WaitAsync(Deadline), r => Assert.Equal(512, r.GetValueOrThrow()));
        Assert.True(File.ReadAllBytes(PathOf("file")).AsSpan(999 * 512).SequenceEqual(Block(999)));
        await system.Terminate().WaitAsync(Deadline);
    }

    [Theory]
    [InlineData("io-uring")]
    [InlineData("epoll")]
    [InlineData("thread-pool")]
    public async Task A_system_that_stops_answers_idle_waits_and_what_waits_behind_them(string backend)
    {
        using var system = BackendFixture.Start(backend);
        var io = system.IoActors();
        var pipes = Enumerable.Range(0, 100).Select(_ => Pipe()).ToArray();
        var waits = pipes.SelectMany(pipe => new[]
        {
            io.Client.ReadAsync(pipe.Read, new byte[1]).AsTask(),
            io.Client.ReadAsync(pipe.Read, new byte[1]).AsTask(),
            io.Client.FStatAsync(pipe.Read).AsTask(),
        }).ToArray();
        await io.Client.FlushAsync();
        await system.Terminate().WaitAsync(Deadline);

        // What waited for them is finished, since there is time.
        var results = await Task.WhenAll(waits).WaitAsync(Deadline);
        Assert.All(results, result => Assert.Equal(
            result.Operation is FStat ? Errno.None : Errno.ECANCELED, result.Error));

        // And so does one that has stopped, by Tell, Ask and client.
        Assert.Equal(Errno.ECANCELED, (await io.Client.FStatAsync(pipes[0].Read).AsTask().WaitAsync(Deadline)).Error);
        Assert.Equal(Errno.ECANCELED, (await io.Backend.Ask<IoResult>(new Flush(), Deadline)).Error);
        Assert.Equal(IoHealth.Down, io.Health);
    }

    [Theory]
    [InlineData("io-uring")]
    [InlineData("epoll")]
    [InlineData("thread-pool")]
    public async Task Starting_and_stopping_leaves_no_descriptor_and_no_thread(string backend)
    {
        await StartAndStop();
        var descriptors = OpenDescriptors();
        for (var i = 0; i < 20; i++)
        {
            await StartAndStop();
        }

        Assert.True(
            SpinWait.SpinUntil(() => OpenDescriptors() <= descriptors, Deadline),
            $"{OpenDescriptors()} descriptors, {descriptors} before");
        Assert.True(
            SpinWait.SpinUntil(() => BackendThreads.Count == 0, Deadline),
            $"{BackendThreads.Count} threads of backends are left");

        async Task StartAndStop()
        {
            using var system = BackendFixture.Start(backend);
            var (read, write) = Pipe();
            var waiting = system.IoActors().Client.ReadAsync(read, new byte[1]).AsTask();
            await system.Terminate().WaitAsync(Deadline);
            Assert.Equal(Errno.ECANCELED, (await waiting.WaitAsync(Deadline)).Error);
            read.Dispose();
            write.Dispose();
        }
    }

    [Theory]
    [InlineData("io-uring")]
    [InlineData("epoll")]
    [InlineData("thread-pool")]
    public async Task Buffers_stay_where_they_are_while_the_collector_moves_everything_else(string backend)
    {
        using var system = BackendFixture.Start(backend);
        var io = system.IoActors();
        var (read, write) = Pipe();
        for (var round = 0; round < 30; round++)
        {
            var frame = new byte[8192];
            Array.Fill(frame, (byte)0xcc);
            var reading = io.Client.ReadAsync(read, frame.AsMemory(2048, 4096)).AsTask();
            await io.Client.FlushAsync();
            var garbage = new List<byte[]>();
            for (var i = 0; i < 200; i++)
            {
                garbage.Add(new byte[1000 + i]);
            }

            GC.Collect(2, GCCollectionMode.Forced, blocking: true, compacting: true);
            var data = new byte[4096];
            Array.Fill(data, (byte)(round + 1));
            await io.Client.WriteAsync(write, data);
            Assert.Equal(4096, (await reading.WaitAsync(Deadline)).Value);
            Assert.Equal(-1, frame.AsSpan(0, 2048).IndexOfAnyExcept((byte)0xcc));
            Assert.Equal(-1, frame.AsSpan(2048, 4096).IndexOfAnyExcept((byte)(round + 1)));
            Assert.Equal(-1, frame.AsSpan(6144).IndexOfAnyExcept((byte)0xcc));
            Assert.Equal(200, garbage.Count);
        }

        await system.Terminate().WaitAsync(Deadline);
    }

    [Fact]
    public async Task A_backend_of_ones_own_works_under_ones_own_supervisor()
    {
        using var system = BackendFixture.Start("auto");
        var backend = system.ActorOf(IoUringBackend.Props(system), "mine");
        var opened = await backend.Ask<IoResult>(new Open(_folder, OpenFlags.Directory), Deadline);
        using var folder = opened.Handle;
        Assert.Equal(
            FileType.Directory, (await backend.Ask<IoResult>(new FStat(folder), Deadline)).Status.Type);
        Assert.True(await backend.GracefulStop(Deadline));
        Assert.Equal(Errno.ECANCELED, (await backend.Ask<IoResult>(new FStat(folder), Deadline)).Error);
        await system.Terminate().WaitAsync(Deadline);
    }

    /// <summary>A pipe that lives as long as the test: an end that is collected would end the other's wait.</summary>
    private (SafeFileHandle Read, SafeFileHandle Write) Pipe()
    {
        Assert.Equal(0, Sys.Pipe(out var read, out var write));
        var ends = (Read: new SafeFileHandle(read, true), Write: new SafeFileHandle(write, true));
        _ends.Add(ends.Read);
        _ends.Add(ends.Write);
        return ends;
    }

    private static byte[] Block(int seed)
    {
        var block = new byte[512];
        new Random(seed).NextBytes(block);
        return block;
    }

    private static int OpenDescriptors() => Directory.GetFiles("/proc/self/fd").Length;

    private string PathOf(string name) => Path.Combine(_folder, name);
}
