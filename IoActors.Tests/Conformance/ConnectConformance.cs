using System;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.IoActors.Native;
using Akka.IoActors.Tests.Support;
using Xunit;

namespace Akka.IoActors.Tests.Conformance;

/// <summary>Making, naming, connecting and shutting down sockets, on every backend.</summary>
public abstract class ConnectConformance(BackendFixture fixture) : ConformanceTest(fixture)
{
    [SkippableTheory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public async Task Sockets_are_made_bound_connected_and_named(string address)
    {
        var ip = IPAddress.Parse(address);
        Skip.IfNot(ip.AddressFamily == AddressFamily.InterNetwork || Socket.OSSupportsIPv6, "there is no IPv6 here");
        var (listener, endPoint) = await Listener(ip.AddressFamily, new IPEndPoint(ip, 0));
        Assert.NotEqual(0, ((IPEndPoint)endPoint).Port);
        var client = await NewSocket(ip.AddressFamily);
        var accepting = Send(new Accept(listener));
        Assert.Equal(0, (await Do(new Connect(client, endPoint))).Value);
        var accepted = await accepting;
        var server = Own(accepted.SocketHandle);
        Assert.Equal(accepted.Peer, (await Do(new GetSockName(client))).Address);
        Assert.Equal(endPoint, (await Do(new GetPeerName(client))).Address);
        Assert.Equal(endPoint, (await Do(new GetSockName(server))).Address);
        await Exchange(client, server);
        Assert.Equal(Errno.EISCONN, (await Do(new Connect(client, endPoint))).Error);
        Assert.False(IsNonBlocking(client), "the socket is as it was before");
    }

    [Fact]
    public async Task Unix_sockets_have_paths_or_abstract_names()
    {
        var path = PathOf("socket");
        foreach (var endPoint in new EndPoint[] { new UnixDomainSocketEndPoint(path), new UnixDomainSocketEndPoint($"\0io-actors-{Guid.NewGuid()}") })
        {
            var (listener, name) = await Listener(AddressFamily.Unix, endPoint);
            Assert.Equal(endPoint.ToString(), name.ToString());
            var client = await NewSocket(AddressFamily.Unix);
            var accepting = Send(new Accept(listener));
            Assert.Equal(0, (await Do(new Connect(client, endPoint))).Value);
            await Exchange(client, Own((await accepting).SocketHandle));
        }

        // A full backlog keeps neither a thread nor the caller waiting, and files go on.
        var (full, there) = await Listener(AddressFamily.Unix, new UnixDomainSocketEndPoint(PathOf("full")), backlog: 0);
        Assert.Equal(0, (await Do(new Connect(await NewSocket(AddressFamily.Unix), there))).Value);
        for (var n = 0; n < 40; n++)
        {
            var refused = await NewSocket(AddressFamily.Unix);
            Assert.Equal(Errno.EAGAIN, (await Do(new Connect(refused, there))).Error);
            Assert.False(IsNonBlocking(refused), "the socket is as it was before");
        }

        Own((await Do(new Accept(full))).SocketHandle);

        // The name stays when its socket has gone: nobody listens, and nobody else may bind it.
        var left = await NewSocket(AddressFamily.Unix);
        Assert.Equal(Errno.EADDRINUSE, (await Do(new Bind(left, new UnixDomainSocketEndPoint(path)))).Error);
        File.WriteAllText(PathOf("no-socket"), "");
        Assert.Equal(Errno.ECONNREFUSED, (await Do(new Connect(left, new UnixDomainSocketEndPoint(PathOf("no-socket"))))).Error);
        Assert.Equal(Errno.ENOENT, (await Do(new Connect(left, new UnixDomainSocketEndPoint(PathOf("nothing"))))).Error);
    }

    [Fact]
    public async Task What_cannot_be_connected_says_why()
    {
        // Bound and not listening: the port is taken, and nobody answers there.
        var silent = await NewSocket(AddressFamily.InterNetwork);
        Assert.Equal(0, (await Do(new Bind(silent, new IPEndPoint(IPAddress.Loopback, 0)))).Value);
        var port = (IPEndPoint)(await Do(new GetSockName(silent))).Address!;
        var client = await NewSocket(AddressFamily.InterNetwork);
        Assert.Equal(Errno.ECONNREFUSED, (await Do(new Connect(client, port))).Error);
        Assert.False(IsNonBlocking(client), "the socket is as it was before");
        Assert.Equal(Errno.EADDRINUSE, (await Do(new Bind(client, port))).Error);
        Assert.Equal(Errno.EADDRNOTAVAIL, (await Do(new Bind(client, new IPEndPoint(IPAddress.Parse("192.0.2.1"), 0)))).Error);
        var fresh = await NewSocket(AddressFamily.InterNetwork);
        Assert.Equal(Errno.EAFNOSUPPORT, (await Do(new Connect(fresh, new UnixDomainSocketEndPoint("/a-name-longer-than-sixteen")))).Error);
        Assert.Equal(Errno.ENOTCONN, (await Do(new GetPeerName(client))).Error);
        Assert.Equal(Errno.ENOTCONN, (await Do(new Shutdown(client, SocketShutdown.Both))).Error);
        var file = await OpenFile();
        Assert.Equal(Errno.ENOTSOCK, (await Do(new Connect(file, port))).Error);
        Assert.Equal(Errno.ENOTSOCK, (await Do(new Bind(file, port))).Error);
        Assert.Equal(Errno.ENOTSOCK, (await Do(new Listen(file))).Error);
        Assert.Equal(Errno.ENOTSOCK, (await Do(new GetSockName(file))).Error);
        Assert.Equal(Errno.ENOTSOCK, (await Do(new SetSockOpt(file, SocketOption.KeepAlive, 1))).Error);
        Assert.Equal(Errno.EBADF, (await Do(new Connect(9999, port))).Error);
        Assert.Equal(Errno.EBADF, (await Do(new Listen(9999))).Error);
        Assert.Throws<ArgumentException>(() => new Connect(client, new DnsEndPoint("localhost", 1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => new CreateSocket(AddressFamily.AppleTalk));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Listen(client, -1));
    }

    [Fact]
    public async Task A_connect_that_nobody_answers_ends_at_its_timeout_and_when_it_is_cancelled()
    {
        var (listener, endPoint) = await Listener(AddressFamily.InterNetwork, new IPEndPoint(IPAddress.Loopback, 0), backlog: 0);

        // The backlog of one is full from then on: the kernel drops what comes.
        var first = await NewSocket(AddressFamily.InterNetwork);
        Assert.Equal(0, (await Do(new Connect(first, endPoint))).Value);
        var late = await NewSocket(AddressFamily.InterNetwork);
        Assert.Equal(Errno.ETIMEDOUT, (await Do(new Connect(late, endPoint) { Timeout = TimeSpan.FromMilliseconds(200) })).Error);
        Assert.False(IsNonBlocking(late), "the socket is as it was before");
        var given = await NewSocket(AddressFamily.InterNetwork);
        var connect = new Connect(given, endPoint);
        var connecting = Send(connect);
        var send = new Send(given, new byte[1]);
        var behind = Send(send);
        await Do(new Flush());
        Assert.False(connecting.IsCompleted);
        Assert.Equal(0, (await Do(new Cancel(connect))).Value);
        Assert.Equal(Errno.ECANCELED, (await connecting).Error);

        // If the connect had begun, the socket goes on connecting, and the send waits for that; it waits no longer for the operation.
        await Do(new Cancel(send));
        Assert.Contains((await behind).Error, new[] { Errno.ECANCELED, Errno.EPIPE });
        Own((await Do(new Accept(listener))).SocketHandle);
    }

    [Fact]
    public async Task Shutdown_of_sending_comes_after_what_was_sent_and_of_receiving_at_once()
    {
        var (first, second) = MakeSocketPair();
        var data = Bytes(1 << 20);
        var sending = Send(new Send(first, data));
        var ending = Send(new Shutdown(first, SocketShutdown.Send));
        Assert.Equal(data, await ReadAll(second, data.Length));
        Assert.Equal(data.Length, (await sending).Value);
        Assert.Equal(0, (await ending).Value);
        Assert.Equal(0, (await Do(new Recv(second, new byte[1]))).Value);
        Assert.Equal(Errno.EPIPE, (await Do(new Send(first, new byte[1]))).Error);

        var waiting = Send(new Recv(first, new byte[1]));
        await Do(new Flush());
        Assert.Equal(0, (await Do(new Shutdown(first, SocketShutdown.Receive))).Value);
        Assert.Equal(0, (await waiting).Value);
    }

    [SkippableTheory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public async Task Datagrams_go_to_an_address_and_say_where_they_came_from(string address)
    {
        var ip = IPAddress.Parse(address);
        Skip.IfNot(ip.AddressFamily == AddressFamily.InterNetwork || Socket.OSSupportsIPv6, "there is no IPv6 here");
        var (first, second) = (await NewSocket(ip.AddressFamily, SocketType.Dgram), await NewSocket(ip.AddressFamily, SocketType.Dgram));
        Assert.Equal(0, (await Do(new Bind(first, new IPEndPoint(ip, 0)))).Value);
        Assert.Equal(0, (await Do(new Bind(second, new IPEndPoint(ip, 0)))).Value);
        var (here, there) = ((await Do(new GetSockName(first))).Address!, (await Do(new GetSockName(second))).Address!);
        var head = new byte[3];
        var tail = new byte[10];
        var receiving = Send(new RecvMsg(second, [head, tail]));
        await Do(new Flush());
        Assert.Equal(8, (await Do(new SendMsg(first, ["data"u8.ToArray(), "gram"u8.ToArray()], there, []))).Value);
        var received = await receiving;
        Assert.Equal(8, received.Value);
        Assert.Equal(here, received.Message.Sender);
        Assert.Empty(received.Message.Descriptors);
        Assert.False(received.Message.IsTruncated);
        Assert.Equal("datagram"u8.ToArray(), head.Concat(tail[..5]).ToArray());

        // Longer than the buffer; and empty, which is no end.
        Assert.Equal(100, (await Do(new SendMsg(first, Bytes(100), there))).Value);
        Assert.Equal(0, (await Do(new SendMsg(first, Array.Empty<byte>(), there))).Value);
        var cut = await Do(new RecvMsg(second, tail));
        Assert.Equal((10L, true), (cut.Value, cut.Message.IsTruncated));
        Assert.Equal(Bytes(100)[..10], tail);
        var empty = await Do(new RecvMsg(second, tail));
        Assert.Equal((0L, here), (empty.Value, empty.Message.Sender));
        Assert.Equal(Errno.EMSGSIZE, (await Do(new SendMsg(first, new byte[70_000], there))).Error);
        Assert.Equal(Errno.EDESTADDRREQ, (await Do(new SendMsg(first, new byte[1]))).Error);
        Assert.Equal(Errno.EAGAIN, (await Do(new RecvMsg(second, tail, flags: SocketMessageFlags.DontWait))).Error);
        var idle = new RecvMsg(second, tail);
        var idling = Send(idle);
        await Do(new Flush());
        Assert.Equal(0, (await Do(new Cancel(idle))).Value);
        Assert.Equal(Errno.ECANCELED, (await idling).Error);
    }

    [Fact]
    public async Task Descriptors_travel_beside_bytes_and_are_closed_where_nobody_takes_them()
    {
        var (first, second) = MakeSocketPair();
        var file = await OpenFile();
        Assert.Equal(5, (await Do(new PWrite(file, "bytes"u8.ToArray(), 0))).Value);
        var pipe = MakePipe();
        Assert.Equal(1, (await Do(new SendMsg(first, [new byte[] { 42 }], null, [file, pipe.Write]))).Value);
        var buffer = new byte[4];
        var received = await Do(new RecvMsg(second, buffer, descriptors: 4));
        Assert.Equal((1L, (byte)42), (received.Value, buffer[0]));
        Assert.Equal(2, received.Message.Descriptors.Count);
        var (other, end) = (Own(received.Message.Descriptors[0]), Own(received.Message.Descriptors[1]));
        var text = new byte[5];
        Assert.Equal(5, (await Do(new PRead(other, text, 0))).Value);
        Assert.Equal("bytes"u8.ToArray(), text);
        Assert.Equal(1, (await Do(new Write(end, new byte[] { 7 }))).Value);
        Assert.Equal([7], await ReadAll(pipe.Read, 1));
        var flags = File.ReadLines($"/proc/self/fdinfo/{other.DangerousGetHandle()}").First(line => line.StartsWith("flags", StringComparison.Ordinal));
        Assert.NotEqual(0, Convert.ToInt32(flags.Split('\t')[1], 8) & 0x80000);

        // More than have room, and none: the kernel closes the others.
        Assert.Equal(1, (await Do(new SendMsg(first, [new byte[1]], null, [file, file, file]))).Value);
        var few = await Do(new RecvMsg(second, buffer, descriptors: 2));
        Assert.Equal((2, true), (few.Message.Descriptors.Count, few.Message.AreDescriptorsTruncated));
        few.Message.Descriptors.ToList().ForEach(descriptor => descriptor.Dispose());
        Assert.Equal(1, (await Do(new SendMsg(first, [new byte[1]], null, [file]))).Value);
        var none = await Do(new RecvMsg(second, buffer));
        Assert.Equal((0, true), (none.Message.Descriptors.Count, none.Message.AreDescriptorsTruncated));

        // For a requester that has gone.
        Assert.Equal(1, (await Do(new SendMsg(first, [new byte[1]], null, [pipe.Read]))).Value);
        pipe.Read.Dispose();
        Io.Backend.Tell(new RecvMsg(second, buffer, descriptors: 1), Akka.Actor.ActorRefs.NoSender);
        await Do(new FStat(second));
        IoResult broken;
        do
        {
            broken = await Do(new Write(end, new byte[1]));
        }
        while (broken.IsSuccess);
        Assert.Equal(Errno.EPIPE, broken.Error);
        pipe.Write.Dispose();
        Assert.Equal(Errno.EBADF, (await Do(new SendMsg(first, [new byte[1]], null, [file, pipe.Write]))).Error);
        Assert.Throws<ArgumentOutOfRangeException>(() => new RecvMsg(second, buffer, 254));
    }

    [Fact]
    public async Task Options_are_set_and_read()
    {
        var socket = await NewSocket(AddressFamily.InterNetwork);
        foreach (var option in new[] { SocketOption.ReuseAddress, SocketOption.ReusePort, SocketOption.KeepAlive, SocketOption.NoDelay, SocketOption.Cork })
        {
            Assert.Equal(0, await Number(socket, option));
            Assert.Equal(0, (await Do(new SetSockOpt(socket, option, 1))).Value);
            Assert.Equal(1, await Number(socket, option));
        }

        foreach (var option in new[] { SocketOption.KeepIdle, SocketOption.KeepInterval, SocketOption.KeepCount, SocketOption.UserTimeout })
        {
            Assert.Equal(0, (await Do(new SetSockOpt(socket, option, 17))).Value);
            Assert.Equal(17, await Number(socket, option));
        }

        Assert.Equal(0, (await Do(new SetSockOpt(socket, SocketOption.SendBuffer, 20_000))).Value);
        Assert.Equal(40_000, await Number(socket, SocketOption.SendBuffer));
        var linger = BitConverter.GetBytes(1 | (5L << 32));
        Assert.Equal(0, (await Do(new SetSockOpt(socket, SocketOption.Linger, linger))).Value);
        var back = new byte[16];
        Assert.Equal(8, (await Do(new GetSockOpt(socket, SocketOption.Linger, back))).Value);
        Assert.Equal(linger, back[..8]);
        Assert.Equal(Errno.ENOPROTOOPT, (await Do(new SetSockOpt(socket, new SocketOption(6, 9999), 1))).Error);
        Assert.Equal(Errno.EINVAL, (await Do(new SetSockOpt(socket, SocketOption.KeepCount, new byte[1]))).Error);
        using var handed = new Socket((await Do(new CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram))).SocketHandle);
        Assert.Equal(SocketType.Dgram, handed.SocketType);
    }

    private async Task<int> Number(SafeSocketHandle socket, SocketOption option)
    {
        var asked = new GetSockOpt(socket, option, new byte[4]);
        Assert.Equal(4, (await Do(asked)).Value);
        return asked.Number;
    }

    private async Task<SafeSocketHandle> NewSocket(AddressFamily family, SocketType type = SocketType.Stream) =>
        Own((await Do(new CreateSocket(family, type))).SocketHandle);

    private async Task<(SafeSocketHandle Socket, EndPoint Address)> Listener(AddressFamily family, EndPoint address, int backlog = 16)
    {
        var socket = await NewSocket(family);
        Assert.Equal(0, (await Do(new Bind(socket, address))).Value);
        Assert.Equal(0, (await Do(new Listen(socket, backlog))).Value);
        return (socket, (await Do(new GetSockName(socket))).Address!);
    }

    private async Task Exchange(SafeSocketHandle client, SafeSocketHandle server)
    {
        Assert.Equal(4, (await Do(new Send(client, "ping"u8.ToArray()))).Value);
        Assert.Equal("ping"u8.ToArray(), await ReadAll(server, 4));
        Assert.Equal(4, (await Do(new Send(server, "pong"u8.ToArray()))).Value);
        Assert.Equal("pong"u8.ToArray(), await ReadAll(client, 4));
    }
}
