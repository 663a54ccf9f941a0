using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.IoActors.Tests.Support;
using Xunit;

namespace Akka.IoActors.Tests.Conformance;

/// <summary>Pipes, order on a descriptor, Close and Cancel, on every backend.</summary>
public abstract class StreamConformance(BackendFixture fixture) : ConformanceTest(fixture)
{
    [Fact]
    public async Task A_read_of_an_empty_pipe_waits_for_bytes()
    {
        var (read, write) = MakePipe();
        var buffer = new byte[10];
        var reading = Send(new Read(read, buffer));
        await Do(new Flush());
        Assert.False(reading.IsCompleted);
        Assert.Equal(3, (await Do(new Write(write, "abc"u8.ToArray()))).Value);
        Assert.Equal(3, (await reading).Value);
        Assert.Equal("abc"u8.ToArray(), buffer[..3]);
    }

    [Fact]
    public async Task A_read_gives_zero_when_the_last_writer_has_gone()
    {
        var (read, write) = MakePipe();
        var reading = Send(new Read(read, new byte[10]));
        Assert.Equal(0, (await Do(new Close(write))).Value);
        Assert.Equal(0, (await reading).Value);
    }

    [Fact]
    public async Task A_write_larger_than_the_pipe_goes_through_whole()
    {
        var (read, write) = MakePipe();
        var data = Bytes(1 << 20);
        var writing = Send(new Write(write, data));
        var back = new byte[data.Length];
        var got = 0;
        while (got < back.Length)
        {
            var result = await Do(new Read(read, back.AsMemory(got)));
            Assert.True(result.Value > 0, result.ToString());
            got += (int)result.Value;
        }

        Assert.Equal(data.Length, (await writing).Value);
        Assert.True(data.AsSpan().SequenceEqual(back));
    }

    [Fact]
    public async Task Writes_of_many_producers_are_never_mixed()
    {
        var (read, write) = MakePipe();
        const int producers = 8;
        const int each = 25;
        const int size = 100_000;
        var writing = Enumerable.Range(0, producers).Select(producer => Task.Run(async () =>
        {
            for (var i = 0; i < each; i++)
            {
                var block = new byte[size];
                Array.Fill(block, (byte)(producer * each + i + 1));
                Assert.Equal(size, (await Do(new Write(write, block))).Value);
            }
        })).ToArray();

        var all = new byte[producers * each * size];
        var got = 0;
        while (got < all.Length)
        {
            got += (int)(await Do(new Read(read, all.AsMemory(got)))).GetValueOrThrow();
        }

        await Task.WhenAll(writing).WaitAsync(Deadline);
        var seen = new List<byte>();
        for (var block = 0; block < producers * each; block++)
        {
            var span = all.AsSpan(block * size, size);
            Assert.Equal(-1, span.IndexOfAnyExcept(span[0]));
            seen.Add(span[0]);
        }

        Assert.Equal(producers * each, seen.Distinct().Count());

        // Each producer's own come in its order.
        foreach (var group in seen.GroupBy(value => (value - 1) / each))
        {
            Assert.Equal(group.Order(), group);
        }
    }

    [Fact]
    public async Task Operations_of_one_sender_take_effect_in_its_order()
    {
        var file = await OpenFile();
        var replies = new List<Task<IoResult>>();
        for (var i = 0; i < 100; i++)
        {
            replies.Add(Send(new Write(file, BitConverter.GetBytes(i))));
        }

        // Sees all of the writes, and cuts them; the next write stands behind the cursor, not the end.
        var stat = Send(new FStat(file));
        var cut = Send(new FTruncate(file, 10));
        var after = Send(new Write(file, "end"u8.ToArray()));
        Assert.All(await Task.WhenAll(replies), result => Assert.Equal(4, result.Value));
        Assert.Equal(400, (await stat).Status.Size);
        Assert.Equal(0, (await cut).Value);
        Assert.Equal(3, (await after).Value);
        var content = File.ReadAllBytes(PathOf("file"));
        Assert.Equal(403, content.Length);
        Assert.Equal(new byte[] { 0, 0, 0, 0, 1, 0, 0, 0, 2, 0 }, content[..10]);
        Assert.All(content[10..400], b => Assert.Equal(0, b));
        Assert.Equal("end"u8.ToArray(), content[400..]);
    }

    [Fact]
    public async Task Reads_and_writes_of_a_file_share_one_cursor_in_order()
    {
        // Long ones before short ones: without the law the short ones overtake.
        const int longRead = 256 * 1024;
        const int rounds = 30;
        var original = Bytes(rounds * (longRead + 2));
        File.WriteAllBytes(PathOf("file"), original);
        var file = await OpenFile();
        var buffers = Enumerable.Range(0, rounds).Select(_ => new byte[longRead]).ToArray();
        var replies = new List<Task<IoResult>>();
        for (var round = 0; round < rounds; round++)
        {
            replies.Add(Send(new Read(file, buffers[round])));
            replies.Add(Send(new Write(file, "AB"u8.ToArray())));
        }

        var results = await Task.WhenAll(replies);
        var expected = (byte[])original.Clone();
        for (var round = 0; round < rounds; round++)
        {
            var start = round * (longRead + 2);
            Assert.Equal(longRead, results[round * 2].Value);
            Assert.Equal(2, results[round * 2 + 1].Value);
            Assert.True(original.AsSpan(start, longRead).SequenceEqual(buffers[round]), $"round {round}");
            "AB"u8.CopyTo(expected.AsSpan(start + longRead));
        }

        Assert.True(expected.AsSpan().SequenceEqual(File.ReadAllBytes(PathOf("file"))));
    }

    [Fact]
    public async Task FSync_waits_for_earlier_writes_and_later_writes_do_not_wait_for_it()
    {
        var file = await OpenFile();
        var replies = new List<Task<IoResult>>();
        for (var i = 0; i < 50; i++)
        {
            replies.Add(Send(new PWrite(file, Bytes(4096, i), i * 4096)));
            if (i % 5 == 0)
            {
                replies.Add(Send(new FSync(file)));
            }
        }

        Assert.All(await Task.WhenAll(replies), result => Assert.True(result.IsSuccess, result.ToString()));
        Assert.Equal(50 * 4096, new FileInfo(PathOf("file")).Length);
    }

    [Fact]
    public async Task Close_lets_file_operations_finish_and_refuses_what_comes_behind_it()
    {
        var number = (int)(await Do(new Open(PathOf("file"), OpenFlags.ReadWrite | OpenFlags.Create))).Value;
        var data = Bytes(1 << 20);
        var write = Send(new PWrite(number, data, 0));
        var sync = Send(new FSync(number));
        var close = Send(new Close(number));
        var late = new[] { Send(new PWrite(number, data, 0)), Send(new FStat(number)), Send(new Close(number)) };
        Assert.Equal(data.Length, (await write).Value);
        Assert.Equal(0, (await sync).Value);
        Assert.Equal(0, (await close).Value);
        Assert.All(await Task.WhenAll(late), result => Assert.Equal(Errno.EBADF, result.Error));
        Assert.Equal(data, File.ReadAllBytes(PathOf("file")));
    }

    [Fact]
    public async Task Close_cancels_idle_waits_started_or_not()
    {
        var (read, _) = MakePipe();
        var number = (int)read.DangerousGetHandle();
        var waits = Enumerable.Range(0, 10).Select(_ => Send(new Read(number, new byte[1]))).ToArray();
        await Do(new Flush());
        Assert.All(waits, wait => Assert.False(wait.IsCompleted));
        Assert.Equal(0, (await Do(new Close(read))).Value);
        Assert.All(await Task.WhenAll(waits), result => Assert.Equal(Errno.ECANCELED, result.Error));
    }

    [Fact]
    public async Task Close_cancels_an_idle_wait_that_stands_behind_a_barrier()
    {
        var (read, _) = MakePipe();
        var number = (int)read.DangerousGetHandle();
        var waiting = Send(new Read(number, new byte[1]));
        var cut = Send(new FTruncate(number, 0));
        var behind = Send(new Read(number, new byte[1]));
        await Do(new Flush());
        Assert.Equal(0, (await Do(new Close(read))).Value);
        Assert.Equal(Errno.ECANCELED, (await waiting).Error);
        Assert.Equal(Errno.EINVAL, (await cut).Error);
        Assert.Equal(Errno.ECANCELED, (await behind).Error);
    }

    [Fact]
    public async Task A_number_that_was_closed_and_opened_again_serves_the_new_file()
    {
        for (var i = 0; i < 200; i++)
        {
            var number = (int)(await Do(new Open(PathOf($"{i}"), OpenFlags.ReadWrite | OpenFlags.Create))).Value;
            var write = Send(new PWrite(number, BitConverter.GetBytes(i), 0));
            var close = Send(new Close(number));
            Assert.Equal(4, (await write).Value);
            Assert.Equal(0, (await close).Value);
        }

        for (var i = 0; i < 200; i++)
        {
            Assert.Equal(BitConverter.GetBytes(i), File.ReadAllBytes(PathOf($"{i}")));
        }
    }

    [Fact]
    public async Task Cancel_ends_an_idle_read_and_loses_no_byte()
    {
        var (read, write) = MakePipe();
        var operation = new Read(read, new byte[10]);
        var reading = Send(operation);
        Assert.Equal(0, (await Do(new Cancel(operation))).Value);
        Assert.Equal(Errno.ECANCELED, (await reading).Error);
        Assert.Equal(Errno.ENOENT, (await Do(new Cancel(operation))).Error);

        await Do(new Write(write, "kept"u8.ToArray()));
        var buffer = new byte[10];
        Assert.Equal(4, (await Do(new Read(read, buffer))).Value);
        Assert.Equal("kept"u8.ToArray(), buffer[..4]);
    }

    [Fact]
    public async Task Cancel_ends_an_operation_that_has_not_started()
    {
        var (read, write) = MakePipe();
        var first = Send(new Read(read, new byte[1]));
        var operation = new Read(read, new byte[1]);
        var second = Send(operation);
        var third = Send(new Read(read, new byte[1]));
        Assert.Equal(0, (await Do(new Cancel(operation))).Value);
        Assert.Equal(Errno.ECANCELED, (await second).Error);
        await Do(new Write(write, "ab"u8.ToArray()));
        Assert.Equal(1, (await first).Value);
        Assert.Equal(1, (await third).Value);
    }

    [Fact]
    public async Task A_cancelled_token_ends_the_operation_which_still_has_one_reply()
    {
        var (read, _) = MakePipe();
        using var source = new CancellationTokenSource();
        var reading = Io.Client.ReadAsync(read, new byte[1], source.Token).AsTask();
        await Do(new Flush());
        await source.CancelAsync();
        Assert.Equal(Errno.ECANCELED, (await reading.WaitAsync(Deadline)).Error);
        using var early = new CancellationTokenSource(0);
        await early.CancelAsync();
        Assert.Equal(
            Errno.ECANCELED,
            (await Io.Client.ReadAsync(read, new byte[1], early.Token).AsTask().WaitAsync(Deadline)).Error);
    }

    [Fact]
    public async Task Cancel_races_with_completion_and_each_operation_has_one_outcome()
    {
        var (read, write) = MakePipe();
        var arrived = 0;
        for (var i = 0; i < 2000; i++)
        {
            var operation = new Read(read, new byte[1]);
            var reading = Send(operation);
            var writing = Send(new Write(write, new byte[1]));
            var cancel = Send(new Cancel(operation));
            var result = await reading;
            Assert.Equal(1, (await writing).Value);
            Assert.True((await cancel).Error is Errno.None or Errno.ENOENT);
            if (result.IsSuccess)
            {
                arrived++;
                Assert.Equal(1, result.Value);
            }
            else
            {
                Assert.Equal(Errno.ECANCELED, result.Error);
                Assert.Equal(1, (await Do(new Read(read, new byte[1]))).Value);
            }
        }

        Assert.InRange(arrived, 0, 2000);
    }

    [Fact]
    public async Task A_write_to_a_pipe_without_reader_answers_EPIPE_and_the_process_lives()
    {
        var (read, write) = MakePipe();
        read.Dispose();
        Assert.Equal(Errno.EPIPE, (await Do(new Write(write, new byte[1]))).Error);
        Assert.Equal(Errno.EPIPE, (await Do(new Write(write, new byte[1 << 20]))).Error);
    }

    [Fact]
    public async Task A_nonblocking_pipe_waits_like_any_other()
    {
        Assert.Equal(0, Fifo.Make(PathOf("fifo")));
        var reader = await OpenFile("fifo", OpenFlags.ReadOnly | OpenFlags.NonBlock);
        var writer = await OpenFile("fifo", OpenFlags.WriteOnly | OpenFlags.NonBlock);
        var buffer = new byte[4];
        var reading = Send(new Read(reader, buffer));
        await Do(new Flush());
        Assert.False(reading.IsCompleted);
        await Do(new Write(writer, "ping"u8.ToArray()));
        Assert.Equal(4, (await reading).Value);
        Assert.Equal("ping"u8.ToArray(), buffer);

        // More than fits: the writer waits for the reader, and no EAGAIN comes through.
        var data = Bytes(300_000);
        var writing = Send(new Write(writer, data));
        var back = new byte[data.Length];
        for (var got = 0; got < back.Length;)
        {
            got += (int)(await Do(new Read(reader, back.AsMemory(got)))).GetValueOrThrow();
        }

        Assert.Equal(data.Length, (await writing).Value);
        Assert.Equal(data, back);
    }

    [Fact]
    public async Task Idle_waits_do_not_keep_files_waiting()
    {
        var pipes = Enumerable.Range(0, 500).Select(_ => MakePipe()).ToArray();
        var waits = pipes.Select(pipe => Send(new Read(pipe.Read, new byte[1]))).ToArray();
        var file = await OpenFile();
        for (var i = 0; i < 50; i++)
        {
            Assert.Equal(100, (await Do(new PWrite(file, Bytes(100, i), i * 100))).Value);
        }

        Assert.All(waits, wait => Assert.False(wait.IsCompleted));
        foreach (var pipe in pipes)
        {
            await Do(new Write(pipe.Write, new byte[1]));
        }

        Assert.All(await Task.WhenAll(waits), result => Assert.Equal(1, result.Value));
    }

    [Fact]
    public async Task A_lone_operation_completes_without_anybody_flushing()
    {
        var file = await OpenFile();
        for (var i = 0; i < 200; i++)
        {
            var result = await Io.Backend.Ask<IoResult>(new PWrite(file, new byte[] { (byte)i }, i), Deadline);
            Assert.Equal(1, result.Value);
        }

        Assert.Equal(200, new FileInfo(PathOf("file")).Length);
    }

    [Fact]
    public async Task Many_threads_tell_and_each_reply_reaches_its_own_sender()
    {
        var file = await OpenFile();
        await Do(new PWrite(file, Bytes(1 << 16), 0));
        var whole = Bytes(1 << 16);
        await Task.WhenAll(Enumerable.Range(0, 16).Select(thread => Task.Run(async () =>
        {
            var random = new Random(thread);
            for (var i = 0; i < 200; i++)
            {
                var offset = random.Next((1 << 16) - 64);
                var buffer = new byte[64];
                var operation = new PRead(file, buffer, offset);
                var result = i % 2 == 0
                    ? await Io.Backend.Ask<IoResult>(operation, Deadline)
                    : await Io.Client.SubmitAsync(operation);
                Assert.Same(operation, result.Operation);
                Assert.Equal(64, result.Value);
                Assert.Equal(whole[offset..(offset + 64)], buffer);
            }
        }))).WaitAsync(Deadline);
    }
}
