using System;
using System.Net;
using System.Net.Sockets;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.IO;
using Xunit;

namespace Akka.IoActors.Tests.Protocol;

/// <summary>What ours does of Udp and Akka.NET's does not.</summary>
public abstract class UdpBeyondSpec(ProtocolFixture fixture) : ProtocolTest(fixture)
{
    [Fact]
    public async Task Datagrams_may_be_as_long_as_UDP_has_them_and_sends_need_not_wait_for_each_other()
    {
        var (socket, address, handler) = await Bind();
        using var peer = NewPeer();
        var bytes = Pattern(60_000);
        await peer.SendToAsync(bytes, address);
        Assert.Equal(bytes, (await handler.Expect<Udp.Received>()).Data.ToArray());
        for (byte n = 0; n < 100; n++)
        {
            socket.Tell(Udp.Send.Create(ByteString.FromBytes([n]), peer.LocalEndPoint), handler.Ref);
        }

        var buffer = new byte[1];
        for (byte n = 0; n < 100; n++)
        {
            Assert.Equal(1, await peer.ReceiveAsync(buffer).WaitAsync(Deadline));
            Assert.Equal(n, buffer[0]);
        }
    }

    [Fact]
    public async Task A_datagram_that_is_too_long_is_refused()
    {
        var (socket, _, handler) = await Bind();
        using var peer = NewPeer();
        var send = Udp.Send.Create(ByteString.FromBytes(new byte[70_000]), peer.LocalEndPoint);
        socket.Tell(send, handler.Ref);
        Assert.Same(send, (await handler.Expect<Udp.CommandFailed>()).Cmd);
        var nowhere = Udp.Send.Create(ByteString.FromBytes([1]), new DnsEndPoint("there-is-no-such-host.invalid", 1));
        socket.Tell(nowhere, handler.Ref);
        Assert.Same(nowhere, (await handler.Expect<Udp.CommandFailed>()).Cmd);
    }

    [Fact]
    public async Task Reading_can_be_suspended()
    {
        var (socket, address, handler) = await Bind();
        using var peer = NewPeer();
        socket.Tell(Udp.SuspendReading.Instance);
        await peer.SendToAsync(new byte[] { 1 }, address);
        await peer.SendToAsync(new byte[] { 2 }, address);
        await handler.ExpectNothing();
        socket.Tell(Udp.ResumeReading.Instance);
        Assert.Equal([1], (await handler.Expect<Udp.Received>()).Data.ToArray());
        Assert.Equal([2], (await handler.Expect<Udp.Received>()).Data.ToArray());
    }

    [Fact]
    public async Task A_sender_reaches_names_and_both_families()
    {
        using var peer = NewPeer();
        var port = ((IPEndPoint)peer.LocalEndPoint!).Port;
        var commander = NewProbe();
        Fixture.Udp.Tell(new Udp.SimpleSender(), commander.Ref);
        await commander.Expect<Udp.SimpleSenderReady>();
        var sender = commander.Sender;
        sender.Tell(Udp.Send.Create(ByteString.FromBytes([1]), new DnsEndPoint("localhost", port)), commander.Ref);
        var buffer = new byte[1];
        Assert.Equal(1, await peer.ReceiveAsync(buffer).WaitAsync(Deadline));
        if (Socket.OSSupportsIPv6)
        {
            using var six = new Socket(AddressFamily.InterNetworkV6, SocketType.Dgram, ProtocolType.Udp);
            six.Bind(new IPEndPoint(IPAddress.IPv6Loopback, 0));
            sender.Tell(Udp.Send.Create(ByteString.FromBytes([6]), six.LocalEndPoint), commander.Ref);
            Assert.Equal(1, await six.ReceiveAsync(buffer).WaitAsync(Deadline));
            Assert.Equal(6, buffer[0]);
        }

        commander.Watch(sender);
        Fixture.System.Stop(sender);
        await commander.ExpectEndOf(sender);
    }

    [Fact]
    public async Task A_peer_that_comes_later_gets_what_is_sent_then()
    {
        IPEndPoint address;
        using (var gone = NewPeer())
        {
            address = (IPEndPoint)gone.LocalEndPoint!;
        }

        var handler = NewProbe();
        Fixture.UdpConnected.Tell(new UdpConnected.Connect(handler.Ref, address), handler.Ref);
        await handler.Expect<UdpConnected.Connected>();
        var socket = handler.Sender;

        // Nobody is there, and the kernel says so, later.
        socket.Tell(new UdpConnected.Send(ByteString.FromBytes([1]), "sent"), handler.Ref);
        await handler.Expect<string>();
        using var peer = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        peer.Bind(address);
        socket.Tell(new UdpConnected.Send(ByteString.FromBytes([2]), "sent"), handler.Ref);
        await handler.Expect<string>();
        var buffer = new byte[1];
        Assert.Equal(1, await peer.ReceiveAsync(buffer).WaitAsync(Deadline));
        Assert.Equal(2, buffer[0]);
        socket.Tell(UdpConnected.Disconnect.Instance, handler.Ref);
        await handler.Expect<UdpConnected.Disconnected>();
    }

    [Fact]
    public async Task What_is_not_for_the_manager_is_refused()
    {
        var commander = NewProbe();
        Fixture.Udp.Tell(Udp.Unbind.Instance, commander.Ref);
        Assert.IsType<Udp.Unbind>((await commander.Expect<Udp.CommandFailed>()).Cmd);
        Fixture.UdpConnected.Tell(UdpConnected.Disconnect.Instance, commander.Ref);
        Assert.IsType<UdpConnected.Disconnect>((await commander.Expect<UdpConnected.CommandFailed>()).Cmd);
    }

    private async Task<(IActorRef Socket, EndPoint Address, Probe Handler)> Bind()
    {
        var handler = NewProbe();
        Fixture.Udp.Tell(new Udp.Bind(handler.Ref, new IPEndPoint(IPAddress.Loopback, 0)), handler.Ref);
        var bound = await handler.Expect<Udp.Bound>();
        var socket = handler.Sender;
        Own(new Unbinder(socket));
        return (socket, bound.LocalAddress, handler);
    }

    private static Socket NewPeer()
    {
        var peer = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        peer.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return peer;
    }

    private sealed class Unbinder(IActorRef socket) : IDisposable
    {
        public void Dispose() => socket.Tell(Udp.Unbind.Instance, ActorRefs.NoSender);
    }
}
