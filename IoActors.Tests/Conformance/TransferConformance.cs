using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.IoActors.Tests.Support;
using Xunit;

namespace Akka.IoActors.Tests.Conformance;

/// <summary>SendFile, CopyRange, and the transfers that go on until they are through.</summary>
public abstract class TransferConformance(BackendFixture fixture) : ConformanceTest(fixture)
{
    [Fact]
    public async Task SendFile_moves_a_file_into_a_pipe_a_socket_and_a_file()
    {
        var data = Bytes(10_000);
        File.WriteAllBytes(PathOf("in"), data);
        var input = await OpenFile("in", OpenFlags.ReadOnly);

        var (read, write) = MakePipe();
        Assert.Equal(4000, (await Do(new SendFile(write, input, 1000, 4000))).Value);
        var buffer = new byte[4000];
        Assert.True((await Io.Client.ReadExactlyAsync(read, buffer)).IsComplete);
        Assert.Equal(data[1000..5000], buffer);

        var (near, far) = MakeSocketPair();
        Assert.Equal(10_000, (await Do(new SendFile(near, input, 0, 10_000))).Value);
        buffer = new byte[10_000];
        Assert.True((await Io.Client.ReadExactlyAsync(far, buffer)).IsComplete);
        Assert.Equal(data, buffer);

        var output = await OpenFile("out");
        await Do(new Write(output, "head"u8.ToArray()));
        Assert.Equal(10_000, (await Do(new SendFile(output, input, 0, 10_000))).Value);
        Assert.Equal(data, File.ReadAllBytes(PathOf("out"))[4..]);
        Assert.Equal(0, (await Do(new LSeek(input, 0, SeekWhence.Current))).Value);
    }

    [Fact]
    public async Task Splice_moves_what_there_is_between_pipes_files_and_sockets()
    {
        var data = Bytes(300_000);
        File.WriteAllBytes(PathOf("in"), data);
        var input = await OpenFile("in", OpenFlags.ReadOnly);
        var output = await OpenFile("out");
        var (read, write) = MakePipe();
        var (listener, client) = MakeListener();
        await client.ConnectAsync(listener.LocalEndPoint!);
        var server = Own((await Do(new Accept(listener))).SocketHandle);
        var (read2, write2) = MakePipe();

        // File, pipe, socket, socket, pipe, file; each waits for the one before it.
        var links = new[]
        {
            Link(write, input), Link(server, read), Link(write2, client), Link(output, read2),
        };
        Assert.Equal(data.Length, await links[0]);
        await Do(new Close(write));
        Assert.Equal(data.Length, await links[1]);
        await Do(new Shutdown(server, SocketShutdown.Send));
        Assert.Equal(data.Length, await links[2]);
        await Do(new Close(write2));
        Assert.Equal(data.Length, await links[3]);
        Assert.Equal(data, File.ReadAllBytes(PathOf("out")));

        Assert.Equal(Errno.EINVAL, (await Do(new Splice(output, input, 10))).Error);
        Assert.Equal(Errno.EBADF, (await Do(new Splice(9999, read, 10))).Error);
        Assert.Throws<ArgumentOutOfRangeException>(() => new Splice(output, read, -1));

        async Task<long> Link(Descriptor to, Descriptor from)
        {
            for (var sum = 0L; ;)
            {
                var moved = (await Do(new Splice(to, from, 65_536))).GetValueOrThrow();
                if (moved == 0)
                {
                    return sum;
                }

                sum += moved;
            }
        }
    }

    [Fact]
    public async Task Tee_gives_a_second_pipe_what_the_first_keeps()
    {
        var (read, write) = MakePipe();
        var (read2, write2) = MakePipe();
        var waiting = Send(new Tee(write2, read, 100));
        await Do(new Flush());
        Assert.False(waiting.IsCompleted);
        await Do(new Write(write, "twice"u8.ToArray()));
        Assert.Equal(5, (await waiting).Value);
        foreach (var end in new[] { read, read2 })
        {
            var buffer = new byte[10];
            Assert.Equal(5, (await Do(new Read(end, buffer))).Value);
            Assert.Equal("twice"u8.ToArray(), buffer[..5]);
        }

        await Do(new Close(write));
        Assert.Equal(0, (await Do(new Tee(write2, read, 100))).Value);
        Assert.Equal(Errno.EINVAL, (await Do(new Tee(write2, read2, 100))).Error);
    }

    [Fact]
    public async Task A_splice_that_waits_keeps_its_place_is_cancelled_by_itself_and_by_a_Close_of_its_input()
    {
        var (read, write) = MakePipe();
        var (read2, write2) = MakePipe();
        var splice = new Splice(write2, read, 3);
        var waiting = Send(splice);

        // What reads the input later gets what is behind.
        var buffer = new byte[10];
        var behind = Send(new Read(read, buffer));
        await Do(new Write(write, "abcdef"u8.ToArray()));
        Assert.Equal(3, (await waiting).Value);
        Assert.Equal(3, (await behind).Value);
        Assert.Equal("def"u8.ToArray(), buffer[..3]);
        Assert.Equal(3, (await Do(new Read(read2, buffer))).Value);
        Assert.Equal("abc"u8.ToArray(), buffer[..3]);

        waiting = Send(splice);
        await Do(new Flush());
        Assert.Equal(0, (await Do(new Cancel(splice))).Value);
        Assert.Equal(Errno.ECANCELED, (await waiting).Error);
        waiting = Send(splice);
        await Do(new Flush());
        Assert.Equal(0, (await Do(new Close(read))).Value);
        Assert.Contains((await waiting).Error, new[] { Errno.ECANCELED, Errno.EBADF });
    }

    [Fact]
    public async Task A_splice_of_an_idle_pipe_is_cancelled_by_a_Close_of_its_output_and_others_go_on()
    {
        var (read, _) = MakePipe();
        var (_, write2) = MakePipe();
        var waiting = Send(new Splice(write2, read, 3));
        await Do(new Flush());
        Assert.Equal(0, (await Do(new Close(write2))).Value);
        Assert.Equal(Errno.ECANCELED, (await waiting).Error);

        // Both ways over one socket at once: one that ends leaves the other as it is.
        var (listener, client) = MakeListener();
        await client.ConnectAsync(listener.LocalEndPoint!);
        var server = Own((await Do(new Accept(listener))).SocketHandle);
        var (read3, write3) = MakePipe();
        var (read4, write4) = MakePipe();
        var receiving = Send(new Splice(write3, server, 10));
        await Do(new Write(write4, "there"u8.ToArray()));
        Assert.Equal(5, (await Do(new Splice(server, read4, 10))).Value);
        var again = Send(new Splice(server, read4, 10));
        client.Send("back"u8);
        Assert.Equal(4, (await receiving).Value);
        await Do(new Write(write4, "x"u8.ToArray()));
        Assert.Equal(1, (await again).Value);
        Assert.Equal("therex"u8.ToArray(), await ReadAll(client, 6));
        Assert.Equal("back"u8.ToArray(), await ReadAll(read3, 4));
    }

    [Fact]
    public async Task SendFile_to_one_that_does_not_read_can_be_cancelled_and_holds_nobody_up()
    {
        // More of them than there are threads, and each with more than the kernel has room for.
        using (var file = File.Create(PathOf("in")))
        {
            file.SetLength(50_000_000);
        }

        var input = await OpenFile("in", OpenFlags.ReadOnly);
        var sends = new List<SendFile>();
        var waiting = new List<Task<IoResult>>();
        for (var n = 0; n < 40; n++)
        {
            var (listener, client) = MakeListener();
            await client.ConnectAsync(listener.LocalEndPoint!);
            var send = new SendFile(Own((await Do(new Accept(listener))).SocketHandle), input, 0, 50_000_000);
            sends.Add(send);
            waiting.Add(Send(send));
        }

        Assert.Equal(1000, (await Do(new PRead(input, new byte[1000], 0))).Value);
        foreach (var send in sends)
        {
            Assert.Equal(0, (await Do(new Cancel(send))).Value);
        }

        foreach (var result in await Task.WhenAll(waiting))
        {
            // Some may not have begun.
            Assert.True(result.IsSuccess ? result.Value is > 0 and < 50_000_000 : result.Error == Errno.ECANCELED, $"{result}");
        }
    }

    [Fact]
    public async Task SendFile_ends_where_the_file_ends_and_of_nothing_sends_nothing()
    {
        File.WriteAllBytes(PathOf("in"), Bytes(1000));
        var input = await OpenFile("in", OpenFlags.ReadOnly);
        var (read, write) = MakePipe();
        Assert.Equal(300, (await Do(new SendFile(write, input, 700, 5000))).Value);
        Assert.Equal(0, (await Do(new SendFile(write, input, 1000, 5000))).Value);
        Assert.Equal(0, (await Do(new SendFile(write, input, 0, 0))).Value);
        var buffer = new byte[1000];
        Assert.Equal(300, (await Do(new Read(read, buffer))).Value);
        Assert.Equal(Bytes(1000)[700..], buffer[..300]);
    }

    [Fact]
    public async Task SendFile_goes_through_whole_to_a_slow_reader_between_other_sends()
    {
        var data = Bytes(4 << 20);
        File.WriteAllBytes(PathOf("in"), data);
        var input = await OpenFile("in", OpenFlags.ReadOnly);
        var (near, far) = MakeSocketPair();
        var replies = new[]
        {
            Send(new Send(near, "before"u8.ToArray())),
            Send(new SendFile(near, input, 0, data.Length)),
            Send(new Send(near, "after"u8.ToArray())),
        };
        var expected = "before"u8.ToArray().Concat(data).Concat("after"u8.ToArray()).ToArray();
        var back = new byte[expected.Length];
        for (var got = 0; got < back.Length;)
        {
            got += (int)(await Do(new Recv(far, back.AsMemory(got, Math.Min(100_000, back.Length - got))))).GetValueOrThrow();
        }

        Assert.True(expected.AsSpan().SequenceEqual(back));
        Assert.Equal(6, (await replies[0]).Value);
        Assert.Equal(data.Length, (await replies[1]).Value);
        Assert.Equal(5, (await replies[2]).Value);
    }

    [Fact]
    public async Task SendFile_says_what_stands_in_its_way_and_keeps_no_pipe()
    {
        File.WriteAllBytes(PathOf("in"), Bytes(1000));
        var input = await OpenFile("in", OpenFlags.ReadOnly);
        var (read, write) = MakePipe();
        var before = OpenPipes();
        Assert.Equal(Errno.EBADF, (await Do(new SendFile(write, -1, 0, 10))).Error);
        Assert.Equal(Errno.EBADF, (await Do(new SendFile(-1, input, 0, 10))).Error);
        Assert.Equal(Errno.ESPIPE, (await Do(new SendFile(write, read, 0, 10))).Error);
        var (broken, end) = MakePipe();
        broken.Dispose();
        Assert.Equal(Errno.EPIPE, (await Do(new SendFile(end, input, 0, 10))).Error);
        end.Dispose();
        Assert.Equal(before, OpenPipes());
    }

    [Fact]
    public async Task SendFile_can_be_cancelled_and_its_input_is_held_until_its_end()
    {
        File.WriteAllBytes(PathOf("in"), Bytes(1 << 20));
        var input = await OpenFile("in", OpenFlags.ReadOnly);
        var (read, write) = MakePipe();
        var before = OpenPipes();
        var operation = new SendFile(write, input, 0, 1 << 20);
        var sending = Send(operation);
        var closing = Send(new Close(input));
        await Do(new Read(read, new byte[1000]));
        Assert.False(closing.IsCompleted);
        Assert.Equal(0, (await Do(new Cancel(operation))).Value);
        var result = await sending;
        Assert.True(result.Value is > 0 and < 1 << 20, result.ToString());
        Assert.Equal(0, (await closing).Value);
        Assert.Equal(before, OpenPipes());
    }

    [Fact]
    public async Task CopyRange_within_a_file_that_is_being_closed_is_refused_once()
    {
        var restarts = (await Do(new GetInfo())).Info.Counters.Restarts;
        for (var round = 0; round < 50; round++)
        {
            var number = (int)(await Do(
                new Open(PathOf("closing"), OpenFlags.ReadWrite | OpenFlags.Create))).Value;
            var write = Send(new PWrite(number, Bytes(100), 0));
            var close = Send(new Close(number));
            var copy = Send(new CopyRange(number, 0, number, 100, 50));
            Assert.Equal(100, (await write).Value);
            Assert.Equal(0, (await close).Value);
            Assert.Equal(Errno.EBADF, (await copy).Error);
        }

        Assert.Equal(restarts, (await Do(new GetInfo())).Info.Counters.Restarts);
    }

    [Fact]
    public async Task CopyRange_copies_at_offsets_and_ends_where_the_source_ends()
    {
        var data = Bytes(100_000);
        File.WriteAllBytes(PathOf("in"), data);
        var input = await OpenFile("in");
        var output = await OpenFile("out");
        Assert.Equal(50_000, (await Do(new CopyRange(input, 10_000, output, 7, 50_000))).Value);
        Assert.Equal(data[10_000..60_000], File.ReadAllBytes(PathOf("out"))[7..]);
        Assert.Equal(1000, (await Do(new CopyRange(input, 99_000, output, 0, 1 << 30))).Value);
        Assert.Equal(0, (await Do(new CopyRange(input, 100_000, output, 0, 10))).Value);
        Assert.Equal(5000, (await Do(new CopyRange(input, 0, input, 200_000, 5000))).Value);
        Assert.Equal(Errno.EINVAL, (await Do(new CopyRange(input, 0, input, 100, 5000))).Error);
    }

    [Fact]
    public async Task CopyRange_crosses_file_systems()
    {
        const string elsewhere = "/dev/shm";
        var data = Bytes(3_000_000);
        File.WriteAllBytes(PathOf("in"), data);
        var input = await OpenFile("in", OpenFlags.ReadOnly);
        var result = await Do(new Open(elsewhere, OpenFlags.ReadWrite | OpenFlags.TemporaryFile));
        var output = Own(result.Handle);
        Assert.Equal(data.Length, (await Do(new CopyRange(input, 0, output, 0, data.Length))).Value);
        var back = new byte[data.Length];
        Assert.Equal(data.Length, (await Do(new PRead(output, back, 0))).Value);
        Assert.True(data.AsSpan().SequenceEqual(back));
    }

    [Fact]
    public async Task An_operation_on_two_descriptors_waits_its_turn_on_both()
    {
        File.WriteAllBytes(PathOf("in"), Bytes(1000));
        var input = await OpenFile("in");
        var output = await OpenFile("out");
        var replies = new[]
        {
            Send(new FTruncate(input, 500)),
            Send(new CopyRange(input, 0, output, 0, 1000)),
            Send(new FTruncate(input, 0)),
            Send(new FStat(output)),
        };
        var results = await Task.WhenAll(replies);
        Assert.Equal(500, results[1].Value);
        Assert.Equal(500, results[3].Status.Size);
        Assert.Equal(0, new FileInfo(PathOf("in")).Length);
        var waiting = Send(new SendFile(output, input, 0, 0));
        Assert.Equal(0, (await waiting).Value);
    }

    [Fact]
    public async Task Transfers_finish_the_job_or_say_how_far_they_got()
    {
        var data = Bytes(300_000);
        var file = await OpenFile();
        Assert.True((await Io.Client.WriteAllAsync(file, data, 100)).IsComplete);
        var back = new byte[data.Length];
        Assert.True((await Io.Client.ReadExactlyAsync(file, back, 100)).IsComplete);
        Assert.Equal(data, back);
        Assert.Equal(
            new IoTransfer(100, 500, Errno.None), await Io.Client.ReadExactlyAsync(file, new byte[500], data.Length));
        Assert.Equal(
            new IoTransfer(0, 500, Errno.EBADF), await Io.Client.ReadExactlyAsync(-1, new byte[500], 0));

        var (read, write) = MakePipe();
        var writing = Io.Client.WriteAllAsync(write, data).AsTask();
        back = new byte[data.Length];
        Assert.True((await Io.Client.ReadExactlyAsync(read, back)).IsComplete);
        Assert.True((await writing).IsComplete);
        Assert.Equal(data, back);
    }

    [SkippableTheory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task A_full_disk_cuts_a_write_at_the_position_short_and_the_position_stands_behind_it(bool append, bool vector)
    {
        // A ring tries the rest again in the kernel, and forgets to move the position when that fails.
        var small = PathOf("small");
        Directory.CreateDirectory(small);
        await using var disk = await Mounted.Tmpfs(small, "64k");
        using var file = (await Do(new Open(
            Path.Combine(small, "file"), OpenFlags.ReadWrite | OpenFlags.Create | (append ? OpenFlags.Append : 0)))).Handle;
        var bytes = new byte[100_000];
        new Random(1).NextBytes(bytes);
        Assert.Equal(10_000, (await Do(new Write(file, bytes.AsMemory(0, 10_000)))).Value);
        var rest = bytes.AsMemory(10_000);
        Assert.Equal(55_536, (await Do(vector ? new WriteV(file, [rest[..20_000], rest[20_000..]]) : new Write(file, rest))).Value);
        Assert.Equal(65_536, (await Do(new LSeek(file, 0, SeekWhence.Current))).Value);
        Assert.Equal(-(long)Errno.ENOSPC, (await Do(new Write(file, rest))).Value);
        Assert.Equal(65_536, (await Do(new LSeek(file, 0, SeekWhence.Current))).Value);
        Assert.Equal(bytes[..65_536], await File.ReadAllBytesAsync(Path.Combine(small, "file")));
    }

    [SkippableFact]
    public async Task A_full_disk_stops_a_transfer_and_the_handle_works_again_when_there_is_room()
    {
        var small = PathOf("small");
        Directory.CreateDirectory(small);
        await using var disk = await Mounted.Tmpfs(small, "1m");
        using var file = (await Do(new Open(
            Path.Combine(small, "file"), OpenFlags.ReadWrite | OpenFlags.Create))).Handle;
        File.WriteAllBytes(Path.Combine(small, "ballast"), new byte[512 * 1024]);
        var transfer = await Io.Client.WriteAllAsync(file, new byte[1 << 20], 0);
        Assert.Equal(Errno.ENOSPC, transfer.Error);
        Assert.Equal(512 * 1024, transfer.Transferred);
        File.Delete(Path.Combine(small, "ballast"));
        Assert.Equal(4096, (await Do(new PWrite(file, new byte[4096], 512 * 1024))).Value);
        Assert.Equal(0, (await Do(new FSync(file))).Value);
    }

    [Fact]
    public async Task A_read_with_a_callback_calls_it_once_and_replies_to_nobody()
    {
        File.WriteAllBytes(PathOf("file"), Bytes(100));
        var file = await OpenFile();
        var context = new object();
        var buffer = new byte[100];
        var calls = 0;
        var called = new TaskCompletionSource<(IoResult Result, object? Context, string? Thread)>();
        var operation = new PRead(
            file,
            buffer,
            0,
            (result, given) =>
            {
                Interlocked.Increment(ref calls);
                called.TrySetResult((result, given, Thread.CurrentThread.Name));
            },
            context);
        var probe = Inbox.Create(System);
        Io.Backend.Tell(operation, probe.Receiver);
        var (reply, given, thread) = await called.Task.WaitAsync(Deadline);
        Assert.Same(operation, reply.Operation);
        Assert.Equal(100, reply.Value);
        Assert.Same(context, given);
        Assert.Equal(Bytes(100), buffer);
        Assert.DoesNotContain("io-actors", thread ?? "", StringComparison.Ordinal);

        var failed = new TaskCompletionSource<IoResult>();
        Io.Backend.Tell(new PRead(-1, buffer, 0, (result, _) => failed.TrySetResult(result), null), probe.Receiver);
        Assert.Equal(Errno.EBADF, (await failed.Task.WaitAsync(Deadline)).Error);
        probe.Receiver.Tell("nothing else");
        Assert.Equal("nothing else", probe.Receive(Deadline));
        Assert.Equal(1, calls);
        Assert.Throws<ArgumentNullException>(() => new PRead(file, buffer, 0, null!, null));
    }

    [Fact]
    public async Task A_callback_that_throws_is_logged_and_ends_nothing()
    {
        File.WriteAllBytes(PathOf("file"), Bytes(100));
        var file = await OpenFile();
        var log = Inbox.Create(System);
        System.EventStream.Subscribe(log.Receiver, typeof(Akka.Event.Error));
        Io.Backend.Tell(new PRead(file, new byte[100], 0, (_, _) => throw new InvalidTimeZoneException("mine"), null));

        var error = (Akka.Event.Error)log.Receive(Deadline);
        Assert.IsType<InvalidTimeZoneException>(error.Cause);
        Assert.Contains("PRead(fd ", error.Message.ToString(), StringComparison.Ordinal);
        Assert.Equal(100, (await Do(new PRead(file, new byte[100], 0))).Value);
    }

    [Fact]
    public async Task Poll_takes_in_at_once_waits_for_a_completion_or_for_its_time()
    {
        Assert.Equal(0, (await Do(new Poll(TimeSpan.FromMilliseconds(20)))).Value);
        Assert.True((await Do(new Poll(TimeSpan.Zero))).Value >= 0);
        var (read, write) = MakePipe();
        var reading = Send(new Read(read, new byte[1]));
        await Do(new Flush());
        var polls = new[] { Send(new Poll(Timeout.InfiniteTimeSpan)), Send(new Poll(Timeout.InfiniteTimeSpan)) };
        await Do(new Write(write, new byte[1]));
        Assert.Equal(1, (await reading).Value);
        Assert.All(await Task.WhenAll(polls), poll => Assert.True(poll.Value > 0, poll.ToString()));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Poll(TimeSpan.FromMilliseconds(-5)));
    }

    [Fact]
    public async Task Blocking_calls_work_on_a_plain_thread_and_refuse_on_a_loops_own()
    {
        var file = await OpenFile();
        await Task.Run(() =>
        {
            Assert.Equal(5, Io.Client.WriteBlocking(file, "hello"u8.ToArray(), 0).Value);
            var buffer = new byte[5];
            Assert.Equal(5, Io.Client.ReadBlocking(file, buffer, 0).Value);
            Assert.Equal("hello"u8.ToArray(), buffer);
            Assert.Equal(0, Io.Client.FSyncBlocking(file).Value);
            Assert.Equal(0, Io.Client.FTruncateBlocking(file, 2).Value);
            Assert.Equal(2, Io.Client.FStatBlocking(file).Status.Size);
        }).WaitAsync(Deadline);

        var refused = new TaskCompletionSource<Exception?>();
        var actor = System.ActorOf(
            Props.Create(() => new Blocker(Io.Client, file, refused)).WithDispatcher("io-actors.loop-dispatcher"));
        Assert.IsType<InvalidOperationException>(await refused.Task.WaitAsync(Deadline));
        Assert.True(await actor.GracefulStop(Deadline));
    }

    /// <summary>
    /// The ends of pipes that are open, after the collector has closed those that earlier tests (and the processes
    /// that they ran) left to it.
    /// </summary>
    private static int OpenPipes()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return Directory.GetFiles("/proc/self/fd")
            .Count(link => new FileInfo(link).LinkTarget?.StartsWith("pipe:", StringComparison.Ordinal) ?? false);
    }

    private sealed class Blocker : ReceiveActor
    {
        public Blocker(IoClient client, Descriptor file, TaskCompletionSource<Exception?> refused) =>
            refused.TrySetResult(Record.Exception(() => client.FStatBlocking(file)));
    }
}
