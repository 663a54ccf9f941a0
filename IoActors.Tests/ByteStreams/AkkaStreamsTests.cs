using System;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Akka.IO;
using Akka.IoActors.Streams;
using Akka.IoActors.Tests.Support;
using Akka.Streams;
using Akka.Streams.Dsl;
using Xunit;

namespace Akka.IoActors.Tests.ByteStreams;

/// <summary>Sources and sinks over files, beside Akka.Streams' own.</summary>
public abstract class AkkaStreamsTests(BackendFixture fixture) : ConformanceTest(fixture)
{
    private ActorMaterializer Materializer => Own(System.Materializer());

    /// <inheritdoc/>
    protected override Task Settle() => UntilIdle();

    [Theory]
    [InlineData(0, 1000, 0)]
    [InlineData(1, 1000, 0)]
    [InlineData(1_000_000, 65_536, 0)]
    [InlineData(1_000_000, 777, 123_456)]
    public async Task A_source_gives_the_bytes_that_FileIO_gives(int length, int chunk, long start)
    {
        await File.WriteAllBytesAsync(PathOf("in"), Bytes(length));
        var (ours, bytes) = IoFile.Source(Io.Client, PathOf("in"), chunk, start)
            .ToMaterialized(Sink.Aggregate<ByteString, ByteString>(ByteString.Empty, (sum, next) => sum + next), Keep.Both)
            .Run(Materializer);
        var theirs = await FileIO.FromFile(new FileInfo(PathOf("in")), chunk, start)
            .RunAggregate(ByteString.Empty, (sum, next) => sum + next, Materializer);
        Assert.Equal(theirs.ToArray(), (await bytes.WaitAsync(Deadline)).ToArray());
        var result = await ours.WaitAsync(Deadline);
        Assert.Equal((true, length - start), (result.WasSuccessful, result.Count));
    }

    [Theory]
    [InlineData(SyncPolicy.Never)]
    [InlineData(SyncPolicy.AtEnd)]
    [InlineData(SyncPolicy.EachElement)]
    public async Task A_sink_writes_what_comes(SyncPolicy sync)
    {
        var data = Bytes(200_000);
        var result = await Source.From(Enumerable.Range(0, 20).Select(n => ByteString.FromBytes(data, n * 10_000, 10_000)).Prepend(ByteString.Empty))
            .RunWith(IoFile.Sink(Io.Client, PathOf("out"), sync: sync), Materializer).WaitAsync(Deadline);
        Assert.Equal((true, 200_000L), (result.WasSuccessful, result.Count));
        Assert.Equal(data, await File.ReadAllBytesAsync(PathOf("out")));
        result = await Source.Single(ByteString.FromString("end"))
            .RunWith(IoFile.Sink(Io.Client, PathOf("out"), OpenFlags.WriteOnly | OpenFlags.Append), Materializer).WaitAsync(Deadline);
        Assert.Equal(3, result.Count);
        byte[] expected = [.. data, .. "end"u8];
        Assert.Equal(expected, await File.ReadAllBytesAsync(PathOf("out")));
    }

    [Fact]
    public async Task A_file_is_copied_through_a_stream()
    {
        var data = Bytes(3_000_000);
        await File.WriteAllBytesAsync(PathOf("in"), data);
        var (read, written) = IoFile.Source(Io.Client, PathOf("in"))
            .ToMaterialized(IoFile.Sink(Io.Client, PathOf("out")), Keep.Both)
            .Run(Materializer);
        Assert.Equal(data.Length, (await written.WaitAsync(Deadline)).Count);
        Assert.Equal(data.Length, (await read.WaitAsync(Deadline)).Count);
        Assert.Equal(data, await File.ReadAllBytesAsync(PathOf("out")));
    }

    [Fact]
    public async Task What_cannot_be_opened_fails_the_stream_with_its_errno()
    {
        var (result, bytes) = IoFile.Source(Io.Client, PathOf("none"))
            .ToMaterialized(Sink.Ignore<ByteString>().MapMaterializedValue(done => (Task)done), Keep.Both)
            .Run(Materializer);
        Assert.Equal(Errno.ENOENT, Assert.IsType<IoException>((await result.WaitAsync(Deadline)).Error).Error);
        Assert.Equal(Errno.ENOENT, (await Assert.ThrowsAsync<IoException>(() => bytes.WaitAsync(Deadline))).Error);
        var written = await Source.Repeat(ByteString.FromString("x"))
            .RunWith(IoFile.Sink(Io.Client, PathOf("no/such/folder")), Materializer).WaitAsync(Deadline);
        Assert.Equal((false, 0L), (written.WasSuccessful, written.Count));
        Assert.Equal(Errno.ENOENT, Assert.IsType<IoException>(written.Error).Error);
    }

    [Fact]
    public async Task A_failure_upstream_ends_the_file_with_what_came_before_it()
    {
        var result = await Source.From(Enumerable.Range(0, 5))
            .Select(n => n < 3 ? ByteString.FromString($"{n}") : throw new InvalidOperationException("three"))
            .RunWith(IoFile.Sink(Io.Client, PathOf("out")), Materializer).WaitAsync(Deadline);
        Assert.Equal("three", Assert.IsType<InvalidOperationException>(result.Error).Message);
        Assert.Equal("012"[..(int)result.Count], await File.ReadAllTextAsync(PathOf("out")));
    }

    [Fact]
    public async Task A_slow_file_is_sent_no_more_than_it_takes()
    {
        // A pipe whose reader reads nothing: it takes 64 KiB, and the sink holds 512 KiB.
        Assert.Equal(0, Fifo.Make(PathOf("slow")));
        var hold = new FileStream(PathOf("slow"), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
        var sent = 0L;
        var stalled = new TaskCompletionSource();
        var (kill, result) = Source.Repeat(ByteString.FromBytes(Bytes(10_000)))
            .Select(bytes =>
            {
                if ((sent += bytes.Count) >= 512 << 10)
                {
                    stalled.TrySetResult();
                }

                return bytes;
            })
            .ViaMaterialized(KillSwitches.Single<ByteString>(), Keep.Right)
            .ToMaterialized(IoFile.Sink(Io.Client, PathOf("slow"), OpenFlags.WriteOnly), Keep.Both)
            .Run(Materializer);
        await stalled.Task.WaitAsync(Deadline);
        for (var n = 0; n < 10; n++)
        {
            (await Io.Client.DelayAsync(TimeSpan.FromMilliseconds(10))).ThrowIfFailed();
        }

        // What is being written, what has been gathered, and what stood in the stages between.
        Assert.InRange(Volatile.Read(ref sent), 512 << 10, 1200 << 10);
        using var reader = new FileStream(PathOf("slow"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        hold.Dispose();
        kill.Shutdown();
        var bytes = new byte[1 << 16];
        var received = 0L;
        while (await reader.ReadAsync(bytes).AsTask().WaitAsync(Deadline) is > 0 and var some)
        {
            received += some;
        }

        var written = await result.WaitAsync(Deadline);
        Assert.Equal((true, received), (written.WasSuccessful, written.Count));
        Assert.InRange(received, 512 << 10, Volatile.Read(ref sent));
    }

    [Fact]
    public async Task A_slow_stream_reads_no_further_than_it_is_asked_to()
    {
        using (var file = File.Create(PathOf("in")))
        {
            file.SetLength(1L << 33);
        }

        var ((result, kill), queue) = IoFile.Source(Io.Client, PathOf("in"), 1 << 20)
            .ViaMaterialized(KillSwitches.Single<ByteString>(), Keep.Both)
            .ToMaterialized(Sink.Queue<ByteString>().WithAttributes(Attributes.CreateInputBuffer(1, 1)), Keep.Both)
            .Run(Materializer);
        for (var n = 0; n < 3; n++)
        {
            Assert.Equal(1 << 20, (await queue.PullAsync().WaitAsync(Deadline)).Value.Count);
        }

        kill.Shutdown();

        // Of eight thousand elements: those that were taken, and what stood in the stages between.
        Assert.InRange((await result.WaitAsync(Deadline)).Count, 3 << 20, 8 << 20);
    }
}

/// <summary>On io_uring.</summary>
public sealed class IoUringAkkaStreamsTests(IoUringFixture fixture) : AkkaStreamsTests(fixture), IClassFixture<IoUringFixture>;

/// <summary>On several loops of epoll.</summary>
public sealed class EpollLoopsAkkaStreamsTests(EpollLoopsFixture fixture) : AkkaStreamsTests(fixture), IClassFixture<EpollLoopsFixture>;

/// <summary>On threads.</summary>
public sealed class ThreadPoolAkkaStreamsTests(ThreadPoolFixture fixture) : AkkaStreamsTests(fixture), IClassFixture<ThreadPoolFixture>;
