using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using Akka.Actor;
using Xunit;

namespace Akka.IoActors.Tests.Faults;

/// <summary>Sockets: 32 … 39.</summary>
public abstract partial class FaultScenarios
{
    [Fact]
    public Task Fault_32_A_connection_that_is_aborted_before_it_is_accepted() => Survive(async service =>
    {
        var listener = service.Listener();
        for (var round = 0; round < 20; round++)
        {
            var gone = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await gone.ConnectAsync(listener.LocalEndPoint!);
            gone.LingerState = new LingerOption(true, 0);
            gone.Dispose();

            // Linux hands the dead connection out; others would say ECONNABORTED. Both are the reply's business.
            var accepted = await service.Send(new Accept(listener));
            if (accepted.IsSuccess)
            {
                using var server = accepted.SocketHandle;
                Assert.Equal(Errno.ECONNRESET, (await service.Send(new Recv(server, new byte[1]))).Error);
            }
            else
            {
                Assert.Equal(Errno.ECONNABORTED, accepted.Error);
            }
        }

        var (client, alive) = await service.Connect(listener);
        await client.SendAsync("x"u8.ToArray());
        Assert.Equal(1, (await service.Send(new Recv(alive, new byte[4]))).GetValueOrThrow());
    });

    [Fact]
    public Task Fault_33_RST_in_the_middle_of_a_send() => Survive(async service =>
    {
        var listener = service.Listener();
        var (client, server) = await service.Connect(listener);
        var big = service.Send(new Send(server, new byte[32 << 20]));
        var behind = service.Send(new Send(server, new byte[10]));
        var buffer = new byte[1 << 16];
        Assert.True(await client.ReceiveAsync(buffer) > 0);
        client.LingerState = new LingerOption(true, 0);
        client.Dispose();

        // The bytes that had gone, or the error; those behind it get one in any case.
        var first = await big;
        Assert.True(first.IsSuccess ? first.Value < 32 << 20 : first.Error is Errno.ECONNRESET or Errno.EPIPE);
        Assert.Contains((await behind).Error, new[] { Errno.ECONNRESET, Errno.EPIPE });
        Assert.Equal(Errno.EPIPE, (await service.Send(new Send(server, new byte[1]))).Error);
        Assert.Equal(0, (await service.Send(new Recv(server, new byte[1]))).Value);
    });

    [Fact]
    public Task Fault_34_EPIPE_never_kills_the_process() => Survive(async service =>
    {
        var (read, write) = service.Pipe();
        var (first, second) = service.SocketPair();
        read.Dispose();
        second.Dispose();
        for (var i = 0; i < 50; i++)
        {
            Assert.Equal(Errno.EPIPE, (await service.Send(new Write(write, new byte[1]))).Error);
            Assert.Equal(Errno.EPIPE, (await service.Send(new WriteV(write, [new byte[1], new byte[2]]))).Error);
            Assert.Equal(Errno.EPIPE, (await service.Send(new Send(first, new byte[1]))).Error);
            Assert.Equal(Errno.EPIPE, (await service.Send(new Write(first, new byte[1]))).Error);
        }

        var file = await service.OpenFile();
        Assert.Equal(100, (await service.Send(new Write(file, new byte[100]))).GetValueOrThrow());
        Assert.Equal(Errno.EPIPE, (await service.Send(new SendFile(write, file, 0, 100))).Error);
        Assert.Equal(Errno.EPIPE, (await service.Send(new SendFile(first, file, 0, 100))).Error);
    });

    [Fact]
    public Task Fault_35_A_consumer_that_reads_slowly() => Survive(
        async service =>
        {
            const int size = 4096;
            var (first, second) = service.SocketPair();
            var marks = Inbox.Create(service.System);
            Assert.Equal(0, (await service.Send(new Watermark(marks.Receiver, 300, 10))).GetValueOrThrow());
            var sends = Enumerable.Range(0, 3000).Select(i => service.Send(new Send(first, Bytes(size, i)))).ToArray();
            await service.Send(new Flush());
            var high = (WatermarkReached)marks.Receive(Deadline);
            Assert.Equal(WatermarkLevel.High, high.Level);
            Assert.Equal(300, high.Waiting);

            // No more wait than may; the others have been told at once.
            var counters = await service.Counters();
            Assert.InRange(counters.Waiting, 1, 1000);
            Assert.InRange(counters.PinnedBuffers, 1, 1001);
            var refused = sends.Count(send => send.IsCompleted && send.Result.Error == Errno.EAGAIN);
            Assert.InRange(refused, 1500, 2000);

            var accepted = sends.Length - refused;
            var received = new byte[accepted * size];
            var transfer = await service.Io.Client.ReadExactlyAsync(second, received).AsTask().WaitAsync(Deadline);
            Assert.Equal(received.Length, transfer.Transferred);
            var results = await Task.WhenAll(sends);
            var at = 0;
            for (var i = 0; i < sends.Length; i++)
            {
                if (results[i].IsSuccess)
                {
                    Assert.Equal(size, results[i].Value);
                    Assert.True(received.AsSpan(at, size).SequenceEqual(Bytes(size, i)), $"send {i}");
                    at += size;
                }
            }

            Assert.Equal(received.Length, at);
            var low = (WatermarkReached)marks.Receive(Deadline);
            Assert.Equal(WatermarkLevel.Low, low.Level);
            Assert.InRange(low.Waiting, 0, 10);
            Assert.Equal(0, (await service.Send(Watermark.Off(marks.Receiver))).GetValueOrThrow());
        },
        "io-actors.max-waiting = 1000");

    [Fact]
    public Task Fault_38_All_buffers_are_with_their_receivers() => Survive(
        async service =>
        {
            const int buffers = 4;
            const int streams = 16;
            const int rounds = 50;
            var pairs = Enumerable.Range(0, streams).Select(_ => service.SocketPair()).ToArray();
            var held = new ConcurrentQueue<IoBuffer>();
            var got = pairs.Select(_ => new List<byte>()).ToArray();
            for (var round = 0; round < rounds; round++)
            {
                // Two receives a stream, with something to receive for each, and a quarter of the buffers for them.
                var receives = pairs.Select(pair => new[] { service.Send(new RecvPooled(pair.First)), service.Send(new RecvPooled(pair.First)) })
                    .ToArray();
                foreach (var (pair, n) in pairs.Select((pair, n) => (pair, n)))
                {
                    Assert.Equal(100, (await service.Send(new Send(pair.Second, Bytes(100, n * rounds + round)))).Value);
                }

                var left = receives.Select((both, n) => Collect(both[0], n)).ToList();
                while (left.Count > 0)
                {
                    left.Remove(await Task.WhenAny(left).WaitAsync(Deadline));
                    Assert.InRange(held.Count, 0, buffers);
                    while (held.TryDequeue(out var buffer))
                    {
                        buffer.Dispose();
                    }
                }

                // The second receive of each stream waits, for bytes or for a buffer; another hundred bytes answer it.
                foreach (var (pair, n) in pairs.Select((pair, n) => (pair, n)))
                {
                    Assert.Equal(100, (await service.Send(new Send(pair.Second, Bytes(100, n * rounds + round)))).Value);
                    await Collect(receives[n][1], n).WaitAsync(Deadline);
                    Assert.True(held.TryDequeue(out var buffer));
                    buffer.Dispose();
                }
            }

            for (var n = 0; n < streams; n++)
            {
                var sent = Enumerable.Range(0, rounds).SelectMany(round => Enumerable.Repeat(Bytes(100, n * rounds + round), 2).SelectMany(b => b));
                Assert.Equal(sent, got[n]);
            }

            Assert.Equal(0, (await service.Counters()).BuffersInUse);

            async Task Collect(Task<IoResult> receive, int n)
            {
                var buffer = (await receive).Buffer;
                got[n].AddRange(buffer.Memory.ToArray());
                held.Enqueue(buffer);
            }
        },
        "io-actors.buffers.count = 4");

    [Fact]
    public Task Fault_36_A_full_send_buffer_and_busy_processors() => Survive(async service =>
    {
        var stop = false;
        var spinners = Enumerable.Range(0, Environment.ProcessorCount * 2).Select(_ =>
        {
            var thread = new Thread(() =>
            {
                while (!Volatile.Read(ref stop))
                {
                    Thread.SpinWait(1000);
                }
            });
            thread.Start();
            return thread;
        }).ToArray();
        try
        {
            var listener = service.Listener();
            listener.ReceiveBufferSize = 4096;
            var pairs = new List<(Socket Client, SafeSocketHandle Server)>();
            for (var i = 0; i < 8; i++)
            {
                pairs.Add(await service.Connect(listener));
            }

            const int total = 2_000_000;
            var work = pairs.Select(async (pair, i) =>
            {
                var data = Bytes(total, i);
                var sends = Enumerable.Range(0, 20)
                    .Select(n => service.Send(new Send(pair.Client, data.AsMemory(n * total / 20, total / 20)))).ToArray();
                var received = new byte[total];
                var got = await service.Io.Client.ReadExactlyAsync(pair.Server, received).AsTask();
                Assert.Equal(Errno.None, got.Error);
                Assert.Equal(total, got.Transferred);
                Assert.All(await Task.WhenAll(sends), r => Assert.Equal(total / 20, r.GetValueOrThrow()));
                Assert.True(received.AsSpan().SequenceEqual(data));
            });
            await Task.WhenAll(work).WaitAsync(TimeSpan.FromMinutes(1));
        }
        finally
        {
            Volatile.Write(ref stop, true);
            Array.ForEach(spinners, spinner => spinner.Join());
        }
    });

    [Fact]
    public Task Fault_37_More_idle_receives_than_pool_threads() => Survive(
        async service =>
        {
            var pairs = Enumerable.Range(0, 200).Select(_ => service.SocketPair()).ToArray();
            var idle = pairs.Select(pair => service.Send(new Recv(pair.First, new byte[1]))).ToArray();
            var file = await service.OpenFile();
            Assert.All(
                await Task.WhenAll(Blocks(service, file, 0, 500)), r => Assert.Equal(BlockSize, r.GetValueOrThrow()));
            MustHoldBlocks(service.PathOf("file"), 500);
            Assert.All(idle, wait => Assert.False(wait.IsCompleted));
            await Task.WhenAll(pairs.Select(pair => service.Send(new Send(pair.Second, new byte[1]))));
            Assert.All(await Task.WhenAll(idle), r => Assert.Equal(1, r.GetValueOrThrow()));
        },
        """
        io-actors.offload.threads = 2
        io-actors.offload.stream-threads = 1
        """);

    [Fact]
    public Task Fault_39_The_order_on_a_connection_with_many_producers() => Survive(async service =>
    {
        const int producers = 8;
        const int each = 500;
        var listener = service.Listener();
        var (client, server) = await service.Connect(listener);
        var reading = Task.Run(async () =>
        {
            var all = new byte[producers * each * 8];
            var got = await service.Io.Client.ReadExactlyAsync(client, all).AsTask();
            Assert.Equal(all.Length, got.Transferred);
            return all;
        });
        var work = Enumerable.Range(0, producers).Select(producer => Task.Run(async () =>
        {
            var sends = new List<Task<IoResult>>();
            for (var i = 0; i < each; i++)
            {
                var message = new byte[8];
                BitConverter.TryWriteBytes(message, producer);
                BitConverter.TryWriteBytes(message.AsSpan(4), i);
                sends.Add(service.Send(i % 2 == 0 ? new Send(server, message) : new Write(server, message)));
            }

            Assert.All(await Task.WhenAll(sends), r => Assert.Equal(8, r.GetValueOrThrow()));
        }));
        await Task.WhenAll(work);
        var next = new int[producers];
        foreach (var message in (await reading.WaitAsync(Deadline)).Chunk(8))
        {
            Assert.Equal(next[BitConverter.ToInt32(message)]++, BitConverter.ToInt32(message, 4));
        }

        Assert.All(next, count => Assert.Equal(each, count));
    });
}
