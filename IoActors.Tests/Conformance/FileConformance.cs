using System;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.IoActors.Native;
using Akka.IoActors.Tests.Support;
using Microsoft.Win32.SafeHandles;
using Xunit;

namespace Akka.IoActors.Tests.Conformance;

/// <summary>What operations on files do, on every backend.</summary>
public abstract class FileConformance(BackendFixture fixture) : ConformanceTest(fixture)
{
    [Fact]
    public async Task The_handle_of_a_result_is_one_however_often_it_is_asked_for()
    {
        await File.WriteAllTextAsync(PathOf("a"), "abc");
        var opened = await Do(new Open(PathOf("a")));
        using var handle = opened.Handle;
        Assert.Same(handle, opened.Handle);
        Assert.Throws<InvalidOperationException>(() => opened.SocketHandle);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        Assert.Equal(3, (await Do(new FStat(handle))).Status.Size);
    }

    [Fact]
    public async Task PWrite_and_PRead_carry_the_bytes_to_and_from_an_offset()
    {
        var file = await OpenFile();
        var data = Bytes(5000);
        Assert.Equal(5000, (await Do(new PWrite(file, data, 12345))).Value);
        Assert.Equal(12345 + 5000, new FileInfo(PathOf("file")).Length);

        var back = new byte[5000];
        Assert.Equal(5000, (await Do(new PRead(file, back, 12345))).Value);
        Assert.Equal(data, back);
        Assert.Equal(data, File.ReadAllBytes(PathOf("file"))[12345..]);
    }

    [Fact]
    public async Task PRead_and_PWrite_leave_the_file_position_alone()
    {
        var file = await OpenFile();
        await Do(new PWrite(file, "0123456789"u8.ToArray(), 0));
        var buffer = new byte[2];
        Assert.Equal(2, (await Do(new PRead(file, buffer, 8))).Value);
        Assert.Equal("89"u8.ToArray(), buffer);
        Assert.Equal(2, (await Do(new Read(file, buffer))).Value);
        Assert.Equal("01"u8.ToArray(), buffer);
        await Do(new PWrite(file, "x"u8.ToArray(), 5));
        Assert.Equal(2, (await Do(new Read(file, buffer))).Value);
        Assert.Equal("23"u8.ToArray(), buffer);
    }

    [Fact]
    public async Task Two_writes_append_and_two_reads_advance()
    {
        var file = await OpenFile();
        Assert.Equal(3, (await Do(new Write(file, "abc"u8.ToArray()))).Value);
        Assert.Equal(2, (await Do(new Write(file, "de"u8.ToArray()))).Value);
        Assert.Equal("abcde", File.ReadAllText(PathOf("file")));

        var again = await OpenFile(flags: OpenFlags.ReadOnly);
        var buffer = new byte[3];
        Assert.Equal(3, (await Do(new Read(again, buffer))).Value);
        Assert.Equal("abc"u8.ToArray(), buffer);
        Assert.Equal(2, (await Do(new Read(again, buffer))).Value);
        Assert.Equal("de"u8.ToArray(), buffer[..2]);
        Assert.Equal(0, (await Do(new Read(again, buffer))).Value);
    }

    [Fact]
    public async Task A_cached_read_takes_no_thread_and_one_past_the_cache_does_where_there_is_no_ring()
    {
        var data = Bytes(16384);
        File.WriteAllBytes(PathOf("file"), data);
        var file = await OpenFile(flags: OpenFlags.ReadOnly);
        var direct = await OpenFile(flags: OpenFlags.ReadOnly | OpenFlags.Direct);
        Assert.Equal(0, await OffloadedBy(new PRead(file, new byte[4096], 4096), 4096));
        Assert.Equal(0, await OffloadedBy(new PReadV(file, [new byte[1000], new byte[5000]], 100), 6000));
        Assert.Equal(BackendName == "io-uring" ? 0 : 1, await OffloadedBy(new PRead(direct, IoMemory.Allocate(4096), 4096), 4096));
        Assert.Equal(BackendName == "io-uring" ? 0 : 1, await OffloadedBy(new PRead(file, new byte[4096], 16000), 384));

        async Task<long> OffloadedBy(IoOperation operation, int bytes)
        {
            var before = (await Do(new GetInfo())).Info.Counters.Offloaded;
            Assert.Equal(bytes, (await Do(operation)).Value);
            if (operation is PRead read)
            {
                Assert.Equal(data.AsSpan((int)read.Offset, bytes), read.Buffer.Span[..bytes]);
            }

            return (await Do(new GetInfo())).Info.Counters.Offloaded - before;
        }
    }

    [Fact]
    public async Task PRead_comes_short_at_the_end_and_gives_zero_past_it()
    {
        var file = await OpenFile();
        await Do(new PWrite(file, "0123456789"u8.ToArray(), 0));
        var buffer = new byte[100];
        Assert.Equal(4, (await Do(new PRead(file, buffer, 6))).Value);
        Assert.Equal("6789"u8.ToArray(), buffer[..4]);
        Assert.All(buffer[4..], b => Assert.Equal(0, b));
        Assert.Equal(0, (await Do(new PRead(file, buffer, 10))).Value);
        Assert.Equal(0, (await Do(new PRead(file, buffer, long.MaxValue - 4096))).Value);
    }

    [Fact]
    public async Task An_empty_buffer_reads_and_writes_nothing()
    {
        var file = await OpenFile();
        Assert.Equal(0, (await Do(new PWrite(file, Array.Empty<byte>(), 7))).Value);
        Assert.Equal(0, (await Do(new PRead(file, Array.Empty<byte>(), 0))).Value);
        Assert.Equal(0, (await Do(new Write(file, Array.Empty<byte>()))).Value);
        Assert.Equal(0, (await Do(new Read(file, Array.Empty<byte>()))).Value);
        Assert.Equal(0, new FileInfo(PathOf("file")).Length);
    }

    [Fact]
    public async Task Eight_megabytes_go_in_one_operation()
    {
        var file = await OpenFile();
        var data = Bytes(8 << 20);
        Assert.Equal(data.Length, (await Do(new PWrite(file, data, 0))).Value);
        var back = new byte[data.Length];
        Assert.Equal(data.Length, (await Do(new PRead(file, back, 0))).Value);
        Assert.True(data.AsSpan().SequenceEqual(back));
    }

    [Fact]
    public async Task Offsets_beyond_four_gigabytes_are_kept_whole()
    {
        var file = await OpenFile();
        const long far = (5L << 32) + 12345;
        Assert.Equal(4, (await Do(new PWrite(file, "far!"u8.ToArray(), far))).Value);
        Assert.Equal(far + 4, (await Do(new FStat(file))).Status.Size);
        var buffer = new byte[4];
        Assert.Equal(4, (await Do(new PRead(file, buffer, far))).Value);
        Assert.Equal("far!"u8.ToArray(), buffer);
    }

    [Fact]
    public async Task A_pipe_and_a_socket_answer_ESPIPE_to_positional_operations()
    {
        var (read, write) = MakePipe();
        Assert.Equal(Errno.ESPIPE, (await Do(new PRead(read, new byte[1], 0))).Error);
        Assert.Equal(Errno.ESPIPE, (await Do(new PWrite(write, new byte[1], 0))).Error);
        var (socket, _) = MakeSocketPair();
        Assert.Equal(Errno.ESPIPE, (await Do(new PRead(socket, new byte[1], 0))).Error);
        Assert.Equal(Errno.ESPIPE, (await Do(new PWrite(socket, new byte[1], 0))).Error);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(-100)]
    [InlineData(int.MinValue)]
    [InlineData(1 << 20)]
    [InlineData(int.MaxValue)]
    public async Task A_number_that_is_not_open_answers_EBADF_to_everything(int fd)
    {
        IoOperation[] operations =
        [
            new Read(fd, new byte[1]), new Write(fd, new byte[1]),
            new PRead(fd, new byte[1], 0), new PWrite(fd, new byte[1], 0),
            new FSync(fd), new FStat(fd), new FTruncate(fd, 0), new Close(fd),
            new Accept(fd), new Recv(fd, new byte[1]), new Send(fd, new byte[1]),
        ];
        foreach (var operation in operations)
        {
            Assert.Equal(Errno.EBADF, (await Do(operation)).Error);
        }
    }

    [Fact]
    public async Task A_descriptor_open_the_wrong_way_answers_EBADF()
    {
        await OpenFile();
        var readOnly = await OpenFile(flags: OpenFlags.ReadOnly);
        Assert.Equal(Errno.EBADF, (await Do(new PWrite(readOnly, new byte[1], 0))).Error);
        Assert.Equal(Errno.EBADF, (await Do(new Write(readOnly, new byte[1]))).Error);
        Assert.Equal(Errno.EINVAL, (await Do(new FTruncate(readOnly, 0))).Error);
        var writeOnly = await OpenFile(flags: OpenFlags.WriteOnly);
        Assert.Equal(Errno.EBADF, (await Do(new PRead(writeOnly, new byte[1], 0))).Error);
        Assert.Equal(Errno.EBADF, (await Do(new Read(writeOnly, new byte[1]))).Error);
    }

    [Fact]
    public async Task A_directory_can_be_opened_and_looked_at_but_not_read()
    {
        var result = await Do(new Open(Folder, OpenFlags.Directory));
        var directory = Own(result.Handle);
        Assert.Equal(FileType.Directory, (await Do(new FStat(directory))).Status.Type);
        Assert.Equal(Errno.EISDIR, (await Do(new PRead(directory, new byte[1], 0))).Error);
        Assert.Equal(Errno.EISDIR, (await Do(new Read(directory, new byte[1]))).Error);
        Assert.Equal(Errno.EISDIR, (await Do(new Open(Folder, OpenFlags.WriteOnly))).Error);
    }

    [Fact]
    public async Task Open_tells_why_it_cannot()
    {
        await OpenFile();
        File.CreateSymbolicLink(PathOf("link"), PathOf("file"));
        Assert.Equal(Errno.ENOENT, (await Do(new Open(PathOf("missing")))).Error);
        Assert.Equal(Errno.ENOENT, (await Do(new Open(PathOf("no/such/folder")))).Error);
        Assert.Equal(Errno.ENOTDIR, (await Do(new Open(PathOf("file/below")))).Error);
        Assert.Equal(Errno.ENOTDIR, (await Do(new Open(PathOf("file"), OpenFlags.Directory))).Error);
        Assert.Equal(
            Errno.EEXIST,
            (await Do(new Open(PathOf("file"), OpenFlags.Create | OpenFlags.Exclusive))).Error);
        Assert.Equal(Errno.ELOOP, (await Do(new Open(PathOf("link"), OpenFlags.NoFollow))).Error);
        Assert.Equal(Errno.ENAMETOOLONG, (await Do(new Open(PathOf(new string('x', 256))))).Error);
        Assert.Equal(Errno.ENAMETOOLONG, (await Do(new Open("/" + new string('/', 5000)))).Error);
    }

    [Fact]
    public async Task Open_makes_files_with_the_mode_asked_for_less_the_umask()
    {
        await Own((await Do(new Open(
            PathOf("private"), OpenFlags.WriteOnly | OpenFlags.Create, UnixFileMode.UserRead | UnixFileMode.UserWrite)))
            .Handle).Check();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(PathOf("private")));

        await Own((await Do(new Open(PathOf("usual"), OpenFlags.WriteOnly | OpenFlags.Create))).Handle).Check();
        File.WriteAllText(PathOf("reference"), "");
        Assert.Equal(File.GetUnixFileMode(PathOf("reference")), File.GetUnixFileMode(PathOf("usual")));
    }

    [Fact]
    public async Task Open_truncates_and_appends_on_demand()
    {
        File.WriteAllText(PathOf("file"), "0123456789");
        var appended = await OpenFile(flags: OpenFlags.WriteOnly | OpenFlags.Append);
        Assert.Equal(2, (await Do(new Write(appended, "ab"u8.ToArray()))).Value);
        Assert.Equal("0123456789ab", File.ReadAllText(PathOf("file")));
        await OpenFile(flags: OpenFlags.WriteOnly | OpenFlags.Truncate);
        Assert.Equal("", File.ReadAllText(PathOf("file")));
    }

    [Fact]
    public async Task A_nameless_file_takes_bytes_and_leaves_nothing()
    {
        var result = await Do(new Open(Folder, OpenFlags.ReadWrite | OpenFlags.TemporaryFile));
        var file = Own(result.Handle);
        Assert.Equal(5, (await Do(new PWrite(file, "ghost"u8.ToArray(), 0))).Value);
        var status = (await Do(new FStat(file))).Status;
        Assert.Equal(5, status.Size);
        Assert.Equal(0, status.Links);
        Assert.Empty(Directory.GetFileSystemEntries(Folder));
    }

    [Fact]
    public async Task Opened_and_accepted_descriptors_are_closed_in_children()
    {
        var file = await OpenFile();
        var flags = File.ReadLines($"/proc/self/fdinfo/{file.DangerousGetHandle()}").First(l => l.StartsWith("flags"));
        const int closeOnExec = 0x80000;
        Assert.NotEqual(0, Convert.ToInt32(flags.Split('\t')[1], 8) & closeOnExec);
    }

    [Fact]
    public async Task An_unaligned_direct_read_answers_EINVAL_and_an_aligned_one_reads()
    {
        File.WriteAllBytes(PathOf("file"), Bytes(8192));
        var opened = await Do(new Open(PathOf("file"), OpenFlags.ReadOnly | OpenFlags.Direct));
        Assert.True(opened.IsSuccess, "the file system of the temporary folder refuses O_DIRECT");
        var file = Own(opened.Handle);
        var memory = IoMemory.Allocate(4096);
        Assert.Equal(4096, (await Do(new PRead(file, memory, 4096))).Value);
        Assert.Equal(Bytes(8192)[4096..], memory.ToArray());
        Assert.Equal(Errno.EINVAL, (await Do(new PRead(file, memory, 3))).Error);
        Assert.Equal(Errno.EINVAL, (await Do(new PRead(file, memory[..100], 0))).Error);
    }

    [SkippableFact]
    public async Task FStat_of_a_file_on_a_disk_takes_no_thread()
    {
        var file = await OpenFile();
        Skip.If((await Do(new FStat(file))).Status.Device >> 32 == 0, "temporary files lie on no disk of this machine");
        var before = (await Io.Client.GetInfoAsync()).Counters;
        for (var n = 0; n < 100; n++)
        {
            Assert.Equal(0, (await Do(new FStat(file))).Status.Size);
        }

        var after = (await Io.Client.GetInfoAsync()).Counters;
        Assert.Equal(before.Offloaded, after.Offloaded);

        // A pipe has no disk: the ordinary way.
        var (read, _) = MakePipe();
        Assert.Equal(FileType.Fifo, (await Do(new FStat(read))).Status.Type);
    }

    [Fact]
    public async Task FStat_tells_what_a_descriptor_is()
    {
        var file = await OpenFile();
        await Do(new PWrite(file, Bytes(1000), 100_000));
        File.SetUnixFileMode(PathOf("file"), UnixFileMode.UserRead | UnixFileMode.GroupRead);
        File.SetLastWriteTimeUtc(PathOf("file"), new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc).AddTicks(7));
        var status = (await Do(new FStat(file))).Status;
        Assert.Equal(FileType.Regular, status.Type);
        Assert.Equal(101_000, status.Size);
        Assert.True(status.AllocatedSize < status.Size, "a hole takes no space");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.GroupRead, status.Mode);
        Assert.Equal(1, status.Links);
        Assert.Equal(
            new DateTimeOffset(2001, 2, 3, 4, 5, 6, TimeSpan.Zero).AddTicks(7), status.ModifyTime);

        var (read, _) = MakePipe();
        Assert.Equal(FileType.Fifo, (await Do(new FStat(read))).Status.Type);
        var (socket, _) = MakeSocketPair();
        Assert.Equal(FileType.Socket, (await Do(new FStat(socket))).Status.Type);
    }

    [Fact]
    public async Task FTruncate_shrinks_and_grows_with_zeros()
    {
        var file = await OpenFile();
        await Do(new PWrite(file, "0123456789"u8.ToArray(), 0));
        Assert.Equal(0, (await Do(new FTruncate(file, 4))).Value);
        Assert.Equal("0123", File.ReadAllText(PathOf("file")));
        Assert.Equal(0, (await Do(new FTruncate(file, 6))).Value);
        Assert.Equal("0123\0\0", File.ReadAllText(PathOf("file")));
        var (read, _) = MakePipe();
        Assert.Equal(Errno.EINVAL, (await Do(new FTruncate(read, 0))).Error);
    }

    [Fact]
    public async Task FSync_answers_zero_for_a_file_and_EINVAL_for_a_pipe()
    {
        var file = await OpenFile();
        await Do(new PWrite(file, Bytes(100), 0));
        Assert.Equal(0, (await Do(new FSync(file))).Value);
        var (_, write) = MakePipe();
        Assert.Equal(Errno.EINVAL, (await Do(new FSync(write))).Error);
    }

    [Fact]
    public async Task Close_answers_zero_once_and_EBADF_after_that()
    {
        var number = (int)(await Do(new Open(PathOf("file"), OpenFlags.ReadWrite | OpenFlags.Create))).Value;
        Assert.True(Directory.Exists($"/proc/self/fd/{number}") || File.Exists($"/proc/self/fd/{number}"));
        Assert.Equal(0, (await Do(new Close(number))).Value);
        Assert.Equal(Errno.EBADF, (await Do(new Close(number))).Error);
    }

    [Fact]
    public async Task Close_of_a_handle_invalidates_it()
    {
        var file = await OpenFile();
        Assert.Equal(0, (await Do(new Close(file))).Value);
        Assert.True(file.IsInvalid || file.IsClosed);
        Assert.Equal(Errno.EBADF, (await Do(new PRead(file, new byte[1], 0))).Error);
        Assert.Equal(Errno.EBADF, (await Do(new Close(file))).Error);
    }

    [Fact]
    public async Task A_disposed_handle_answers_EBADF()
    {
        var file = await OpenFile();
        file.Dispose();
        Assert.Equal(Errno.EBADF, (await Do(new PRead(file, new byte[1], 0))).Error);
        Assert.Equal(Errno.EBADF, (await Do(new FStat(file))).Error);
    }

    [Fact]
    public async Task A_handle_disposed_with_operations_in_flight_closes_after_them()
    {
        var (read, write) = MakePipe();
        var reading = Send(new Read(read, new byte[10]));
        await Do(new Flush());
        var number = (int)read.DangerousGetHandle();
        read.Dispose();
        Assert.True(File.Exists($"/proc/self/fd/{number}") || new FileInfo($"/proc/self/fd/{number}").LinkTarget != null);
        Assert.Equal(3, (await Do(new Write(write, "abc"u8.ToArray()))).Value);
        Assert.Equal(3, (await reading).Value);
        await Do(new Flush());
        Assert.Equal(-(int)Errno.EBADF, Sys.IsSeekable(number));
    }

    [Fact]
    public async Task A_thousand_operations_at_once_each_get_their_own_bytes()
    {
        var file = await OpenFile();
        var blocks = Enumerable.Range(0, 1000).Select(i => Bytes(512, seed: i)).ToArray();
        var written = await Task.WhenAll(blocks.Select((block, i) => Send(new PWrite(file, block, i * 512))));
        Assert.All(written, result => Assert.Equal(512, result.Value));
        Assert.Equal(blocks.SelectMany(b => b).ToArray(), File.ReadAllBytes(PathOf("file")));

        var buffers = blocks.Select(_ => new byte[512]).ToArray();
        var read = await Task.WhenAll(buffers.Select((buffer, i) => Send(new PRead(file, buffer, i * 512))));
        for (var i = 0; i < 1000; i++)
        {
            Assert.Equal(512, read[i].Value);
            Assert.Same(buffers[i], ((PRead)read[i].Operation).Buffer.ToArray() is { } ? buffers[i] : null);
            Assert.Equal(blocks[i], buffers[i]);
        }
    }

    [Fact]
    public async Task The_reply_carries_the_message_and_its_tag()
    {
        var file = await OpenFile();
        var tag = new object();
        var operation = new PWrite(file, "x"u8.ToArray(), 0) { Tag = tag };
        var result = await Io.Backend.Ask<IoResult>(operation, Deadline);
        Assert.Same(operation, result.Operation);
        Assert.Same(tag, result.Operation.Tag);
        Assert.Equal(file, result.Operation.Descriptor);
    }

    [Fact]
    public async Task An_operation_without_a_sender_is_carried_out()
    {
        var file = await OpenFile();
        Io.Backend.Tell(new PWrite(file, "silent"u8.ToArray(), 0), ActorRefs.NoSender);
        Assert.Equal(6, (await Do(new FStat(file))).Status.Size);
    }

    [Fact]
    public void Bad_arguments_are_refused_where_the_message_is_made()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new PRead(1, new byte[1], -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new PWrite(1, new byte[1], -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new FTruncate(1, -1));
        Assert.Throws<ArgumentException>(() => new Open(""));
        Assert.Throws<ArgumentNullException>(() => new Open(null!));
        Assert.Throws<ArgumentException>(() => new Open("a\0b"));
        Assert.Throws<ArgumentException>(() => new Open("a", OpenFlags.WriteOnly | OpenFlags.ReadWrite));
        Assert.Throws<ArgumentException>(() => new Open("a", (OpenFlags)(1 << 20)));
        Assert.Throws<ArgumentException>(() => new Recv(1, new byte[1], (SocketMessageFlags)0x4000));
        Assert.Throws<ArgumentNullException>(() => new Cancel(null!));
        Assert.Throws<ArgumentNullException>(() => new Read((SafeFileHandle)null!, new byte[1]));
    }

    [Fact]
    public async Task A_failure_can_be_thrown_and_names_operation_errno_and_path()
    {
        var result = await Do(new Open(PathOf("missing")));
        var exception = Assert.Throws<IoException>(() => result.GetValueOrThrow());
        Assert.Equal(Errno.ENOENT, exception.Error);
        Assert.Contains("ENOENT", exception.Message, StringComparison.Ordinal);
        Assert.Contains(PathOf("missing"), exception.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => result.Status);
        Assert.Throws<InvalidOperationException>(() => result.Handle);
    }

    [Fact]
    public async Task A_descriptor_that_nobody_takes_closes_itself()
    {
        var name = PathOf("orphan");
        await OpenAndDrop(name);
        for (var i = 0; i < 100 && OpenCount(name) > 0; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            await Task.Yield();
        }

        Assert.Equal(0, OpenCount(name));

        var taken = (int)(await Do(new Open(name))).Value;
        GC.Collect();
        GC.WaitForPendingFinalizers();
        Assert.Equal(1, OpenCount(name));
        Assert.Equal(0, (await Do(new Close(taken))).Value);
    }

    [Fact]
    public async Task An_open_told_by_nobody_is_closed_at_once()
    {
        var name = PathOf("nobody");
        Io.Backend.Tell(new Open(name, OpenFlags.WriteOnly | OpenFlags.Create), ActorRefs.NoSender);
        while (!File.Exists(name))
        {
            await Do(new Flush());
        }

        await Do(new Close(-1));
        var info = await Io.Client.GetInfoAsync();
        while (info.Counters.InFlight > 0)
        {
            info = await Io.Client.GetInfoAsync();
        }

        Assert.Equal(0, OpenCount(name));
    }

    [Fact]
    public async Task GetInfo_names_backend_kernel_paths_and_limits()
    {
        var info = await Io.Client.GetInfoAsync();
        Assert.Equal(BackendName.Replace("io-uring", "io_uring", StringComparison.Ordinal), info.Backend);
        Assert.Equal(File.ReadAllText("/proc/sys/kernel/osrelease").Trim(), info.Kernel);
        Assert.Equal(Enum.GetValues<OperationKind>().Order(), info.Paths.Keys.Order());
        Assert.Equal(65536, info.Limits["max-in-flight"]);
        Assert.True(info.Counters.Submitted > 0 || info.Counters.Replied == 0);
    }

    private async Task OpenAndDrop(string name)
    {
        var result = await Do(new Open(name, OpenFlags.WriteOnly | OpenFlags.Create));
        Assert.True(result.IsSuccess);
        Assert.Equal(1, OpenCount(name));
    }

    private static int OpenCount(string path) => Directory.GetFiles("/proc/self/fd")
        .Count(link => new FileInfo(link).LinkTarget == path);
}

/// <summary>Small helps for handles.</summary>
internal static class HandleExtensions
{
    internal static Task Check(this SafeFileHandle handle)
    {
        Assert.False(handle.IsInvalid);
        return Task.CompletedTask;
    }
}
