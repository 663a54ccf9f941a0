using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Akka.IoActors.Tests.Support;
using Xunit;

namespace Akka.IoActors.Tests.Conformance;

/// <summary>What operations with several buffers do, on every backend.</summary>
public abstract class VectorConformance(BackendFixture fixture) : ConformanceTest(fixture)
{
    /// <summary>IOV_MAX.</summary>
    private const int MostSegments = 1024;

    [Fact]
    public async Task PWriteV_and_PReadV_carry_each_segment_to_and_from_an_offset()
    {
        var file = await OpenFile();
        int[] lengths = [1, 4096, 7, 65536, 100];
        var data = lengths.Select((length, i) => Bytes(length, i + 1)).ToArray();
        var total = lengths.Sum();
        Assert.Equal(total, (await Do(new PWriteV(file, ReadOnly(data), 12345))).Value);
        Assert.Equal(data.SelectMany(b => b).ToArray(), File.ReadAllBytes(PathOf("file"))[12345..]);

        // Read back in other portions than those that were written.
        var back = lengths.Reverse().Select(length => new byte[length]).ToArray();
        Assert.Equal(total, (await Do(new PReadV(file, Writable(back), 12345))).Value);
        Assert.Equal(data.SelectMany(b => b).ToArray(), back.SelectMany(b => b).ToArray());
    }

    [Fact]
    public async Task PReadV_and_PWriteV_leave_the_file_position_alone()
    {
        var file = await OpenFile();
        await Do(new PWriteV(file, ReadOnly("01234"u8.ToArray(), "56789"u8.ToArray()), 0));
        var buffer = new byte[2];
        Assert.Equal(2, (await Do(new Read(file, buffer))).Value);
        Assert.Equal("01"u8.ToArray(), buffer);
        Assert.Equal(4, (await Do(new PReadV(file, Writable(new byte[1], new byte[3]), 6))).Value);
        Assert.Equal(2, (await Do(new PWriteV(file, ReadOnly("x"u8.ToArray(), "y"u8.ToArray()), 8))).Value);
        Assert.Equal(2, (await Do(new Read(file, buffer))).Value);
        Assert.Equal("23"u8.ToArray(), buffer);
        Assert.Equal("01234567xy", File.ReadAllText(PathOf("file")));
    }

    [Fact]
    public async Task ReadV_and_WriteV_share_one_cursor_in_order()
    {
        var file = await OpenFile();
        await Do(new PWrite(file, "0123456789"u8.ToArray(), 0));
        byte[][] first = [new byte[1], new byte[1]];
        byte[][] second = [new byte[1], new byte[1]];
        var results = await Task.WhenAll(
            Send(new ReadV(file, Writable(first))),
            Send(new WriteV(file, ReadOnly("A"u8.ToArray(), "B"u8.ToArray()))),
            Send(new ReadV(file, Writable(second))),
            Send(new WriteV(file, ReadOnly("CD"u8.ToArray()))));
        Assert.All(results, result => Assert.Equal(2, result.Value));
        Assert.Equal("01"u8.ToArray(), first.SelectMany(b => b));
        Assert.Equal("45"u8.ToArray(), second.SelectMany(b => b));
        Assert.Equal("01AB45CD89", File.ReadAllText(PathOf("file")));
    }

    [Fact]
    public async Task A_pipe_carries_segments_in_order()
    {
        var (read, write) = MakePipe();
        byte[][] back = [new byte[2], new byte[5], new byte[10]];
        var reading = Send(new ReadV(read, Writable(back)));
        await Do(new Flush());
        Assert.False(reading.IsCompleted);
        Assert.Equal(9, (await Do(new WriteV(write, ReadOnly("abcd"u8.ToArray(), "efghi"u8.ToArray())))).Value);
        Assert.Equal(9, (await reading).Value);
        Assert.Equal("ab"u8.ToArray(), back[0]);
        Assert.Equal("cdefg"u8.ToArray(), back[1]);
        Assert.Equal("hi"u8.ToArray(), back[2][..2]);
        Assert.All(back[2][2..], b => Assert.Equal(0, b));
    }

    [Fact]
    public async Task A_socket_carries_segments_in_order_in_both_directions()
    {
        var (first, second) = MakeSocketPair();
        byte[][] there = [new byte[3], new byte[3]];
        byte[][] back = [new byte[1], new byte[5]];
        var readings = new[] { Send(new ReadV(second, Writable(there))), Send(new ReadV(first, Writable(back))) };
        Assert.Equal(6, (await Do(new WriteV(first, ReadOnly("abcd"u8.ToArray(), "ef"u8.ToArray())))).Value);
        Assert.Equal(6, (await Do(new WriteV(second, ReadOnly("g"u8.ToArray(), "hijkl"u8.ToArray())))).Value);
        Assert.All(await Task.WhenAll(readings), result => Assert.Equal(6, result.Value));
        Assert.Equal("abcdef"u8.ToArray(), there.SelectMany(b => b));
        Assert.Equal("ghijkl"u8.ToArray(), back.SelectMany(b => b));
    }

    [Fact]
    public async Task Empty_segments_among_others_carry_nothing()
    {
        var file = await OpenFile();
        byte[][] data = [[], "ab"u8.ToArray(), [], [], "cd"u8.ToArray(), []];
        Assert.Equal(4, (await Do(new PWriteV(file, ReadOnly(data), 0))).Value);
        Assert.Equal(4, (await Do(new WriteV(file, ReadOnly(data)))).Value);
        byte[][] back = [[], new byte[1], [], new byte[3], []];
        Assert.Equal(4, (await Do(new PReadV(file, Writable(back), 0))).Value);
        Assert.Equal("abcd"u8.ToArray(), back.SelectMany(b => b));

        var (read, write) = MakePipe();
        Assert.Equal(4, (await Do(new WriteV(write, ReadOnly(data)))).Value);
        Assert.Equal(4, (await Do(new ReadV(read, Writable(back)))).Value);
        Assert.Equal("abcd"u8.ToArray(), back.SelectMany(b => b));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public async Task No_segments_or_only_empty_ones_move_nothing(int segments)
    {
        var empty = Enumerable.Range(0, segments).Select(_ => Array.Empty<byte>()).ToArray();
        var file = await OpenFile();
        Assert.Equal(0, (await Do(new PWriteV(file, ReadOnly(empty), 5))).Value);
        Assert.Equal(0, (await Do(new PReadV(file, Writable(empty), 0))).Value);
        Assert.Equal(0, (await Do(new WriteV(file, ReadOnly(empty)))).Value);
        Assert.Equal(0, (await Do(new ReadV(file, Writable(empty)))).Value);
        Assert.Equal(0, new FileInfo(PathOf("file")).Length);

        // Nothing is there to be read, and nobody waits for it.
        var (read, write) = MakePipe();
        Assert.Equal(0, (await Do(new WriteV(write, ReadOnly(empty)))).Value);
        Assert.Equal(0, (await Do(new ReadV(read, Writable(empty)))).Value);
        MakeFifo("fifo");
        var fifo = await OpenFile("fifo", OpenFlags.ReadWrite);
        Assert.Equal(0, (await Do(new WriteV(fifo, ReadOnly(empty)))).Value);
        Assert.Equal(0, (await Do(new ReadV(fifo, Writable(empty)))).Value);
    }

    [Fact]
    public async Task As_many_segments_as_the_kernel_takes_go_through()
    {
        var file = await OpenFile();
        var data = Segments(MostSegments, i => Bytes(i % 5, i + 1));
        var total = data.Sum(b => b.Length);
        Assert.Equal(total, (await Do(new PWriteV(file, ReadOnly(data), 0))).Value);
        var back = Segments(MostSegments, i => new byte[(i + 2) % 5]);
        Assert.Equal(total, back.Sum(b => b.Length) < total ? total : (await Do(new PReadV(file, Writable(back), 0))).Value);
        Assert.Equal(data.SelectMany(b => b).ToArray(), back.SelectMany(b => b).Take(total).ToArray());

        var (read, write) = MakePipe();
        Assert.Equal(total, (await Do(new WriteV(write, ReadOnly(data)))).Value);
        back = Segments(MostSegments, i => new byte[(i + 2) % 5]);
        Assert.Equal(total, (await Do(new ReadV(read, Writable(back)))).Value);
        Assert.Equal(data.SelectMany(b => b).ToArray(), back.SelectMany(b => b).Take(total).ToArray());
    }

    [Theory]
    [InlineData(MostSegments + 1)]
    [InlineData(2000)]
    public async Task More_segments_answer_EINVAL_and_move_nothing(int segments)
    {
        var file = await OpenFile();
        await Do(new PWrite(file, "0123"u8.ToArray(), 0));
        var data = Segments(segments, i => new byte[] { (byte)i });
        Assert.Equal(Errno.EINVAL, (await Do(new WriteV(file, ReadOnly(data)))).Error);
        Assert.Equal(Errno.EINVAL, (await Do(new PWriteV(file, ReadOnly(data), 0))).Error);
        Assert.Equal(Errno.EINVAL, (await Do(new ReadV(file, Writable(data)))).Error);
        Assert.Equal(Errno.EINVAL, (await Do(new PReadV(file, Writable(data), 0))).Error);
        Assert.Equal("0123", File.ReadAllText(PathOf("file")));
        Assert.Equal(0, (await Do(new LSeek(file, 0, SeekWhence.Current))).Value);
        var (read, write) = MakePipe();
        Assert.Equal(Errno.EINVAL, (await Do(new WriteV(write, ReadOnly(data)))).Error);
        Assert.Equal(Errno.EINVAL, (await Do(new ReadV(read, Writable(data)))).Error);
    }

    [Fact]
    public async Task Lengths_past_2_GiB_are_carried_to_the_end_and_so_are_offsets()
    {
        // A call moves 0x7ffff000 bytes at the most. Nothing looks at the bytes: they never become memory.
        const long mostAtOnce = 0x7ffff000;
        var huge = GC.AllocateUninitializedArray<byte>(Array.MaxLength);
        Assert.True(huge.Length > mostAtOnce);
        using var nowhere = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.Write);
        Assert.Equal(huge.Length, (await Do(new Write(nowhere, huge))).Value);
        Assert.Equal(mostAtOnce, (await Do(new PWrite(nowhere, huge, 0))).Value);
        Assert.Equal(2L * huge.Length, (await Do(new WriteV(nowhere, [huge, huge]))).Value);
        Assert.Equal(mostAtOnce, (await Do(new PWriteV(nowhere, [huge, huge], 0))).Value);

        const long far = 5L << 30;
        var file = await OpenFile();
        Assert.Equal(100, (await Do(new PWrite(file, Bytes(100), far))).Value);
        Assert.Equal(far + 100, (await Do(new LSeek(file, 0, SeekWhence.End))).Value);
        Assert.Equal(far, (await Do(new LSeek(file, -100, SeekWhence.Current))).Value);
        var read = new byte[200];
        Assert.Equal(100, (await Do(new Read(file, read))).Value);
        Assert.Equal(Bytes(100), read[..100]);
        Assert.Equal(0, (await Do(new FTruncate(file, 3L << 30))).Value);
        Assert.Equal(3L << 30, (await Do(new FStat(file))).Status.Size);

        // In memory a hole is one page of zeros, whatever its size; on a disk it would be read.
        var folder = Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath();
        using var hole = File.OpenHandle(
            Path.Combine(folder, Path.GetRandomFileName()), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite, FileOptions.DeleteOnClose);
        RandomAccess.SetLength(hole, far + 100);
        Assert.Equal((33L << 26) + 100, (await Do(new SendFile(nowhere, hole, far - (33L << 26), 6L << 30))).Value);
    }

    [Fact]
    public async Task One_malformed_operation_in_a_batch_leaves_the_others_alone()
    {
        const int batch = 16;
        const int malformed = 9;
        var file = await OpenFile();
        var replies = Enumerable.Range(0, batch).Select(i => Send(new PWriteV(
            file,
            i == malformed
                ? ReadOnly(Segments(MostSegments + 1, _ => new byte[1]))
                : ReadOnly(Bytes(50, i), Bytes(50, i + 100)),
            i * 100))).ToArray();
        var results = await Task.WhenAll(replies);
        var content = File.ReadAllBytes(PathOf("file"));
        Assert.Equal(batch * 100, content.Length);
        for (var i = 0; i < batch; i++)
        {
            var block = content[(i * 100)..(i * 100 + 100)];
            Assert.Equal(i == malformed ? -(long)Errno.EINVAL : 100, results[i].Value);
            Assert.Equal(i == malformed ? new byte[100] : [.. Bytes(50, i), .. Bytes(50, i + 100)], block);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_WriteV_larger_than_a_pipe_or_socket_holds_goes_through_whole(bool socket)
    {
        var data = Segments(37, i => Bytes(30_000 + i * 1000, i + 1));
        var whole = data.SelectMany(b => b).ToArray();
        Descriptor input;
        Descriptor output;
        if (socket)
        {
            var (first, second) = MakeSocketPair();
            (input, output) = (second, first);
        }
        else
        {
            var (read, write) = MakePipe();
            (input, output) = (read, write);
        }

        var writing = Send(new WriteV(output, ReadOnly(data)));
        var behind = Send(new WriteV(output, ReadOnly("the "u8.ToArray(), "end"u8.ToArray())));

        // Small reads, so that the writer has to stop within a segment many times.
        var back = await ReadAll(input, whole.Length, most: 7001);
        Assert.Equal(whole.Length, (await writing).Value);
        Assert.True(whole.AsSpan().SequenceEqual(back));
        Assert.Equal(7, (await behind).Value);
        Assert.Equal("the end"u8.ToArray(), await ReadAll(input, 7, most: 7));
    }

    [Fact]
    public async Task ReadV_and_PReadV_come_short_at_the_end_of_the_file_and_give_zero_past_it()
    {
        var file = await OpenFile();
        await Do(new PWrite(file, "0123456789"u8.ToArray(), 0));
        byte[][] back = [new byte[2], new byte[2], new byte[2]];
        Assert.Equal(3, (await Do(new PReadV(file, Writable(back), 7))).Value);
        Assert.Equal(new byte[] { (byte)'7', (byte)'8', (byte)'9', 0, 0, 0 }, back.SelectMany(b => b));
        Assert.Equal(0, (await Do(new PReadV(file, Writable(back), 10))).Value);
        await Do(new LSeek(file, 9));
        Assert.Equal(1, (await Do(new ReadV(file, Writable(back)))).Value);
        Assert.Equal(0, (await Do(new ReadV(file, Writable(back)))).Value);
    }

    [Fact]
    public async Task A_pipe_and_a_socket_answer_ESPIPE_to_the_positional_forms()
    {
        var (read, write) = MakePipe();
        var (socket, _) = MakeSocketPair();
        Assert.Equal(Errno.ESPIPE, (await Do(new PReadV(read, Writable(new byte[1]), 0))).Error);
        Assert.Equal(Errno.ESPIPE, (await Do(new PWriteV(write, ReadOnly(new byte[1]), 0))).Error);
        Assert.Equal(Errno.ESPIPE, (await Do(new PReadV(socket, Writable(new byte[1]), 0))).Error);
        Assert.Equal(Errno.ESPIPE, (await Do(new PWriteV(socket, ReadOnly(new byte[1]), 0))).Error);
    }

    [Fact]
    public async Task A_descriptor_not_open_or_open_the_wrong_way_answers_EBADF()
    {
        await OpenFile();
        var readOnly = await OpenFile(flags: OpenFlags.ReadOnly);
        var writeOnly = await OpenFile(flags: OpenFlags.WriteOnly);
        IoOperation[] operations =
        [
            new ReadV(-1, Writable(new byte[1])), new WriteV(-1, ReadOnly(new byte[1])),
            new PReadV(1 << 20, Writable(new byte[1]), 0), new PWriteV(1 << 20, ReadOnly(new byte[1]), 0),
            new ReadV(writeOnly, Writable(new byte[1])), new PReadV(writeOnly, Writable(new byte[1]), 0),
            new WriteV(readOnly, ReadOnly(new byte[1])), new PWriteV(readOnly, ReadOnly(new byte[1]), 0),
        ];
        foreach (var operation in operations)
        {
            Assert.Equal(Errno.EBADF, (await Do(operation)).Error);
        }
    }

    [Fact]
    public async Task A_WriteV_to_a_pipe_without_reader_answers_EPIPE()
    {
        var (read, write) = MakePipe();
        read.Dispose();
        Assert.Equal(Errno.EPIPE, (await Do(new WriteV(write, ReadOnly(new byte[1], new byte[1])))).Error);
    }

    [Fact]
    public async Task Cancel_ends_an_idle_ReadV_and_loses_no_byte()
    {
        var (read, write) = MakePipe();
        var operation = new ReadV(read, Writable(new byte[5], new byte[5]));
        var reading = Send(operation);
        await Do(new Flush());
        Assert.Equal(0, (await Do(new Cancel(operation))).Value);
        Assert.Equal(Errno.ECANCELED, (await reading).Error);
        await Do(new WriteV(write, ReadOnly("ke"u8.ToArray(), "pt"u8.ToArray())));
        Assert.Equal("kept"u8.ToArray(), await ReadAll(read, 4, most: 4));
    }

    [Fact]
    public void Bad_arguments_are_refused_where_the_message_is_made()
    {
        Assert.Throws<ArgumentNullException>(() => new ReadV(1, null!));
        Assert.Throws<ArgumentNullException>(() => new WriteV(1, null!));
        Assert.Throws<ArgumentNullException>(() => new PReadV(1, null!, 0));
        Assert.Throws<ArgumentNullException>(() => new PWriteV(1, null!, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new PReadV(1, [], -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new PWriteV(1, [], -1));
    }

    private static byte[][] Segments(int count, Func<int, byte[]> make) =>
        [.. Enumerable.Range(0, count).Select(make)];

    private static List<ReadOnlyMemory<byte>> ReadOnly(params byte[][] segments) =>
        [.. segments.Select(segment => (ReadOnlyMemory<byte>)segment)];

    private static List<Memory<byte>> Writable(params byte[][] segments) =>
        [.. segments.Select(segment => (Memory<byte>)segment)];
}
