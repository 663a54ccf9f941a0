using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Tasks;
using Akka.IoActors.Tests.Support;
using Xunit;

namespace Akka.IoActors.Tests.Conformance;

/// <summary>Receives into buffers of the backend's.</summary>
public abstract class PooledConformance(BackendFixture fixture) : ConformanceTest(fixture)
{
    [Fact]
    public async Task RecvPooled_waits_and_brings_what_has_come()
    {
        var (first, second) = MakeSocketPair();
        var receiving = Send(new RecvPooled(first));
        await Do(new Flush());
        Assert.False(receiving.IsCompleted);
        var data = Bytes(1000);
        Assert.Equal(1000, (await Do(new Send(second, data))).Value);
        var result = await receiving;
        Assert.Equal(1000, result.Value);
        using var buffer = result.Buffer;
        Assert.Equal(data, buffer.Memory.ToArray());
        Assert.Equal(1, await InUse());
        buffer.Dispose();
        Assert.Equal(0, await InUse());
        Assert.Throws<ObjectDisposedException>(() => buffer.Memory);
    }

    [Fact]
    public async Task RecvPooled_brings_a_stream_in_order_and_no_more_than_a_buffer_at_once()
    {
        var (first, second) = MakeSocketPair();
        var data = Bytes(300_000);
        var sending = SendAll();
        var got = new List<byte>();
        while (got.Count < data.Length)
        {
            var results = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Send(new RecvPooled(first)))).WaitAsync(Deadline);
            foreach (var result in results)
            {
                if (result.Value > 0)
                {
                    using var buffer = result.Buffer;
                    Assert.InRange(buffer.Memory.Length, 1, Io.Settings.BufferSize);
                    Assert.Equal(result.Value, buffer.Memory.Length);
                    got.AddRange(buffer.Memory.ToArray());
                }
            }
        }

        Assert.Equal(data, got.ToArray());
        Assert.Equal(data.Length, await sending);
        Assert.Equal(0, await InUse());

        // What is left at last may be less than eight receives take: the end of the stream answers the rest.
        async Task<long> SendAll()
        {
            var sent = await Send(new Send(second, data));
            second.Dispose();
            return sent.Value;
        }
    }

    [Fact]
    public async Task RecvPooled_gives_zero_and_no_buffer_when_the_peer_has_closed()
    {
        var (first, second) = MakeSocketPair();
        var receiving = Send(new RecvPooled(first));
        await Do(new Flush());
        second.Dispose();
        var result = await receiving;
        Assert.Equal(0, result.Value);
        Assert.Throws<InvalidOperationException>(() => result.Buffer);
        Assert.Equal(0, await InUse());
    }

    [Fact]
    public async Task RecvPooled_answers_what_is_wrong_without_a_buffer()
    {
        var file = await OpenFile();
        Assert.Equal(Errno.ENOTSOCK, (await Do(new RecvPooled(file))).Error);
        Assert.Equal(Errno.EBADF, (await Do(new RecvPooled(9999))).Error);
        Assert.Equal(0, await InUse());
    }

    [Fact]
    public async Task RecvPooled_is_cancelled_timed_out_and_ended_by_Close()
    {
        var (first, _) = MakeSocketPair();
        var operation = new RecvPooled(first);
        var receiving = Send(operation);
        await Do(new Flush());
        Assert.Equal(0, (await Do(new Cancel(operation))).Value);
        Assert.Equal(Errno.ECANCELED, (await receiving).Error);
        Assert.Equal(Errno.ETIMEDOUT, (await Do(new RecvPooled(first) { Timeout = TimeSpan.FromMilliseconds(20) })).Error);
        var ended = Send(new RecvPooled(first));
        await Do(new Flush());
        Assert.Equal(0, (await Do(new Close(first))).Value);
        Assert.Equal(Errno.ECANCELED, (await ended).Error);
        Assert.Equal(0, await InUse());
    }

    [Fact]
    public async Task More_idle_receives_than_there_are_buffers_hold_none_of_them()
    {
        var pairs = Enumerable.Range(0, Io.Settings.BufferCount + 50).Select(_ => MakeSocketPair()).ToList();
        var receiving = pairs.Select(pair => Send(new RecvPooled(pair.First))).ToList();
        await Do(new Flush());
        for (var n = pairs.Count - 1; n >= 0; n--)
        {
            Assert.Equal(4, (await Do(new Send(pairs[n].Second, BitConverter.GetBytes(n)))).Value);
            using var buffer = (await receiving[n]).Buffer;
            Assert.Equal(n, BitConverter.ToInt32(buffer.Memory.Span));
        }

        Assert.Equal(0, await InUse());
    }

    [Fact]
    public async Task Receivers_that_find_all_buffers_held_get_theirs_as_they_come_back()
    {
        var loops = Io.Loops.Count;
        var most = Io.Settings.BufferCount * loops;

        // One end or the other, so that every loop has more of them than buffers.
        var pairs = Enumerable.Range(0, most + (300 * loops))
            .Select(n => MakeSocketPair() is var (a, b) && n % 2 == 0 ? (First: a, Second: b) : (First: b, Second: a))
            .ToList();
        for (var n = 0; n < pairs.Count; n++)
        {
            Assert.Equal(4, (await Do(new Send(pairs[n].Second, BitConverter.GetBytes(n)))).Value);
        }

        var held = global::System.Threading.Channels.Channel.CreateUnbounded<IoBuffer>();
        var receiving = pairs.Select((pair, n) => Receive(pair.First, n)).ToList();

        // All of them are held, and nobody gets one more: the flush has come behind every receive that could start.
        await Do(new Flush());
        Assert.True(SpinWait.SpinUntil(() => InUse().GetAwaiter().GetResult() == most, Deadline), $"{await InUse()} of {most}");
        Assert.True(SpinWait.SpinUntil(() => receiving.Count(task => task.IsCompleted) >= most, Deadline));
        Assert.Equal(most, receiving.Count(task => task.IsCompleted));

        // One by one at first, then in heaps.
        for (var returned = 0; returned < pairs.Count; returned++)
        {
            (await held.Reader.ReadAsync().AsTask().WaitAsync(Deadline)).Dispose();
        }

        await Task.WhenAll(receiving).WaitAsync(Deadline);
        Assert.Equal(0, await InUse());

        async Task Receive(global::System.Net.Sockets.SafeSocketHandle socket, int n)
        {
            var result = await Send(new RecvPooled(socket)).ConfigureAwait(false);
            Assert.Equal(4, result.Value);
            Assert.Equal(n, BitConverter.ToInt32(result.Buffer.Memory.Span));
            Assert.True(held.Writer.TryWrite(result.Buffer));
        }
    }

    [Fact]
    public async Task A_buffer_that_nobody_returns_comes_back_and_is_counted()
    {
        var before = (await Do(new GetInfo())).Info.Counters.BuffersForgotten;
        var (first, second) = MakeSocketPair();
        await Do(new Send(second, new byte[1]));
        await Forget(first);
        for (var wait = 0; (await Do(new GetInfo())).Info.Counters.BuffersForgotten == before && wait < 1000; wait++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.Equal(before + 1, (await Do(new GetInfo())).Info.Counters.BuffersForgotten);
        Assert.Equal(0, await InUse());
    }

    [Fact]
    public async Task A_buffer_for_a_requester_that_has_stopped_returns_at_once()
    {
        var (first, second) = MakeSocketPair();
        await Do(new Send(second, new byte[1]));
        Io.Backend.Tell(new RecvPooled(first), Akka.Actor.ActorRefs.NoSender);
        await Do(new FStat(first));
        Assert.True(SpinWait.SpinUntil(() => InUse().GetAwaiter().GetResult() == 0, Deadline));
    }

    /// <summary>Not inlined into the caller, whose frame would keep the result alive.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private async Task Forget(System.Net.Sockets.SafeSocketHandle socket) =>
        Assert.Equal(1, (await Do(new RecvPooled(socket))).Value);

    private async Task<long> InUse() => (await Do(new GetInfo())).Info.Counters.BuffersInUse;
}
