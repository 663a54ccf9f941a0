using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.IO;
using Xunit;

namespace Akka.IoActors.Tests.Protocol;

/// <summary>What Akka.IO's documentation promises of Tcp, in our words; Akka.IO and ours pass it both.</summary>
public abstract class TcpSpec(ProtocolFixture fixture) : ProtocolTest(fixture)
{
    private static readonly byte[] s_hello = "hello"u8.ToArray();

    [SkippableTheory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public async Task A_listener_tells_its_handler_of_a_connection_which_brings_and_takes_bytes(string ip)
    {
        var address = IPAddress.Parse(ip);
        Skip.IfNot(address.AddressFamily == AddressFamily.InterNetwork || Socket.OSSupportsIPv6, "there is no IPv6 here");
        var listener = await Bind(new IPEndPoint(address, 0));
        Assert.NotEqual(0, ((IPEndPoint)listener.Address).Port);
        var peer = await Connect(listener.Address);
        var connected = await listener.Handler.Expect<Tcp.Connected>();
        Assert.Equal(peer.LocalEndPoint, connected.RemoteAddress);
        Assert.Equal(listener.Address, connected.LocalAddress);
        var connection = listener.Handler.Sender;
        var handler = NewProbe();
        connection.Tell(new Tcp.Register(handler.Ref));
        peer.Send(s_hello);
        Assert.Equal(s_hello, (await handler.ExpectBytes(5)).Bytes);
        Assert.Equal(connection, handler.Sender);
        connection.Tell(Tcp.Write.Create(ByteString.FromBytes(s_hello)));
        Assert.Equal(s_hello, await Read(peer, 5));
    }

    [Fact]
    public async Task A_taken_address_is_refused()
    {
        var listener = await Bind();
        var commander = NewProbe();
        var bind = new Tcp.Bind(commander.Ref, listener.Address);
        Fixture.Tcp.Tell(bind, commander.Ref);
        var failed = await commander.Expect<Tcp.CommandFailed>();
        Assert.Same(bind, failed.Cmd);
        Assert.True(failed.Cause.HasValue);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Connect_brings_a_connection_to_an_address_or_a_name(bool byName)
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        EndPoint remote = byName ? new DnsEndPoint("localhost", port) : listener.LocalEndPoint;
        var commander = NewProbe();
        Fixture.Tcp.Tell(new Tcp.Connect(remote), commander.Ref);
        using var peer = await listener.AcceptAsync().WaitAsync(Deadline);
        var connected = await commander.Expect<Tcp.Connected>();
        Assert.Equal(port, ((IPEndPoint)connected.RemoteAddress).Port);
        Assert.Equal(((IPEndPoint)peer.RemoteEndPoint!).Port, ((IPEndPoint)connected.LocalAddress).Port);
        var connection = commander.Sender;
        connection.Tell(new Tcp.Register(commander.Ref));
        connection.Tell(Tcp.Write.Create(ByteString.FromBytes(s_hello)));
        Assert.Equal(s_hello, await Read(peer, 5));
        peer.Send(s_hello);
        Assert.Equal(s_hello, (await commander.ExpectBytes(5)).Bytes);
    }

    [Fact]
    public async Task Connect_from_an_address_of_ones_own()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var commander = NewProbe();
        var local = IPAddress.Parse("127.0.0.9");
        Fixture.Tcp.Tell(new Tcp.Connect(listener.LocalEndPoint, new IPEndPoint(local, 0)), commander.Ref);
        using var peer = await listener.AcceptAsync().WaitAsync(Deadline);
        Assert.Equal(local, ((IPEndPoint)peer.RemoteEndPoint!).Address);
        var connected = (IPEndPoint)(await commander.Expect<Tcp.Connected>()).LocalAddress;

        // Akka.IO connects by IPv6 sockets, where there are.
        Assert.Equal(peer.RemoteEndPoint, new IPEndPoint(connected.Address.MapToIPv4(), connected.Port));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("there-is-no-such-host.invalid")]
    public async Task What_cannot_be_connected_is_refused(string? host)
    {
        // A port that nobody has: it was just free.
        using var free = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        free.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        EndPoint remote = host is null ? free.LocalEndPoint! : new DnsEndPoint(host, 80);
        var commander = NewProbe();
        var connect = new Tcp.Connect(remote);
        Fixture.Tcp.Tell(connect, commander.Ref);
        Assert.Same(connect, (await commander.Expect<Tcp.CommandFailed>()).Cmd);
    }

    [Fact]
    public async Task Connect_takes_no_longer_than_it_may()
    {
        // With a full backlog the kernel drops further SYNs.
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(0);
        using var first = await Connect(listener.LocalEndPoint!);
        var commander = NewProbe();
        var connect = new Tcp.Connect(listener.LocalEndPoint, timeout: TimeSpan.FromMilliseconds(300));
        Fixture.Tcp.Tell(connect, commander.Ref);
        var failed = await commander.Expect<Tcp.CommandFailed>();
        Assert.Same(connect, failed.Cmd);
        Assert.True(failed.Cause.HasValue);
    }

    [Fact]
    public async Task Acks_come_in_order_each_to_its_sender_and_not_where_none_is_wanted()
    {
        var pair = await Connected();
        var other = NewProbe();
        pair.Ref.Tell(Tcp.Write.Create(ByteString.FromBytes([1]), new Ack(1)), pair.Handler.Ref);
        pair.Ref.Tell(Tcp.Write.Create(ByteString.FromBytes([2]), new Tcp.NoAck(2)), pair.Handler.Ref);
        pair.Ref.Tell(Tcp.Write.Create(ByteString.FromBytes([3]), new Ack(3)), other.Ref);
        pair.Ref.Tell(Tcp.Write.Create(ByteString.Empty, new Ack(4)), pair.Handler.Ref);
        pair.Ref.Tell(
            Tcp.Write.Create(ByteString.FromBytes([5]), new Ack(5)).Append(Tcp.Write.Create(ByteString.FromBytes([6, 7]), new Ack(6))),
            pair.Handler.Ref);
        Assert.Equal([1, 2, 3, 5, 6, 7], await Read(pair.Peer, 6));
        foreach (var number in new[] { 1, 4, 5, 6 })
        {
            Assert.Equal(number, (await pair.Handler.Expect<Ack>()).Number);
        }

        Assert.Equal(3, (await other.Expect<Ack>()).Number);
    }

    [Fact]
    public async Task Much_goes_both_ways_at_once()
    {
        var pair = await Connected();
        var bytes = Pattern(5_000_000);
        for (var start = 0; start < bytes.Length; start += 1_000_000)
        {
            pair.Ref.Tell(Tcp.Write.Create(ByteString.FromBytes(bytes, start, 1_000_000)));
        }

        var sending = pair.Peer.SendAsync(bytes);
        Assert.Equal(bytes, await Read(pair.Peer, bytes.Length));
        Assert.Equal(bytes, (await pair.Handler.ExpectBytes(bytes.Length)).Bytes);
        Assert.Equal(bytes.Length, await sending);
    }

    [Fact]
    public async Task What_is_written_before_Register_goes_out_with_it()
    {
        var listener = await Bind();
        var peer = await Connect(listener.Address);
        await listener.Handler.Expect<Tcp.Connected>();
        var connection = listener.Handler.Sender;
        connection.Tell(Tcp.Write.Create(ByteString.FromBytes(s_hello), new Ack(1)), listener.Handler.Ref);
        connection.Tell(new Tcp.Register(listener.Handler.Ref));
        Assert.Equal(s_hello, await Read(peer, 5));
        Assert.Equal(1, (await listener.Handler.Expect<Ack>()).Number);
    }

    [Fact]
    public async Task Pull_mode_brings_one_message_for_each_that_is_asked_for()
    {
        var pair = await Connected(pullMode: true);
        var bytes = Pattern(20_000);
        await pair.Peer.SendAsync(bytes);
        await pair.Handler.ExpectNothing();
        var received = new List<byte>();
        while (received.Count < bytes.Length)
        {
            pair.Ref.Tell(Tcp.ResumeReading.Instance);
            received.AddRange((await pair.Handler.Expect<Tcp.Received>()).Data.ToArray());
            await (received.Count % 3 == 0 ? pair.Handler.ExpectNothing() : Task.CompletedTask);
        }

        Assert.Equal(bytes, received);
        pair.Peer.Shutdown(SocketShutdown.Send);
        await pair.Handler.ExpectNothing();
        pair.Ref.Tell(Tcp.ResumeReading.Instance);
        await pair.Handler.Expect<Tcp.PeerClosed>();
    }

    [Fact]
    public async Task A_connection_that_does_not_read_holds_its_peer_back_and_loses_nothing()
    {
        var pair = await Connected();
        pair.Ref.Tell(Tcp.SuspendReading.Instance);
        pair.Peer.Blocking = false;
        var bytes = Pattern(20_000_000);
        var sent = 0;
        while (pair.Peer.Poll(200_000, SelectMode.SelectWrite))
        {
            sent += pair.Peer.Send(bytes.AsSpan(sent, Math.Min(100_000, bytes.Length - sent)), SocketFlags.None, out _);
            Assert.True(sent < bytes.Length, "nothing holds the peer back");
        }

        pair.Ref.Tell(Tcp.ResumeReading.Instance);
        Assert.Equal(bytes.Take(sent), (await pair.Handler.ExpectBytes(sent)).Bytes);
    }

    [Fact]
    public async Task Close_writes_what_waits_and_tells_both_who_asked_and_the_handler()
    {
        var pair = await Connected();
        var closer = NewProbe();
        pair.Handler.Watch(pair.Ref);
        var bytes = Pattern(3_000_000);
        pair.Ref.Tell(Tcp.Write.Create(ByteString.FromBytes(bytes), new Ack(1)), closer.Ref);
        pair.Ref.Tell(Tcp.Close.Instance, closer.Ref);
        Assert.Equal(bytes, await Read(pair.Peer, bytes.Length));
        await ExpectEnd(pair.Peer);
        Assert.Equal(1, (await closer.Expect<Ack>()).Number);
        await closer.Expect<Tcp.Closed>();
        await pair.Handler.Expect<Tcp.Closed>();
        await pair.Handler.ExpectEndOf(pair.Ref);
    }

    [Fact]
    public async Task ConfirmedClose_waits_for_the_peer_and_reads_until_then()
    {
        var pair = await Connected();
        pair.Handler.Watch(pair.Ref);
        pair.Ref.Tell(Tcp.Write.Create(ByteString.FromBytes(s_hello)), pair.Handler.Ref);
        pair.Ref.Tell(Tcp.ConfirmedClose.Instance, pair.Handler.Ref);
        Assert.Equal(s_hello, await Read(pair.Peer, 5));
        await ExpectEnd(pair.Peer);
        pair.Peer.Send(s_hello);
        Assert.Equal(s_hello, (await pair.Handler.ExpectBytes(5)).Bytes);
        pair.Peer.Shutdown(SocketShutdown.Send);
        await pair.Handler.Expect<Tcp.ConfirmedClosed>();
        await pair.Handler.ExpectEndOf(pair.Ref);
    }

    [Fact]
    public async Task Abort_resets_the_connection_whatever_waits()
    {
        var pair = await Connected();
        pair.Handler.Watch(pair.Ref);
        var closer = NewProbe();
        pair.Ref.Tell(Tcp.Write.Create(ByteString.FromBytes(new byte[20_000_000])), ActorRefs.NoSender);
        pair.Ref.Tell(Tcp.Abort.Instance, closer.Ref);
        await closer.Expect<Tcp.Aborted>();
        await pair.Handler.Expect<Tcp.Aborted>();
        await pair.Handler.ExpectEndOf(pair.Ref);
        var e = await Assert.ThrowsAsync<SocketException>(async () =>
        {
            while (await pair.Peer.ReceiveAsync(new byte[65536]).WaitAsync(Deadline) > 0)
            {
            }
        });
        Assert.Equal(SocketError.ConnectionReset, e.SocketErrorCode);
    }

    [Fact]
    public async Task A_peer_that_closes_ends_the_connection()
    {
        var pair = await Connected();
        pair.Handler.Watch(pair.Ref);
        pair.Peer.Send(s_hello);
        pair.Peer.Shutdown(SocketShutdown.Send);
        Assert.Equal(s_hello, (await pair.Handler.ExpectBytes(5)).Bytes);
        await pair.Handler.Expect<Tcp.PeerClosed>();
        await pair.Handler.ExpectEndOf(pair.Ref);
        await ExpectEnd(pair.Peer);
    }

    [Fact]
    public async Task A_connection_that_is_to_be_kept_open_writes_on_when_its_peer_has_closed()
    {
        var pair = await Connected(keepOpen: true);
        pair.Handler.Watch(pair.Ref);
        pair.Peer.Shutdown(SocketShutdown.Send);
        await pair.Handler.Expect<Tcp.PeerClosed>();
        pair.Ref.Tell(Tcp.Write.Create(ByteString.FromBytes(s_hello), new Ack(1)), pair.Handler.Ref);
        Assert.Equal(s_hello, await Read(pair.Peer, 5));
        Assert.Equal(1, (await pair.Handler.Expect<Ack>()).Number);
        pair.Ref.Tell(Tcp.ConfirmedClose.Instance, pair.Handler.Ref);
        await pair.Handler.Expect<Tcp.ConfirmedClosed>();
        await pair.Handler.ExpectEndOf(pair.Ref);
        await ExpectEnd(pair.Peer);
    }

    [Fact]
    public async Task A_reset_is_an_error_with_its_cause()
    {
        var pair = await Connected();
        pair.Handler.Watch(pair.Ref);
        pair.Peer.LingerState = new LingerOption(true, 0);
        pair.Peer.Close();
        var closed = await pair.Handler.Expect<Tcp.ErrorClosed>();
        Assert.True(closed.IsErrorClosed);
        Assert.Equal("Connection reset by peer", closed.Cause);
        await pair.Handler.ExpectEndOf(pair.Ref);
    }

    [Fact]
    public async Task A_connection_ends_with_its_handler()
    {
        var pair = await Connected();
        var watcher = NewProbe();
        watcher.Watch(pair.Ref);
        Fixture.System.Stop(pair.Handler.Ref);
        await watcher.ExpectEndOf(pair.Ref);
        await ExpectReset(pair.Peer);
    }

    [Fact]
    public async Task A_connection_that_nobody_registers_for_ends()
    {
        var settings = TcpSettings.Create(Fixture.System) with { RegisterTimeout = TimeSpan.FromMilliseconds(200) };
        var listener = await Bind(settings: settings);
        var peer = await Connect(listener.Address);
        await listener.Handler.Expect<Tcp.Connected>();
        listener.Handler.Watch(listener.Handler.Sender);
        await listener.Handler.ExpectEndOf(listener.Handler.Sender);
        await ExpectReset(peer);
    }

    [Fact]
    public async Task Writes_past_the_limit_of_the_queue_are_refused_and_the_others_arrive()
    {
        var settings = TcpSettings.Create(Fixture.System) with { WriteCommandsQueueMaxSize = 1_000_000 };
        var pair = await Connected(settings: settings, resumeWriting: false);
        var bytes = Pattern(100_000);
        var refused = 0;
        for (var n = 0; n < 400; n++)
        {
            pair.Ref.Tell(Tcp.Write.Create(ByteString.FromBytes(bytes), new Ack(n)), pair.Handler.Ref);
        }

        // As long as the peer reads nothing, what the kernel has no room for is refused.
        var first = await pair.Handler.Expect<Tcp.Message>();
        var acked = 0;
        var reading = Task.Run(async () =>
        {
            for (var n = 0; ; n++)
            {
                var read = await ReadOrEnd(pair.Peer, bytes.Length);
                if (!bytes.AsSpan().SequenceEqual(read))
                {
                    Assert.Empty(read);
                    return n;
                }
            }
        });
        for (var n = 0; n < 400; n++)
        {
            var answer = n == 0 ? first : await pair.Handler.Expect<Tcp.Message>();
            acked += answer is Ack ? 1 : 0;
            refused += answer is Tcp.CommandFailed { Cmd: Tcp.Write, Cause.HasValue: true } ? 1 : 0;
        }

        Assert.Equal(400, acked + refused);
        Assert.True(refused > 0 && acked > 0, $"{refused} refused, {acked} acked");
        pair.Ref.Tell(Tcp.Close.Instance, pair.Handler.Ref);
        Assert.Equal(acked, await reading.WaitAsync(Deadline));
    }

    [SkippableFact]
    public async Task Writes_that_will_not_be_sent_are_answered()
    {
        Skip.IfNot(Fixture.IsOurs, "a connection of Akka.NET 1.5.74 that is aborted leaves a write unanswered now and then");
        var pair = await Connected();
        pair.Handler.Watch(pair.Ref);
        var writer = NewProbe();
        for (var n = 0; n < 50; n++)
        {
            pair.Ref.Tell(Tcp.Write.Create(ByteString.FromBytes(new byte[1_000_000]), new Ack(n)), writer.Ref);
        }

        pair.Ref.Tell(Tcp.Abort.Instance, pair.Handler.Ref);
        await pair.Handler.ExpectEndOf(pair.Ref);
        var answers = new List<Tcp.Message>();
        while (answers.Count < 50)
        {
            answers.Add(await writer.Expect<Tcp.Message>());
        }

        var acks = answers.OfType<Ack>().Count();
        Assert.Equal(50 - acks, answers.OfType<Tcp.CommandFailed>().Count(failed => failed.Cause.HasValue));
        Assert.InRange(acks, 0, 49);
        await writer.ExpectNothing();
    }

    [Fact]
    public async Task A_command_of_somebodys_own_is_refused_and_the_others_go_on()
    {
        var pair = await Connected();
        var own = new OwnCommand();
        pair.Ref.Tell(own, pair.Handler.Ref);
        var failed = await pair.Handler.Expect<Tcp.CommandFailed>();
        Assert.Same(own, failed.Cmd);
        Assert.True(failed.Cause.HasValue);
        pair.Ref.Tell(Tcp.Write.Create(ByteString.FromBytes(s_hello)), pair.Handler.Ref);
        Assert.Equal(s_hello, await Read(pair.Peer, 5));
    }

    [Fact]
    public async Task An_unbound_listener_takes_nobody_and_its_port_is_free_again()
    {
        var listener = await Bind();
        var commander = NewProbe();
        commander.Watch(listener.Ref);
        listener.Ref.Tell(Tcp.Unbind.Instance, commander.Ref);
        await commander.Expect<Tcp.Unbound>();
        await commander.ExpectEndOf(listener.Ref);
        using var late = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        var e = await Assert.ThrowsAsync<SocketException>(() => late.ConnectAsync(listener.Address));
        Assert.Equal(SocketError.ConnectionRefused, e.SocketErrorCode);
        var again = await Bind(listener.Address);
        var peer = await Connect(again.Address);
        Assert.Equal(peer.LocalEndPoint, (await again.Handler.Expect<Tcp.Connected>()).RemoteAddress);
    }

    [Fact]
    public async Task A_listener_ends_with_its_handler()
    {
        var listener = await Bind();
        var watcher = NewProbe();
        watcher.Watch(listener.Ref);
        Fixture.System.Stop(listener.Handler.Ref);
        await watcher.ExpectEndOf(listener.Ref);
    }

    [Fact]
    public async Task A_listener_counts()
    {
        var pair = await Connected();
        pair.Peer.Shutdown(SocketShutdown.Send);
        await pair.Handler.Expect<Tcp.PeerClosed>();
        var subscriber = NewProbe();
        var closed = 0L;
        while (closed == 0)
        {
            // The count follows the end of the connection.
            pair.Listener.Ref.Tell(new Tcp.SubscribeToTcpListenerStats(subscriber.Ref));
            var counts = await subscriber.Expect<Tcp.TcpListenerStatistics>();
            pair.Listener.Ref.Tell(new Tcp.UnsubscribeFromTcpListenerStats(subscriber.Ref));
            Assert.Equal((1, 0), (counts.AcceptedIncomingConnections, counts.FailedIncomingConnections));
            closed = counts.IncomingConnectionsClosed;
        }

        Assert.Equal(1, closed);
    }

    [Fact]
    public async Task Socket_options_are_applied_before_and_after()
    {
        var before = new Option();
        var listener = await Bind(options: [before, new Inet.SO.ReceiveBufferSize(20_000)]);
        Assert.Equal(1, before.BeforeBind);
        await Connect(listener.Address);
        await listener.Handler.Expect<Tcp.Connected>();
        Assert.Equal(1, before.After);
        Assert.True(before.NoDelay);

        var connecting = new Option();
        var commander = NewProbe();
        Fixture.Tcp.Tell(new Tcp.Connect(listener.Address, options: [connecting]), commander.Ref);
        await commander.Expect<Tcp.Connected>();
        Assert.Equal((1, 1), (connecting.BeforeConnects, connecting.After));
    }

    [Fact]
    public async Task A_hundred_connections_at_once_each_with_its_own_bytes()
    {
        var listener = await Bind();
        var echo = Fixture.System.ActorOf(Props.Create(() => new Echo()));
        var peers = new List<Socket>();
        for (var n = 0; n < 100; n++)
        {
            peers.Add(await Connect(listener.Address));
            await listener.Handler.Expect<Tcp.Connected>();
            listener.Handler.Sender.Tell(new Tcp.Register(echo));
        }

        await Task.WhenAll(peers.Select(async (peer, n) =>
        {
            var bytes = Pattern(50_000, n);
            var sending = peer.SendAsync(bytes);
            Assert.Equal(bytes, await Read(peer, bytes.Length));
            Assert.Equal(bytes.Length, await sending);
        }));
        Fixture.System.Stop(echo);
    }

    private static async Task<byte[]> ReadOrEnd(Socket peer, int count)
    {
        var bytes = new byte[count];
        var done = 0;
        while (done < count && await peer.ReceiveAsync(bytes.AsMemory(done)).AsTask().WaitAsync(Deadline) is > 0 and var read)
        {
            done += read;
        }

        return bytes[..done];
    }

    /// <summary>Gives back what it gets.</summary>
    private sealed class Echo : ReceiveActor
    {
        public Echo() => Receive<Tcp.Received>(received => Sender.Tell(Tcp.Write.Create(received.Data)));
    }

    /// <summary>Says that a write has been done.</summary>
    protected sealed class Ack(int number) : Tcp.Event
    {
        /// <summary>Which.</summary>
        public int Number => number;
    }

    private sealed class OwnCommand : Tcp.SimpleWriteCommand
    {
        public override Tcp.Event Ack => Tcp.NoAck.Instance;

        public override long Bytes => 1;
    }

    private sealed class Option : Inet.SocketOption
    {
        internal int BeforeBind { get; private set; }

        internal int BeforeConnects { get; private set; }

        internal int After { get; private set; }

        internal bool NoDelay { get; private set; }

        public override void BeforeServerSocketBind(Socket ss) => BeforeBind += (ss.LocalEndPoint as IPEndPoint)?.Port is null or 0 ? 1 : 0;

        public override void BeforeConnect(Socket s) => BeforeConnects += s.Connected ? 0 : 1;

        public override void AfterConnect(Socket s)
        {
            After += s.Connected ? 1 : 0;
            NoDelay = s.NoDelay;
        }
    }
}
