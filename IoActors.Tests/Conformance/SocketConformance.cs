using System;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading.Tasks;
using Akka.IoActors.Tests.Support;
using Xunit;

namespace Akka.IoActors.Tests.Conformance;

/// <summary>What operations on sockets do, on every backend.</summary>
public abstract class SocketConformance(BackendFixture fixture) : ConformanceTest(fixture)
{
    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public async Task Accept_gives_the_connection_and_its_peer(string address)
    {
        var (listener, client) = MakeListener(IPAddress.Parse(address));
        var accepting = Send(new Accept(listener));
        await Do(new Flush());
        Assert.False(accepting.IsCompleted);
        await client.ConnectAsync(listener.LocalEndPoint!);
        var accepted = await accepting;
        Assert.Equal(client.LocalEndPoint, accepted.Peer);
        using var server = new Socket(accepted.SocketHandle);
        Assert.True(server.Connected);
        Assert.True(server.Blocking);
        Assert.Equal(4, (await Do(new Send(server, "ping"u8.ToArray()))).Value);
        var buffer = new byte[4];
        Assert.Equal(4, await client.ReceiveAsync(buffer));
        Assert.Equal("ping"u8.ToArray(), buffer);
    }

    [Fact]
    public async Task Accept_works_on_unix_sockets()
    {
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(PathOf("server")));
        listener.Listen();
        using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        client.Bind(new UnixDomainSocketEndPoint(PathOf("client")));
        var accepting = Send(new Accept(listener));
        client.Connect(new UnixDomainSocketEndPoint(PathOf("server")));
        var accepted = await accepting;
        Assert.Equal(PathOf("client"), accepted.Peer!.ToString());
        Own(accepted.SocketHandle);

        using var nameless = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        accepting = Send(new Accept(listener));
        nameless.Connect(new UnixDomainSocketEndPoint(PathOf("server")));
        var second = await accepting;
        Assert.IsType<UnixDomainSocketEndPoint>(second.Peer);
        Own(second.SocketHandle);
    }

    [Fact]
    public async Task A_crowd_is_accepted_in_a_few_turns()
    {
        const int crowd = 60;
        var (listener, _) = MakeListener();
        for (var n = 0; n < crowd; n++)
        {
            await Own(new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)).ConnectAsync(listener.LocalEndPoint!);
        }

        var loop = Io.LoopOf(listener.SafeHandle).Client;

        // What a loop that is busy with others would take so many turns for.
        var before = (await loop.GetInfoAsync()).Counters.Enters;
        var accepting = Enumerable.Range(0, crowd).Select(_ => Send(new Accept(listener))).ToArray();
        foreach (var accepted in await Task.WhenAll(accepting).WaitAsync(Deadline))
        {
            Own(accepted.SocketHandle);
        }

        Assert.InRange((await loop.GetInfoAsync()).Counters.Enters - before, 0, crowd / 2);
    }

    [Fact]
    public async Task Accepts_are_served_in_turn()
    {
        var (listener, _) = MakeListener();
        var accepting = Enumerable.Range(0, 20).Select(_ => Send(new Accept(listener))).ToArray();
        foreach (var accept in accepting)
        {
            var client = Own(new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
            await client.ConnectAsync(listener.LocalEndPoint!);
            var accepted = await accept;
            Assert.Equal(client.LocalEndPoint, accepted.Peer);
            Own(accepted.SocketHandle);
        }
    }

    [Fact]
    public async Task Accept_on_what_does_not_listen_says_so()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        Assert.Equal(Errno.EINVAL, (await Do(new Accept(socket))).Error);
        var file = await OpenFile();
        Assert.Equal(Errno.ENOTSOCK, (await Do(new Accept(file))).Error);
        Assert.Equal(Errno.ENOTSOCK, (await Do(new Recv(file, new byte[1]))).Error);
        Assert.Equal(Errno.ENOTSOCK, (await Do(new Send(file, new byte[1]))).Error);
    }

    [Fact]
    public async Task Close_of_a_listener_cancels_its_accepts()
    {
        var (listener, _) = MakeListener();
        var accepting = Enumerable.Range(0, 5).Select(_ => Send(new Accept(listener))).ToArray();
        await Do(new Flush());
        Assert.Equal(0, (await Do(new Close(listener))).Value);
        Assert.All(await Task.WhenAll(accepting), result => Assert.Equal(Errno.ECANCELED, result.Error));
    }

    [Fact]
    public async Task Recv_waits_and_gives_what_has_come()
    {
        var (first, second) = MakeSocketPair();
        var buffer = new byte[10];
        var receiving = Send(new Recv(first, buffer));
        await Do(new Flush());
        Assert.False(receiving.IsCompleted);
        Assert.Equal(5, (await Do(new Send(second, "hello"u8.ToArray()))).Value);
        Assert.Equal(5, (await receiving).Value);
        Assert.Equal("hello"u8.ToArray(), buffer[..5]);
    }

    [Fact]
    public async Task Recv_gives_zero_when_the_peer_has_closed()
    {
        var (first, second) = MakeSocketPair();
        var receiving = Send(new Recv(first, new byte[10]));
        second.Dispose();
        Assert.Equal(0, (await receiving).Value);
        Assert.Equal(0, (await Do(new Recv(first, new byte[10]))).Value);
    }

    [Fact]
    public async Task Recv_of_nothing_gives_zero()
    {
        var (first, second) = MakeSocketPair();
        await Do(new Send(second, "x"u8.ToArray()));
        Assert.Equal(0, (await Do(new Recv(first, Array.Empty<byte>()))).Value);
        Assert.Equal(1, (await Do(new Recv(first, new byte[1]))).Value);
    }

    [Fact]
    public async Task Recv_peeks_waits_for_all_and_does_not_wait()
    {
        var (first, second) = MakeSocketPair();
        Assert.Equal(
            Errno.EAGAIN, (await Do(new Recv(first, new byte[4], SocketMessageFlags.DontWait))).Error);

        await Do(new Send(second, "abcd"u8.ToArray()));
        var buffer = new byte[4];
        Assert.Equal(4, (await Do(new Recv(first, buffer, SocketMessageFlags.Peek))).Value);
        Assert.Equal("abcd"u8.ToArray(), buffer);
        Assert.Equal(4, (await Do(new Recv(first, buffer, SocketMessageFlags.DontWait))).Value);

        var whole = new byte[8];
        var receiving = Send(new Recv(first, whole, SocketMessageFlags.WaitAll));
        await Do(new Send(second, "0123"u8.ToArray()));
        await Do(new Flush());
        Assert.False(receiving.IsCompleted);
        await Do(new Send(second, "4567"u8.ToArray()));
        Assert.Equal(8, (await receiving).Value);
        Assert.Equal("01234567"u8.ToArray(), whole);
    }

    [Fact]
    public async Task Send_goes_through_whole_to_a_slow_reader()
    {
        var (first, second) = MakeSocketPair();
        var data = Bytes(4 << 20);
        var sending = Send(new Send(first, data));
        var back = new byte[data.Length];
        for (var got = 0; got < back.Length;)
        {
            got += (int)(await Do(new Recv(second, back.AsMemory(got, Math.Min(50_000, back.Length - got)))))
                .GetValueOrThrow();
        }

        Assert.Equal(data.Length, (await sending).Value);
        Assert.True(data.AsSpan().SequenceEqual(back));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_send_without_copying_brings_the_same_bytes_and_gives_the_buffer_back(bool isTcp)
    {
        // Unix sockets cannot: then it is an ordinary send.
        Descriptor first;
        Descriptor second;
        if (isTcp)
        {
            var (listener, client) = MakeListener();
            var accepting = Send(new Accept(listener));
            await client.ConnectAsync(listener.LocalEndPoint!);
            (first, second) = (client, Own((await accepting).SocketHandle));
        }
        else
        {
            var (near, far) = MakeSocketPair();
            (first, second) = (near, far);
        }

        // Before the peer has read, the first cannot have been sent as a whole; each buffer is written over as soon as it is back.
        var data = Bytes(8 << 20);
        var buffer = data.ToArray();
        var sending = Task.Run(async () =>
        {
            for (var start = 0; start < data.Length; start += 4 << 20)
            {
                var part = buffer.AsMemory(start, 4 << 20);
                Assert.Equal(part.Length, (await Do(new Send(first, part, SocketMessageFlags.ZeroCopy))).Value);
                part.Span.Clear();
            }
        });
        var back = await ReadAll(second, data.Length, 100_000);
        Assert.True(data.AsSpan().SequenceEqual(back));
        await sending;
        await Do(new Close(second));
        Assert.Equal(Errno.EPIPE, await FirstError(first));
        Assert.Throws<ArgumentException>(() => new Recv(first, buffer, SocketMessageFlags.ZeroCopy));
    }

    /// <summary>What a send without copying answers once the peer is gone.</summary>
    private async Task<Errno> FirstError(Descriptor socket)
    {
        IoResult result;
        do
        {
            result = await Do(new Send(socket, new byte[100], SocketMessageFlags.ZeroCopy));
        }
        while (result.IsSuccess || result.Error == Errno.ECONNRESET);
        return result.Error;
    }

    [Fact]
    public async Task Send_that_must_not_wait_takes_what_fits_and_then_answers_EAGAIN()
    {
        var (first, _) = MakeSocketPair();
        var sent = 0L;
        IoResult result;
        do
        {
            result = await Do(new Send(first, new byte[100_000], SocketMessageFlags.DontWait));
            sent += Math.Max(0, result.Value);
        }
        while (result.IsSuccess);

        Assert.Equal(Errno.EAGAIN, result.Error);
        Assert.True(sent > 0);
    }

    [Fact]
    public async Task Send_to_a_closed_peer_answers_EPIPE_and_the_process_lives()
    {
        var (first, second) = MakeSocketPair();
        second.Dispose();
        Assert.Equal(Errno.EPIPE, (await Do(new Send(first, new byte[10]))).Error);
        Assert.Equal(Errno.EPIPE, (await Do(new Write(first, new byte[10]))).Error);
    }

    [Fact]
    public async Task A_reset_connection_answers_ECONNRESET_once_and_then_ends()
    {
        var (listener, client) = MakeListener();
        client.Connect(listener.LocalEndPoint!);
        var accepted = await Do(new Accept(listener));
        var server = Own(accepted.SocketHandle);
        var receiving = Send(new Recv(server, new byte[10]));
        await Do(new Flush());
        client.LingerState = new LingerOption(true, 0);
        client.Close();
        Assert.Equal(Errno.ECONNRESET, (await receiving).Error);
        Assert.Equal(0, (await Do(new Recv(server, new byte[10]))).Value);
        Assert.Equal(Errno.EPIPE, (await Do(new Send(server, new byte[10]))).Error);
    }

    [Fact]
    public async Task A_socket_that_was_never_connected_answers_ENOTCONN()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        Assert.Equal(Errno.ENOTCONN, (await Do(new Recv(socket, new byte[1]))).Error);
        Assert.Equal(Errno.EPIPE, (await Do(new Send(socket, new byte[1]))).Error);
    }

    [Fact]
    public async Task Sockets_that_are_nonblocking_wait_like_any_other()
    {
        var (listener, client) = MakeListener();
        listener.Blocking = false;
        client.Blocking = false;
        var accepting = Send(new Accept(listener));
        await Do(new Flush());
        Assert.False(accepting.IsCompleted);
        await client.ConnectAsync(listener.LocalEndPoint!);
        var server = Own((await accepting).SocketHandle);

        var buffer = new byte[4];
        var receiving = Send(new Recv(client, buffer));
        await Do(new Flush());
        Assert.False(receiving.IsCompleted);
        await Do(new Send(server, "ping"u8.ToArray()));
        Assert.Equal(4, (await receiving).Value);
        Assert.Equal("ping"u8.ToArray(), buffer);

        var data = Bytes(8 << 20);
        var sending = Send(new Send(client, data));
        var back = new byte[data.Length];
        Assert.Equal(
            data.Length, (await Do(new Recv(server, back, SocketMessageFlags.WaitAll))).Value);
        Assert.Equal(data.Length, (await sending).Value);
        Assert.True(data.AsSpan().SequenceEqual(back));
    }

    [Fact]
    public async Task Both_directions_of_a_connection_go_on_at_once()
    {
        var (first, second) = MakeSocketPair();
        var receiving = Send(new Recv(first, new byte[3]));
        Assert.Equal(3, (await Do(new Send(first, "out"u8.ToArray()))).Value);
        Assert.Equal(3, (await Do(new Recv(second, new byte[3]))).Value);
        Assert.False(receiving.IsCompleted);
        Assert.Equal(3, (await Do(new Write(second, "in!"u8.ToArray()))).Value);
        Assert.Equal(3, (await receiving).Value);
    }

    [Fact]
    public async Task Receives_take_the_stream_in_the_order_in_which_they_were_sent()
    {
        var (first, second) = MakeSocketPair();
        var receiving = Enumerable.Range(0, 100).Select(i =>
        {
            var buffer = new byte[4];
            return (Buffer: buffer, Reply: Send(new Recv(first, buffer, SocketMessageFlags.WaitAll)));
        }).ToArray();
        for (var i = 0; i < 100; i++)
        {
            await Do(new Send(second, BitConverter.GetBytes(i)));
        }

        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(4, (await receiving[i].Reply).Value);
            Assert.Equal(i, BitConverter.ToInt32(receiving[i].Buffer));
        }
    }

    [Fact]
    public async Task Datagrams_keep_their_borders()
    {
        using var first = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        using var second = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        first.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        second.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        first.Connect(second.LocalEndPoint!);
        second.Connect(first.LocalEndPoint!);
        Assert.Equal(3, (await Do(new Send(first, "abc"u8.ToArray()))).Value);
        Assert.Equal(0, (await Do(new Send(first, Array.Empty<byte>()))).Value);
        Assert.Equal(5, (await Do(new Send(first, "defgh"u8.ToArray()))).Value);
        var buffer = new byte[4];
        Assert.Equal(3, (await Do(new Recv(second, buffer))).Value);
        Assert.Equal("abc"u8.ToArray(), buffer[..3]);
        Assert.Equal(0, (await Do(new Recv(second, buffer))).Value);
        Assert.Equal(5, (await Do(new Recv(second, buffer, SocketMessageFlags.Truncated))).Value);
        Assert.Equal("defg"u8.ToArray(), buffer);
        Assert.Equal(Errno.EMSGSIZE, (await Do(new Send(first, new byte[70_000]))).Error);
    }

    [Fact]
    public async Task Read_and_write_work_on_sockets()
    {
        var (first, second) = MakeSocketPair();
        Assert.Equal(4, (await Do(new Write(first, "data"u8.ToArray()))).Value);
        var buffer = new byte[10];
        Assert.Equal(4, (await Do(new Read(second, buffer))).Value);
        Assert.Equal("data"u8.ToArray(), buffer[..4]);
    }
}
