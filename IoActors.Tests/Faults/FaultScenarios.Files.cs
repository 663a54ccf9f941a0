using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Threading;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.IoActors.Native;
using Akka.IoActors.Tests.Support;
using Microsoft.Win32.SafeHandles;
using Xunit;

namespace Akka.IoActors.Tests.Faults;

/// <summary>Files: 19 … 31.</summary>
public abstract partial class FaultScenarios
{
    [Fact]
    public Task Fault_19_One_pool_thread_and_NET_s_own_pool_busy() => Survive(
        async service =>
        {
            // Not disposed of: some of those that wait come late.
            var release = new ManualResetEventSlim();
            var busy = 0;
            var file = await service.OpenFile();
            var inbox = new DirectInbox(service.System);
            ThreadPool.GetMinThreads(out var threads, out _);
            for (var i = 0; i < threads * 4; i++)
            {
                ThreadPool.QueueUserWorkItem(_ =>
                {
                    Interlocked.Increment(ref busy);
                    release.Wait(Deadline);
                });
            }

            Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref busy) >= threads, Deadline));

            // No continuation would run now.
            for (var i = 0; i < 200; i++)
            {
                service.Io.Backend.Tell(new PWrite(file, Bytes(BlockSize, i), i * BlockSize), inbox);
                Assert.Equal(BlockSize, inbox.Receive().GetValueOrThrow());
            }

            release.Set();
            MustHoldBlocks(service.PathOf("file"), 200);
        },
        """
        io-actors.offload.threads = 1
        io-actors.offload.stream-threads = 1
        """);

    [SkippableFact]
    public Task Fault_20_ENOSPC_on_a_tiny_file_system_then_room_again() => Survive(async service =>
    {
        Skip.IfNot(Environment.IsPrivilegedProcess, "needs to mount a tmpfs");
        const int room = 1 << 20;
        var small = Directory.CreateDirectory(service.PathOf("small")).FullName;
        await Run("mount", "-t", "tmpfs", "-o", "size=1m", "none", small);
        try
        {
            await Run("dd", "if=/dev/zero", $"of={small}/ballast", "bs=4096", "count=128");
            using (var file = (await service.Send(new Open(
                $"{small}/file", OpenFlags.ReadWrite | OpenFlags.Create))).ThrowIfFailed().Handle)
            {
                var data = Bytes(room, 5);
                var written = await service.Io.Client.WriteAllAsync(file, data, 0).AsTask().WaitAsync(Deadline);
                Assert.Equal(Errno.ENOSPC, written.Error);
                Assert.InRange(written.Transferred, 1, room - 1);
                Assert.Equal(Errno.ENOSPC, (await service.Send(new PWrite(file, data, room))).Error);

                File.Delete($"{small}/ballast");
                var rest = await service.Io.Client
                    .WriteAllAsync(file, data.AsMemory((int)written.Transferred, 300_000), written.Transferred)
                    .AsTask().WaitAsync(Deadline);
                Assert.Equal(300_000, rest.Transferred);
                Assert.Equal(0, (await service.Send(new FSync(file))).GetValueOrThrow());
                var content = File.ReadAllBytes($"{small}/file");
                Assert.True(content.AsSpan().SequenceEqual(data.AsSpan(0, content.Length)));
            }
        }
        finally
        {
            await Run("umount", small);
        }
    });

    [Fact]
    public Task Fault_21_EMFILE_on_Open_and_Accept() => Survive(_ => NoDescriptors.Survives(NoDescriptors.Files, Backend));

    [Fact]
    public Task Fault_22_EBADF_after_Close_and_a_second_Close() => Survive(async service =>
    {
        var number = (int)(await service.Send(new Open(service.Folder, OpenFlags.Directory))).GetValueOrThrow();
        var close = service.Send(new Close(number));
        var second = service.Send(new Close(number));
        var stat = service.Send(new FStat(number));
        Assert.Equal(0, (await close).GetValueOrThrow());
        Assert.Equal(Errno.EBADF, (await second).Error);
        Assert.Equal(Errno.EBADF, (await stat).Error);
        Assert.Equal(Errno.EBADF, (await service.Send(new Close(number))).Error);
        var handle = (await service.Send(new Open(service.Folder, OpenFlags.Directory))).Handle;
        handle.Dispose();
        Assert.Equal(Errno.EBADF, (await service.Send(new FStat(handle))).Error);
    });

    [Fact]
    public Task Fault_23_A_number_that_is_closed_and_opened_again_meanwhile() => Survive(async service =>
    {
        for (var round = 0; round < 100; round++)
        {
            var (left, right) = (service.PathOf($"old-{round}"), service.PathOf($"new-{round}"));
            const OpenFlags create = OpenFlags.ReadWrite | OpenFlags.Create;
            var number = (int)(await service.Send(new Open(left, create))).GetValueOrThrow();
            var writes = Enumerable.Range(0, 20)
                .Select(i => service.Send(new PWrite(number, new byte[] { 1 }, i))).ToArray();
            var close = service.Send(new Close(number));
            var late = service.Send(new PWrite(number, new byte[] { 2 }, 0));
            var reopened = service.Send(new Open(right, create));
            Assert.All(await Task.WhenAll(writes), r => Assert.Equal(1, r.GetValueOrThrow()));
            Assert.Equal(0, (await close).GetValueOrThrow());

            // What was sent between the two is for neither file.
            Assert.Equal(Errno.EBADF, (await late).Error);
            var again = (int)(await reopened).GetValueOrThrow();
            Assert.Equal(1, (await service.Send(new PWrite(again, new byte[] { 3 }, 0))).GetValueOrThrow());
            Assert.Equal(0, (await service.Send(new Close(again))).GetValueOrThrow());
            Assert.Equal(Enumerable.Repeat((byte)1, 20).ToArray(), File.ReadAllBytes(left));
            Assert.Equal(new byte[] { 3 }, File.ReadAllBytes(right));
        }
    });

    [Fact]
    public Task Fault_24_Close_with_reads_in_flight() => Survive(async service =>
    {
        var data = Bytes(1 << 20, 2);
        File.WriteAllBytes(service.PathOf("file"), data);
        var file = (await service.Send(new Open(service.PathOf("file")))).ThrowIfFailed().Handle;
        var buffers = Enumerable.Range(0, 64).Select(_ => new byte[1 << 14]).ToArray();
        var reads = buffers.Select((buffer, i) => service.Send(new PRead(file, buffer, i << 14))).ToArray();
        var close = service.Send(new Close(file));
        Assert.All(await Task.WhenAll(reads), r => Assert.Equal(1 << 14, r.GetValueOrThrow()));
        Assert.Equal(0, (await close).GetValueOrThrow());
        Assert.Equal(data, buffers.SelectMany(buffer => buffer).ToArray());

        var (first, second) = service.SocketPair();
        var (read, _) = service.Pipe();
        var waits = new[]
        {
            service.Send(new Recv(first, new byte[1])), service.Send(new Recv(first, new byte[1])),
            service.Send(new Read(read, new byte[1])),
        };
        Assert.Equal(0, (await service.Send(new Close(first))).GetValueOrThrow());
        Assert.Equal(0, (await service.Send(new Close(read))).GetValueOrThrow());
        Assert.All(await Task.WhenAll(waits), r => Assert.Equal(Errno.ECANCELED, r.Error));
        Assert.Equal(0, (await service.Send(new Recv(second, new byte[1]))).GetValueOrThrow());
    });

    [Fact]
    public Task Fault_25_LSeek_FTruncate_and_FStat_after_writes_on_their_way() => Survive(async service =>
    {
        var file = await service.OpenFile();
        for (var round = 0; round < 50; round++)
        {
            var steps = new List<Task<IoResult>>();
            for (var i = 0; i < 10; i++)
            {
                steps.Add(service.Send(new Write(file, Bytes(1000, i))));
            }

            var stat = service.Send(new FStat(file));
            var seek = service.Send(new LSeek(file, 500, SeekWhence.Set));
            steps.Add(service.Send(new Write(file, "mark"u8.ToArray())));
            var cut = service.Send(new FTruncate(file, 504));
            var after = service.Send(new FStat(file));
            var back = service.Send(new LSeek(file, 0, SeekWhence.End));
            Assert.All(await Task.WhenAll(steps), r => Assert.True(r.GetValueOrThrow() is 1000 or 4));
            Assert.Equal(round == 0 ? 10_000 : 10_504, (await stat).Status.Size);
            Assert.Equal(500, (await seek).GetValueOrThrow());
            Assert.Equal(0, (await cut).GetValueOrThrow());
            Assert.Equal(504, (await after).Status.Size);
            Assert.Equal(504, (await back).GetValueOrThrow());
            Assert.Equal("mark"u8.ToArray(), File.ReadAllBytes(service.PathOf("file"))[500..504]);
        }
    });

    [Fact]
    public Task Fault_26_A_short_write_and_the_rest() => Survive(async service =>
    {
        const int size = 3_000_000;
        var (read, write) = service.Pipe();
        var data = Bytes(size, 9);
        var written = service.Io.Client.WriteAllAsync(write, data).AsTask();
        var received = new byte[size];
        var got = await service.Io.Client.ReadExactlyAsync(read, received).AsTask().WaitAsync(Deadline);
        Assert.Equal(size, got.Transferred);
        Assert.Equal(size, (await written.WaitAsync(Deadline)).Transferred);
        Assert.Equal(data, received);

        // The reader goes away in the middle: how far it got, and why not further.
        var lost = service.Io.Client.WriteAllAsync(write, data).AsTask();
        var part = await service.Io.Client.ReadExactlyAsync(read, received.AsMemory(0, 100_000)).AsTask();
        Assert.Equal(100_000, part.Transferred);
        Assert.Equal(0, (await service.Send(new Close(read))).GetValueOrThrow());
        var transfer = await lost.WaitAsync(Deadline);
        Assert.InRange(transfer.Transferred, 100_000, size - 1);
        Assert.Equal(Errno.EPIPE, transfer.Error);
    });

    [Fact]
    public Task Fault_27_A_short_read_at_the_end_of_the_file() => Survive(async service =>
    {
        File.WriteAllBytes(service.PathOf("file"), Bytes(1000));
        var file = await service.OpenFile();
        Assert.Equal(400, (await service.Send(new PRead(file, new byte[4096], 600))).GetValueOrThrow());
        Assert.Equal(0, (await service.Send(new PRead(file, new byte[10], 1000))).GetValueOrThrow());
        Assert.Equal(0, (await service.Send(new PRead(file, new byte[10], 1 << 30))).GetValueOrThrow());
        var whole = new byte[5000];
        var transfer = await service.Io.Client.ReadExactlyAsync(file, whole, 0).AsTask().WaitAsync(Deadline);
        Assert.Equal(1000, transfer.Transferred);
        Assert.Equal(Errno.None, transfer.Error);
        Assert.Equal(Bytes(1000), whole[..1000]);
        Assert.Equal(-1, whole.AsSpan(1000).IndexOfAnyExcept((byte)0));
    });

    [Fact]
    public Task Fault_28_Lengths_past_MAX_RW_COUNT_and_more_than_IOV_MAX_segments() => Survive(async service =>
    {
        var huge = GC.AllocateUninitializedArray<byte>(Array.MaxLength);
        var nowhere = service.Own(File.OpenHandle("/dev/null", FileMode.Open, FileAccess.Write));
        Assert.Equal(huge.Length, (await service.Send(new Write(nowhere, huge))).GetValueOrThrow());
        Assert.Equal(2L * huge.Length, (await service.Send(new WriteV(nowhere, [huge, huge]))).GetValueOrThrow());
        var file = await service.OpenFile();
        var many = Enumerable.Repeat((ReadOnlyMemory<byte>)new byte[1], 1025).ToArray();
        Assert.Equal(Errno.EINVAL, (await service.Send(new PWriteV(file, many, 0))).Error);
        Assert.Equal(1024, (await service.Send(new PWriteV(file, many[..1024], 0))).GetValueOrThrow());
        Assert.Equal(1024, new FileInfo(service.PathOf("file")).Length);
    });

    [Fact]
    public Task Fault_29_O_DIRECT_misaligned() => Survive(async service =>
    {
        File.WriteAllBytes(service.PathOf("file"), Bytes(1 << 16));
        var file = await service.OpenFile("file", OpenFlags.ReadWrite | OpenFlags.Direct);
        var memory = GC.AllocateArray<byte>(1 << 16, pinned: true);
        var address = Marshal.UnsafeAddrOfPinnedArrayElement(memory, 0);
        var aligned = (int)((4096 - address % 4096) % 4096);
        foreach (var (start, length, offset) in new[]
        {
            (aligned, 4096, 0), (aligned + 1, 4096, 0), (aligned, 4095, 0), (aligned, 4096, 1), (aligned + 3, 511, 77),
        })
        {
            // Whatever this file system says to the plain call is the answer.
            var fd = (int)file.DangerousGetHandle();
            var right = Sys.PRead(fd, address + start, length, offset);
            Assert.Equal(right, (await service.Send(new PRead(file, memory.AsMemory(start, length), offset))).Value);
            right = Sys.PWrite(fd, address + start, length, offset);
            Assert.Equal(right, (await service.Send(new PWrite(file, memory.AsMemory(start, length), offset))).Value);
        }
    });

    [Fact]
    public Task Fault_30_An_error_of_fsync_reaches_the_one_who_asked_and_nobody_else() => Survive(async service =>
    {
        // Really refused: there is nothing to sync in a pipe.
        var (_, write) = service.Pipe();
        var file = await service.OpenFile();
        var asked = service.Send(new FSync(write));
        var other = service.Send(new FSync(file));
        Assert.Equal(Errno.EINVAL, (await asked).Error);
        Assert.Equal(0, (await other).GetValueOrThrow());

        // A device that fails: the executor says so once, as the kernel does.
        var executor = new HeldExecutor();
        using var table = new Operations.OperationTable(
            IoSettings.Parse(Akka.Configuration.ConfigurationFactory.Empty), () => { }, (_, _) => { })
        {
            Buffers = new Operations.BufferPool(1, 64, () => { }),
        };
        table.UseExecutor(executor);
        var inbox = Inbox.Create(service.System);
        var syncs = new[] { new FSync(file), new FSync(file), new FSync(file) };
        foreach (var sync in syncs)
        {
            table.Submit(sync, inbox.Receiver);
        }

        table.Complete(executor.Started[0], -(long)Errno.EIO);
        table.Complete(executor.Started[1], 0);

        // The third has been carried out with the second: they came while the first was under way.
        Assert.Equal(2, executor.Started.Count);
        foreach (var (sync, error) in syncs.Zip([Errno.EIO, Errno.None, Errno.None]))
        {
            var reply = (IoResult)inbox.Receive(Deadline);
            Assert.Same(sync, reply.Operation);
            Assert.Equal(error, reply.Error);
        }
    });

    [Fact]
    public Task Fault_31_SIGKILL_in_the_middle_of_writing() => Survive(KillWriters, minutes: 15);

    private async Task KillWriters(FaultService service)
    {
        // IOACTORS_KILLS asks for more of them than a normal run makes.
        var kills = int.Parse(Environment.GetEnvironmentVariable("IOACTORS_KILLS") ?? "10", null);
        var random = new Random(31);
        for (var kill = 0; kill < kills; kill++)
        {
            var path = service.PathOf($"killed-{kill}");
            using var writer = Process.Start(new ProcessStartInfo(
                "dotnet", ["exec", typeof(Writer).Assembly.Location, Backend, path])
            {
                RedirectStandardOutput = true,
            })!;
            var covered = 0L;
            var lines = random.Next(1, 60);
            for (var i = 0; i < lines; i++)
            {
                var line = await writer.StandardOutput.ReadLineAsync().WaitAsync(Deadline);
                covered = long.Parse(line ?? throw new InvalidOperationException("the writer ended by itself"), null);
            }

            Thread.SpinWait(random.Next(100_000));
            writer.Kill();
            var rest = await writer.StandardOutput.ReadToEndAsync().WaitAsync(Deadline);
            await writer.WaitForExitAsync();
            covered = rest.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => long.Parse(line, null))
                .Append(covered).Max();
            var content = File.ReadAllBytes(path);
            Assert.True(content.Length >= covered, $"{content.Length} bytes are there, {covered} were covered");
            Assert.True(content.AsSpan(0, (int)covered).SequenceEqual(Writer.Content(0, (int)covered)));
            File.Delete(path);
        }
    }

    private static async Task Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        var errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{program}: {errors}");
    }
}
