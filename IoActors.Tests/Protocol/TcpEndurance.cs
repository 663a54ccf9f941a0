using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.IO;
using Akka.IoActors.Tests.Support;
using Xunit;

namespace Akka.IoActors.Tests.Protocol;

/// <summary>Many connections, and rings that break under them.</summary>
public abstract class TcpEndurance(ProtocolFixture fixture) : ProtocolTest(fixture)
{
    [Fact]
    public async Task Connections_outlive_the_ring_and_lose_no_byte()
    {
        var pair = await Connected();
        var bytes = Pattern(3_000_000);
        var io = Fixture.System.IoActors();
        var sending = Task.Run(async () =>
        {
            for (var start = 0; start < bytes.Length; start += 100_000)
            {
                pair.Ref.Tell(Tcp.Write.Create(ByteString.FromBytes(bytes, start, 100_000)));
                await pair.Peer.SendAsync(bytes.AsMemory(start, 100_000));
                if (start % 500_000 == 0)
                {
                    io.Loops[start / 500_000 % io.Loops.Count].Backend.Tell(Kill.Instance, ActorRefs.NoSender);
                }
            }
        });
        Assert.Equal(bytes, await Read(pair.Peer, bytes.Length));
        Assert.Equal(bytes, (await pair.Handler.ExpectBytes(bytes.Length)).Bytes);
        await sending.WaitAsync(Deadline);
        Assert.True((await io.Client.GetInfoAsync()).Counters.Restarts > 0);
    }

    [Fact]
    public async Task Connections_come_and_go_and_leave_neither_descriptors_nor_actors_nor_buffers()
    {
        const int each = 250;
        var echo = Fixture.System.ActorOf(Props.Create(() => new EchoServer()));
        var address = await echo.Ask<EndPoint>(new EchoServer.Start(Fixture.Tcp), Deadline);
        await Visit(address, 1);
        var before = Directory.GetFiles("/proc/self/fd").Length;
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => Visit(address, each))));
        await Kit.AwaitAssertAsync(
            async () =>
            {
                Assert.Equal(0, await echo.Ask<int>(EchoServer.Count.Instance, Deadline));
                Assert.InRange(Directory.GetFiles("/proc/self/fd").Length, 0, before + 4);
            },
            Deadline,
            TimeSpan.FromMilliseconds(10));
        Fixture.System.Stop(echo);
    }

    [Fact]
    public async Task Ten_thousand_connections_or_as_many_as_this_process_may_have_are_all_served()
    {
        using var limit = DescriptorLimit.AtLeast(21_000);
        var count = int.Min(10_000, (DescriptorLimit.Now - 500) / 2);
        Assert.True(count >= 200, $"this process may have {DescriptorLimit.Now} descriptors");
        var echo = Fixture.System.ActorOf(Props.Create(() => new EchoServer()));
        var address = await echo.Ask<EndPoint>(new EchoServer.Start(Fixture.Tcp), Deadline);
        var peers = new List<Socket>();
        for (var n = 0; n < count; n++)
        {
            peers.Add(await Connect(address));
        }

        for (var n = 0; n < count; n++)
        {
            peers[n].Send(BitConverter.GetBytes(n));
        }

        for (var n = 0; n < count; n++)
        {
            Assert.Equal(n, BitConverter.ToInt32(await Read(peers[n], 4)));
        }

        Assert.Equal(count, await echo.Ask<int>(EchoServer.Count.Instance, Deadline));
        peers.ForEach(peer => peer.Dispose());
        await Kit.AwaitAssertAsync(
            async () => Assert.Equal(0, await echo.Ask<int>(EchoServer.Count.Instance, Deadline)), Deadline, TimeSpan.FromMilliseconds(50));
        Fixture.System.Stop(echo);
    }

    [Fact]
    public async Task One_that_does_not_read_keeps_nobody_else_waiting()
    {
        var slow = await Connected();
        for (var n = 0; n < 20; n++)
        {
            slow.Ref.Tell(Tcp.Write.Create(ByteString.FromBytes(new byte[1_000_000])));
        }

        var other = await Connected();
        for (byte n = 0; n < 100; n++)
        {
            other.Peer.Send([n]);
            Assert.Equal([n], (await other.Handler.ExpectBytes(1)).Bytes);
            other.Ref.Tell(Tcp.Write.Create(ByteString.FromBytes([n])));
            Assert.Equal([n], await Read(other.Peer, 1));
        }

        slow.Ref.Tell(Tcp.Abort.Instance);
    }

    private static async Task Visit(EndPoint address, int times)
    {
        var one = new byte[1];
        for (var n = 0; n < times; n++)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(address);
            await socket.SendAsync(new[] { (byte)n });
            Assert.Equal(1, await socket.ReceiveAsync(one));
            Assert.Equal((byte)n, one[0]);
            if (n % 3 == 0)
            {
                socket.LingerState = new LingerOption(true, 0);
            }
        }
    }

    /// <summary>Serves whoever connects, and knows how many there are.</summary>
    private sealed class EchoServer : ReceiveActor
    {
        private readonly HashSet<IActorRef> _connections = [];
        private IActorRef _starter = ActorRefs.Nobody;

        public EchoServer()
        {
            Receive<Start>(start =>
            {
                _starter = Sender;
                start.Manager.Tell(new Tcp.Bind(Self, new IPEndPoint(IPAddress.Loopback, 0), backlog: 1024));
            });
            Receive<Tcp.Bound>(bound => _starter.Tell(bound.LocalAddress));
            Receive<Tcp.Connected>(_ =>
            {
                _connections.Add(Sender);
                Context.Watch(Sender);
                Sender.Tell(new Tcp.Register(Self));
            });
            Receive<Tcp.Received>(received => Sender.Tell(Tcp.Write.Create(received.Data)));
            Receive<Terminated>(terminated => _connections.Remove(terminated.ActorRef));
            Receive<Count>(_ => Sender.Tell(_connections.Count));
            Receive<Tcp.ConnectionClosed>(_ => { });
        }

        internal sealed record Start(IActorRef Manager);

        internal sealed class Count
        {
            internal static readonly Count Instance = new();
        }
    }
}
