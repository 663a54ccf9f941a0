using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.IoActors.Backends;
using Akka.IoActors.Native;
using Akka.IoActors.Tests.Support;
using Microsoft.Win32.SafeHandles;
using Xunit;

namespace Akka.IoActors.Tests.Supervision;

/// <summary>Several loops behind one ref.</summary>
public sealed class LoopTests : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly ActorSystem _system = BackendFixture.Start("auto", "io-actors.loops = 2");
    private readonly string _folder = Directory.CreateTempSubdirectory("io-loops-").FullName;
    private readonly IoActorsExtension _io;

    /// <summary>Starts a service on two loops.</summary>
    public LoopTests() => _io = _system.IoActors();

    /// <inheritdoc/>
    public void Dispose()
    {
        Assert.True(_system.Terminate().Wait(Deadline));
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>A descriptor belongs to the loop of its number, and its operations run there.</summary>
    [Fact]
    public async Task Descriptors_are_spread_over_the_loops_by_their_numbers()
    {
        Assert.Equal(2, _io.Loops.Count);
        var files = await OpenOnBoth();
        foreach (var (file, n) in files.Select((file, n) => (file, n)))
        {
            Assert.Same(_io.Loops[n], _io.LoopOf(file));
            Assert.Equal(n, file.DangerousGetHandle() % 2);
            var before = await Submitted();
            for (var i = 0; i < 10; i++)
            {
                Assert.Equal(0, (await _io.Client.PReadAsync(file, new byte[8], 0)).Value);
            }

            var after = await Submitted();
            Assert.Equal(10, after[n] - before[n] - 1);
            Assert.Equal(0, after[1 - n] - before[1 - n] - 1);
        }
    }

    /// <summary>
    /// CopyRange from one loop's file to the other's: a truncation of the input that was sent later waits for it, one that
    /// was sent earlier comes first.
    /// </summary>
    [Fact]
    public async Task Barriers_hold_for_operations_whose_second_descriptor_is_another_loops()
    {
        var files = await OpenOnBoth();
        foreach (var (input, output) in new[] { (files[0], files[1]), (files[1], files[0]) })
        {
            for (var round = 0; round < 200; round++)
            {
                var data = new byte[8192];
                Random.Shared.NextBytes(data);
                (await _io.Client.FTruncateAsync(output, 0)).ThrowIfFailed();
                Assert.Equal(8192, (await _io.Client.PWriteAsync(input, data, 0)).Value);
                var first = _io.Client.FTruncateAsync(input, 4096).AsTask();
                var copy = _io.Client.CopyRangeAsync(input, 0, output, 0, 8192).AsTask();
                var last = _io.Client.FTruncateAsync(input, 0).AsTask();
                Assert.Equal(4096, (await copy.WaitAsync(Deadline)).Value);
                Assert.Equal(0, (await first.WaitAsync(Deadline)).Value);
                Assert.Equal(0, (await last.WaitAsync(Deadline)).Value);
                var back = new byte[8192];
                Assert.Equal(4096, (await _io.Client.PReadAsync(output, back, 0)).Value);
                Assert.Equal(data[..4096], back[..4096]);
            }
        }

        await NothingIsLeft();
    }

    /// <summary>Pairs in both directions at once, between barriers on both: nobody waits for ever.</summary>
    [Fact]
    public async Task Operations_on_both_loops_files_do_not_wait_for_each_other_in_a_circle()
    {
        var files = await OpenOnBoth();
        Assert.Equal(4096, (await _io.Client.PWriteAsync(files[0], new byte[4096], 0)).Value);
        Assert.Equal(4096, (await _io.Client.PWriteAsync(files[1], new byte[4096], 0)).Value);
        var replies = await Task.WhenAll(Enumerable.Range(0, 8).Select(sender => Task.Run(async () =>
        {
            var (input, output) = sender % 2 == 0 ? (files[0], files[1]) : (files[1], files[0]);
            var good = 0;
            for (var i = 0; i < 200; i++)
            {
                var copy = _io.Client.CopyRangeAsync(input, 0, output, 0, 4096).AsTask();
                var barrier = _io.Client.FTruncateAsync(output, 4096).AsTask();
                good += (await copy.WaitAsync(Deadline)).Value == 4096 ? 1 : 0;
                good += (await barrier.WaitAsync(Deadline)).Value == 0 ? 1 : 0;
            }

            return good;
        })));
        Assert.Equal(8 * 400, replies.Sum());
        await NothingIsLeft();
    }

    /// <summary>An operation whose second descriptor is closed before its turn is answered; a cancelled one gives its place back.</summary>
    [Fact]
    public async Task A_place_in_another_loops_lane_ends_with_its_descriptor_and_with_its_operation()
    {
        var files = await OpenOnBoth();
        Assert.Equal(0, Sys.Pipe(out var readEnd, out var writeEnd));
        using var read = new SafeFileHandle(readEnd, true);
        using var write = new SafeFileHandle(writeEnd, true);
        var input = files.Single(file => _io.LoopOf(file) != _io.LoopOf(write));
        Assert.Equal(100, (await _io.Client.PWriteAsync(input, new byte[100], 0)).Value);

        // The pipe is full: what is behind the first write waits, with its place in the other loop's lane.
        var filling = _io.Client.WriteAsync(write, new byte[1 << 20]).AsTask();
        var waiting = new SendFile(write, input, 0, 100);
        var sending = _io.Client.SubmitAsync(waiting).AsTask();
        var truncation = _io.Client.FTruncateAsync(input, 0).AsTask();
        Assert.Equal(0, (await _io.Client.CancelAsync(waiting)).Value);
        Assert.Equal(Errno.ECANCELED, (await sending.WaitAsync(Deadline)).Error);
        Assert.Equal(0, (await truncation.WaitAsync(Deadline)).Value);
        read.Dispose();
        Assert.True((await filling.WaitAsync(Deadline)).Value is 65536 or -(long)Errno.EPIPE);

        // Sent behind the Close of its input.
        var closing = _io.Client.CloseAsync((int)input.DangerousGetHandle()).AsTask();
        var late = _io.Client.CopyRangeAsync((int)input.DangerousGetHandle(), 0, files.Single(f => f != input), 0, 1).AsTask();
        Assert.Equal(0, (await closing.WaitAsync(Deadline)).Value);
        Assert.Equal(Errno.EBADF, (await late.WaitAsync(Deadline)).Error);
        input.SetHandleAsInvalid();
        await NothingIsLeft();
    }

    /// <summary>One loop fails: it alone restarts, and what is in flight on it goes on.</summary>
    [Fact]
    public async Task A_failing_loop_restarts_alone()
    {
        var files = await OpenOnBoth();
        var load = files.Select(file => Task.Run(async () =>
        {
            for (var i = 0; i < 2000; i++)
            {
                Assert.Equal(0, (await _io.Client.PReadAsync(file, new byte[16], 0).AsTask().WaitAsync(Deadline)).Value);
            }
        })).ToList();
        ((IInternalActorRef)_io.Loops[1].Backend).Restart(new BackendFailedException(new IOException("on purpose")));
        await Task.WhenAll(load);
        Assert.Equal(0, (await Counters(0)).Restarts);
        Assert.Equal(1, (await Counters(1)).Restarts);
        Assert.Equal(1, (await _io.Client.GetInfoAsync()).Counters.Restarts);
        await NothingIsLeft();
    }

    /// <summary>A loop that has stopped for good: its operations are answered, the other's go on, health is Down.</summary>
    [Fact]
    public async Task A_loop_that_is_gone_takes_only_its_own_descriptors_along()
    {
        var files = await OpenOnBoth();
        var watcher = _io.Loops[1].Backend.WatchAsync();
        _system.Stop(_io.Loops[1].Backend);
        await watcher.WaitAsync(Deadline);
        Assert.Equal(0, (await _io.Client.PReadAsync(files[0], new byte[1], 0)).Value);
        Assert.Equal(Errno.ECANCELED, (await _io.Client.PReadAsync(files[1], new byte[1], 0)).Error);
        Assert.Equal(Errno.ECANCELED, (await _io.Client.CopyRangeAsync(files[1], 0, files[0], 0, 1).AsTask().WaitAsync(Deadline)).Error);
        Assert.Equal(Errno.ECANCELED, (await _io.Client.CopyRangeAsync(files[0], 0, files[1], 0, 1).AsTask().WaitAsync(Deadline)).Error);
        Assert.True((await _io.Client.GetInfoAsync()).Counters.Submitted > 0);
        Assert.True(SpinWait.SpinUntil(() => _io.Health == IoHealth.Down, Deadline));
    }

    /// <summary>Stop through the one ref stops all; later operations are refused.</summary>
    [Fact]
    public async Task Stop_stops_every_loop()
    {
        var files = await OpenOnBoth();
        var stopped = _io.Loops.Select(loop => loop.Backend.WatchAsync()).Append(_io.Backend.WatchAsync()).ToList();
        var reply = await _io.Backend.Ask<IoResult>(new Stop(TimeSpan.FromSeconds(5))).WaitAsync(Deadline);
        Assert.Equal(0, reply.Value);
        await Task.WhenAll(stopped).WaitAsync(Deadline);
        foreach (var file in files)
        {
            Assert.Equal(Errno.ECANCELED, (await _io.Client.PReadAsync(file, new byte[1], 0)).Error);
        }
    }

    /// <summary>The number of a file that was closed comes back from an Open on the other loop, and means the new file.</summary>
    [Fact]
    public async Task A_number_that_an_Open_on_another_loop_brings_back_means_the_new_file()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "x"), "x");
        var wrong = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            var failures = 0;
            for (var i = 0; i < 500; i++)
            {
                var fd = (int)(await _io.Client.OpenAsync(Path.Combine(_folder, "x"))).Value;
                failures += (await _io.Client.PReadAsync(fd, new byte[4], 0)).Value == 1 ? 0 : 1;
                failures += (await _io.Client.CloseAsync(fd)).Value == 0 ? 0 : 1;
            }

            return failures;
        })));
        Assert.Equal(0, wrong.Sum());
        await NothingIsLeft();
    }

    /// <summary>An actor on a loop runs on its thread.</summary>
    [Fact]
    public async Task OnLoop_places_an_actor_on_the_loops_own_thread()
    {
        var threads = new HashSet<string>();
        foreach (var loop in _io.Loops)
        {
            var actor = _system.ActorOf(Props.Create(() => new ThreadTeller()).OnLoop(loop));
            threads.Add(await actor.Ask<string>("where?").WaitAsync(Deadline));
            Assert.Contains(loop.Dispatcher, threads);
        }

        Assert.Equal(2, threads.Count);
    }

    private async Task<SafeFileHandle[]> OpenOnBoth()
    {
        var files = new List<SafeFileHandle>();
        while (files.All(file => _io.LoopOf(file).Index != 0) || files.All(file => _io.LoopOf(file).Index != 1))
        {
            files.Add((await _io.Client.OpenAsync(
                Path.Combine(_folder, $"{files.Count}"), OpenFlags.ReadWrite | OpenFlags.Create)).Handle);
        }

        return [.. _io.Loops.Select(loop => files.First(file => _io.LoopOf(file) == loop))];
    }

    private async Task<BackendCounters> Counters(int loop) =>
        (await _io.Loops[loop].Backend.Ask<IoResult>(new GetInfo()).WaitAsync(Deadline)).Info.Counters;

    private async Task<long[]> Submitted() => [(await Counters(0)).Submitted, (await Counters(1)).Submitted];

    private async Task NothingIsLeft()
    {
        var counters = (await _io.Client.GetInfoAsync().AsTask().WaitAsync(Deadline)).Counters;
        Assert.Equal(0, counters.InFlight);
        Assert.Equal(0, counters.Waiting);
        Assert.Equal(0, counters.PinnedBuffers);
        Assert.Equal(counters.Submitted, counters.Replied);
    }

    private sealed class ThreadTeller : ReceiveActor
    {
        public ThreadTeller() => ReceiveAny(_ => Sender.Tell(Thread.CurrentThread.Name ?? ""));
    }
}
