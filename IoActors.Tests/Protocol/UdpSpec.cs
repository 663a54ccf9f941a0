using System;
using System.Net;
using System.Net.Sockets;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.IO;
using Xunit;

namespace Akka.IoActors.Tests.Protocol;

/// <summary>What Akka.IO's documentation promises of Udp and UdpConnected; Akka.IO and ours pass it both.</summary>
public abstract class UdpSpec(ProtocolFixture fixture) : ProtocolTest(fixture)
{
    [SkippableTheory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public async Task A_bound_socket_brings_datagrams_with_their_senders_and_answers(string ip)
    {
        var address = IPAddress.Parse(ip);
        Skip.IfNot(address.AddressFamily == AddressFamily.InterNetwork || Socket.OSSupportsIPv6, "there is no IPv6 here");
        var handler = NewProbe();
        Fixture.Udp.Tell(new Udp.Bind(handler.Ref, new IPEndPoint(address, 0)), handler.Ref);
        var bound = await handler.Expect<Udp.Bound>();
        var socket = handler.Sender;
        using var peer = NewPeer(address);
        await peer.SendToAsync(new byte[] { 1, 2, 3 }, bound.LocalAddress);
        var received = await handler.Expect<Udp.Received>();
        Assert.Equal([1, 2, 3], received.Data.ToArray());
        Assert.Equal(peer.LocalEndPoint, received.Sender);
        socket.Tell(new Udp.Send(ByteString.FromBytes([4, 5]), received.Sender, new Ack()), handler.Ref);
        await handler.Expect<Ack>();
        Assert.Equal([4, 5], await Read(peer));
        socket.Tell(Udp.Send.Create(ByteString.FromBytes([6]), received.Sender), handler.Ref);
        Assert.Equal([6], await Read(peer));
        handler.Watch(socket);
        socket.Tell(Udp.Unbind.Instance, handler.Ref);
        await handler.Expect<Udp.Unbound>();
        await handler.ExpectEndOf(socket);
    }

    [Fact]
    public async Task A_taken_address_is_refused()
    {
        using var taken = NewPeer(IPAddress.Loopback);
        var handler = NewProbe();
        var bind = new Udp.Bind(handler.Ref, taken.LocalEndPoint);
        Fixture.Udp.Tell(bind, handler.Ref);
        Assert.Same(bind, (await handler.Expect<Udp.CommandFailed>()).Cmd);
    }

    [Fact]
    public async Task A_simple_sender_sends_in_order()
    {
        using var peer = NewPeer(IPAddress.Loopback);
        var commander = NewProbe();
        Fixture.Udp.Tell(new Udp.SimpleSender(), commander.Ref);
        await commander.Expect<Udp.SimpleSenderReady>();
        var sender = commander.Sender;
        for (byte n = 0; n < 100; n++)
        {
            // Asked for one by one: Akka.IO refuses the next while one is being sent.
            sender.Tell(new Udp.Send(ByteString.FromBytes([n]), peer.LocalEndPoint, new Ack()), commander.Ref);
            await commander.Expect<Ack>();
        }

        for (byte n = 0; n < 100; n++)
        {
            Assert.Equal([n], await Read(peer));
        }

        Fixture.System.Stop(sender);
    }

    [Fact]
    public async Task A_bound_socket_ends_with_its_handler()
    {
        var handler = NewProbe();
        Fixture.Udp.Tell(new Udp.Bind(handler.Ref, new IPEndPoint(IPAddress.Loopback, 0)), handler.Ref);
        await handler.Expect<Udp.Bound>();
        var socket = handler.Sender;
        var watcher = NewProbe();
        watcher.Watch(socket);
        Fixture.System.Stop(handler.Ref);
        await watcher.ExpectEndOf(socket);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_connected_socket_talks_to_its_peer_and_disconnects(bool byName)
    {
        using var peer = NewPeer(IPAddress.Loopback);
        var remote = (IPEndPoint)peer.LocalEndPoint!;
        var handler = NewProbe();
        Fixture.UdpConnected.Tell(
            new UdpConnected.Connect(handler.Ref, byName ? new DnsEndPoint("localhost", remote.Port) : remote), handler.Ref);
        await handler.Expect<UdpConnected.Connected>();
        var socket = handler.Sender;
        socket.Tell(new UdpConnected.Send(ByteString.FromBytes([1, 2]), new Ack()), handler.Ref);
        await handler.Expect<Ack>();
        var buffer = new byte[10];
        var got = await peer.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0)).WaitAsync(Deadline);
        Assert.Equal([1, 2], buffer[..got.ReceivedBytes]);
        await peer.SendToAsync(new byte[] { 3 }, got.RemoteEndPoint);
        Assert.Equal([3], (await handler.Expect<UdpConnected.Received>()).Data.ToArray());
        handler.Watch(socket);
        socket.Tell(UdpConnected.Disconnect.Instance, handler.Ref);
        await handler.Expect<UdpConnected.Disconnected>();
        await handler.ExpectEndOf(socket);
    }

    [Fact]
    public async Task Options_are_applied_before_the_socket_is_bound()
    {
        var handler = NewProbe();
        var option = new Option();
        Fixture.Udp.Tell(new Udp.Bind(handler.Ref, new IPEndPoint(IPAddress.Loopback, 0), [option, new Udp.SO.Broadcast(true)]), handler.Ref);
        await handler.Expect<Udp.Bound>();
        Assert.Equal((1, 1), (option.Before, option.After));
        handler.Sender.Tell(Udp.Unbind.Instance, handler.Ref);
        await handler.Expect<Udp.Unbound>();
    }

    [Fact]
    public async Task A_socket_of_somebody_elses_making_is_used()
    {
        var handler = NewProbe();
        var creator = new Creator();
        Fixture.Udp.Tell(new Udp.Bind(handler.Ref, new IPEndPoint(IPAddress.Loopback, 0), [creator]), handler.Ref);
        var bound = await handler.Expect<Udp.Bound>();
        Assert.Equal(1, creator.Made);
        using var peer = NewPeer(IPAddress.Loopback);
        await peer.SendToAsync(new byte[] { 1 }, bound.LocalAddress);
        Assert.Equal([1], (await handler.Expect<Udp.Received>()).Data.ToArray());
        handler.Sender.Tell(Udp.Unbind.Instance, handler.Ref);
        await handler.Expect<Udp.Unbound>();
    }

    private protected static Socket NewPeer(IPAddress address)
    {
        var peer = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        peer.Bind(new IPEndPoint(address, 0));
        return peer;
    }

    private protected static async Task<byte[]> Read(Socket peer)
    {
        var buffer = new byte[65536];
        return buffer[..await peer.ReceiveAsync(buffer).WaitAsync(Deadline)];
    }

    /// <summary>Says that a datagram has been sent.</summary>
    private sealed class Ack : Udp.Event;

    private sealed class Option : Inet.SocketOptionV2
    {
        internal int Before { get; private set; }

        internal int After { get; private set; }

        public override void BeforeDatagramBind(Socket ds) => Before += (ds.LocalEndPoint as IPEndPoint)?.Port is null or 0 ? 1 : 0;

        public override void AfterBind(Socket s) => After += ((IPEndPoint)s.LocalEndPoint!).Port > 0 ? 1 : 0;
    }

    private sealed class Creator : Inet.DatagramChannelCreator
    {
        internal int Made { get; private set; }

        public override Socket Create(AddressFamily addressFamily)
        {
            Made++;
            return base.Create(addressFamily);
        }
    }
}
