using System;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Akka.IoActors.Tests.Support;
using Xunit;

namespace Akka.IoActors.Tests.Conformance;

/// <summary>What LSeek does, on every backend.</summary>
public abstract class SeekConformance(BackendFixture fixture) : ConformanceTest(fixture)
{
    [Fact]
    public async Task LSeek_answers_the_new_position_and_the_next_read_begins_there()
    {
        var file = await OpenFile();
        await Do(new PWrite(file, "0123456789"u8.ToArray(), 0));
        await SeekAndRead(new LSeek(file, 3), 3, "34");
        await SeekAndRead(new LSeek(file, 2, SeekWhence.Current), 7, "78");
        await SeekAndRead(new LSeek(file, -4, SeekWhence.Current), 5, "56");
        await SeekAndRead(new LSeek(file, -2, SeekWhence.End), 8, "89");
        await SeekAndRead(new LSeek(file, 5, SeekWhence.End), 15, "");
        await SeekAndRead(new LSeek(file, 0), 0, "01");

        async Task SeekAndRead(LSeek seek, long position, string bytes)
        {
            Assert.Equal(position, (await Do(seek)).Value);
            var buffer = new byte[2];
            Assert.Equal(bytes.Length, (await Do(new Read(file, buffer))).Value);
            Assert.Equal(bytes, global::System.Text.Encoding.ASCII.GetString(buffer, 0, bytes.Length));
        }
    }

    [Fact]
    public async Task A_write_past_the_end_leaves_a_hole()
    {
        var file = await OpenFile();
        const long far = (5L << 32) + 17;
        Assert.Equal(far, (await Do(new LSeek(file, far))).Value);
        Assert.Equal(3, (await Do(new Write(file, "far"u8.ToArray()))).Value);
        Assert.Equal(far + 3, (await Do(new LSeek(file, 0, SeekWhence.Current))).Value);
        Assert.Equal(far + 3, new FileInfo(PathOf("file")).Length);
        var buffer = new byte[4];
        Assert.Equal(4, (await Do(new PRead(file, buffer, far - 1))).Value);
        Assert.Equal("\0far"u8.ToArray(), buffer);
    }

    [Fact]
    public async Task Data_and_Hole_find_the_borders_of_a_hole()
    {
        var file = await OpenFile();
        const long megabyte = 1 << 20;
        await Do(new PWrite(file, Bytes(4096), 0));
        await Do(new PWrite(file, Bytes(4096), megabyte));
        Assert.Equal(0, (await Do(new LSeek(file, 0, SeekWhence.Data))).Value);
        var hole = (await Do(new LSeek(file, 0, SeekWhence.Hole))).Value;
        Assert.InRange(hole, 4096, megabyte - 1);
        Assert.Equal(megabyte, (await Do(new LSeek(file, hole, SeekWhence.Data))).Value);
        var buffer = new byte[4096];
        Assert.Equal(4096, (await Do(new Read(file, buffer))).Value);
        Assert.Equal(Bytes(4096), buffer);

        // The end of the file is a hole, and past it there is neither.
        Assert.Equal(megabyte + 4096, (await Do(new LSeek(file, megabyte, SeekWhence.Hole))).Value);
        Assert.Equal(Errno.ENXIO, (await Do(new LSeek(file, megabyte + 4096, SeekWhence.Data))).Error);
        Assert.Equal(Errno.ENXIO, (await Do(new LSeek(file, megabyte + 4097, SeekWhence.Hole))).Error);
    }

    [Fact]
    public async Task A_queue_of_seeks_reads_and_writes_takes_effect_in_the_order_of_the_program()
    {
        var file = await OpenFile();
        await Do(new PWrite(file, "0123456789"u8.ToArray(), 0));
        for (var round = 0; round < 50; round++)
        {
            var first = new byte[2];
            var second = new byte[3];
            var results = await Task.WhenAll(
                Send(new LSeek(file, 4)),
                Send(new Read(file, first)),
                Send(new LSeek(file, -3, SeekWhence.End)),
                Send(new Write(file, "XYZ"u8.ToArray())),
                Send(new LSeek(file, 0, SeekWhence.Data)),
                Send(new Write(file, "ab"u8.ToArray())),
                Send(new LSeek(file, -1, SeekWhence.Current)),
                Send(new ReadV(file, [second.AsMemory(0, 1), second.AsMemory(1)])),
                Send(new LSeek(file, 0, SeekWhence.Current)));
            Assert.Equal([4, 2, 7, 3, 0, 2, 1, 3, 4], results.Select(result => result.Value));
            Assert.Equal("45"u8.ToArray(), first);
            Assert.Equal("b23"u8.ToArray(), second);
            Assert.Equal("ab23456XYZ", File.ReadAllText(PathOf("file")));
        }
    }

    [Fact]
    public async Task A_position_before_the_start_answers_EINVAL_and_moves_nothing()
    {
        var file = await OpenFile();
        await Do(new PWrite(file, "0123456789"u8.ToArray(), 0));
        await Do(new LSeek(file, 6));
        Assert.Equal(Errno.EINVAL, (await Do(new LSeek(file, -1))).Error);
        Assert.Equal(Errno.EINVAL, (await Do(new LSeek(file, -7, SeekWhence.Current))).Error);
        Assert.Equal(Errno.EINVAL, (await Do(new LSeek(file, -11, SeekWhence.End))).Error);
        Assert.Equal(Errno.EINVAL, (await Do(new LSeek(file, long.MinValue))).Error);
        Assert.Equal(6, (await Do(new LSeek(file, 0, SeekWhence.Current))).Value);
    }

    [Theory]
    [InlineData(SeekWhence.Set)]
    [InlineData(SeekWhence.Current)]
    [InlineData(SeekWhence.End)]
    [InlineData(SeekWhence.Data)]
    [InlineData(SeekWhence.Hole)]
    public async Task A_pipe_and_a_socket_answer_ESPIPE_and_what_is_not_open_EBADF(SeekWhence whence)
    {
        var (read, write) = MakePipe();
        var (socket, _) = MakeSocketPair();
        Assert.Equal(Errno.ESPIPE, (await Do(new LSeek(read, 0, whence))).Error);
        Assert.Equal(Errno.ESPIPE, (await Do(new LSeek(write, 0, whence))).Error);
        Assert.Equal(Errno.ESPIPE, (await Do(new LSeek(socket, 0, whence))).Error);
        Assert.Equal(Errno.EBADF, (await Do(new LSeek(-1, 0, whence))).Error);
        Assert.Equal(Errno.EBADF, (await Do(new LSeek(1 << 20, 0, whence))).Error);
    }

    [Fact]
    public async Task LSeek_of_an_empty_file_finds_no_data_and_its_end_as_a_hole()
    {
        var file = await OpenFile();
        Assert.Equal(0, (await Do(new LSeek(file, 0, SeekWhence.End))).Value);
        Assert.Equal(Errno.ENXIO, (await Do(new LSeek(file, 0, SeekWhence.Data))).Error);
        Assert.Equal(Errno.ENXIO, (await Do(new LSeek(file, 0, SeekWhence.Hole))).Error);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(5)]
    [InlineData(int.MaxValue)]
    public void A_whence_that_there_is_not_is_refused_where_the_message_is_made(int whence) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new LSeek(1, 0, (SeekWhence)whence));
}
