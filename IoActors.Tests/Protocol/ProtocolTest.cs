using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.IO;
using Akka.IoActors.Tests.Support;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using Xunit;

namespace Akka.IoActors.Tests.Protocol;

/// <summary>The ground of the specs that Akka.IO and ours both pass. After each our service holds nothing.</summary>
public abstract class ProtocolTest : IAsyncLifetime
{
    private readonly List<IDisposable> _toDispose = [];
    private readonly List<IActorRef> _listeners = [];

    /// <summary>Prepares a test.</summary>
    protected ProtocolTest(ProtocolFixture fixture)
    {
        ArgumentNullException.ThrowIfNull(fixture);
        Fixture = fixture;
        Kit = new TestKit.Xunit2.TestKit(fixture.System);
    }

    /// <summary>How long anything may take before the test calls it a hang.</summary>
    protected static TimeSpan Deadline { get; } = TimeSpan.FromSeconds(20);

    /// <summary>What is tested.</summary>
    protected ProtocolFixture Fixture { get; }

    /// <summary>Akka's test kit on its system.</summary>
    protected TestKit.Xunit2.TestKit Kit { get; }

    /// <inheritdoc/>
    public Task InitializeAsync() => Task.CompletedTask;

    /// <inheritdoc/>
    public async Task DisposeAsync()
    {
        foreach (var listener in _listeners)
        {
            listener.Tell(Tcp.Unbind.Instance, ActorRefs.NoSender);
        }

        foreach (var item in Enumerable.Reverse(_toDispose))
        {
            item.Dispose();
        }

        if (Fixture.IsOurs)
        {
            // Connections end when their peers do, which takes the loops a moment.
            var io = Fixture.System.IoActors();
            await Kit.AwaitAssertAsync(
                async () =>
                {
                    var counters = (await io.Client.GetInfoAsync()).Counters;
                    Assert.Equal((0, 0, 0), (counters.InFlight, counters.Waiting, counters.PinnedBuffers));
                    Assert.Equal((0, 0), (counters.BuffersInUse, counters.BuffersForgotten));
                    Assert.Equal(counters.Submitted, counters.Replied);
                },
                Deadline,
                TimeSpan.FromMilliseconds(10));
        }
    }

    /// <summary>Has the test dispose of something at its end.</summary>
    protected T Own<T>(T item)
        where T : IDisposable
    {
        _toDispose.Add(item);
        return item;
    }

    /// <summary>A probe that waits for what it expects, but not for ever.</summary>
    protected Probe NewProbe() => new(Kit.CreateTestProbe());

    /// <summary>A listener whose handler is a probe.</summary>
    protected async Task<BoundListener> Bind(
        EndPoint? address = null, bool pullMode = false, TcpSettings? settings = null, params Inet.SocketOption[] options)
    {
        var handler = NewProbe();
        var commander = NewProbe();
        Fixture.Tcp.Tell(
            new Tcp.Bind(handler.Ref, address ?? new IPEndPoint(IPAddress.Loopback, 0), options: options, pullMode: pullMode)
            {
                TcpSettings = settings,
            },
            commander.Ref);
        var bound = await commander.Expect<Tcp.Bound>();
        _listeners.Add(commander.Sender);
        return new BoundListener(commander.Sender, bound.LocalAddress, handler);
    }

    /// <summary>A connection from a socket of .NET's to a listener of what is tested, with a probe registered as its handler.</summary>
    protected async Task<Pair> Connected(
        bool pullMode = false, TcpSettings? settings = null, bool keepOpen = false, bool resumeWriting = true)
    {
        var listener = await Bind(pullMode: pullMode, settings: settings);
        if (pullMode)
        {
            listener.Ref.Tell(new Tcp.ResumeAccepting(1), ActorRefs.NoSender);
        }

        var peer = await Connect(listener.Address);
        await listener.Handler.Expect<Tcp.Connected>();
        var connection = listener.Handler.Sender;
        var handler = NewProbe();
        connection.Tell(new Tcp.Register(handler.Ref, keepOpen, resumeWriting), handler.Ref);
        return new Pair(connection, handler, peer, listener);
    }

    /// <summary>A socket of .NET's, connected.</summary>
    protected async Task<Socket> Connect(EndPoint address)
    {
        var family = address is UnixDomainSocketEndPoint ? AddressFamily.Unix : address.AddressFamily;
        var socket = Own(new Socket(family, SocketType.Stream, family == AddressFamily.Unix ? ProtocolType.Unspecified : ProtocolType.Tcp));
        await socket.ConnectAsync(address).WaitAsync(Deadline);
        return socket;
    }

    /// <summary>Reads so many bytes from a peer.</summary>
    protected static async Task<byte[]> Read(Socket peer, int count)
    {
        var bytes = new byte[count];
        for (var done = 0; done < count;)
        {
            var read = await peer.ReceiveAsync(bytes.AsMemory(done)).AsTask().WaitAsync(Deadline);
            Assert.True(read > 0, $"the connection ended after {done} of {count} bytes");
            done += read;
        }

        return bytes;
    }

    /// <summary>The peer sees the end of the stream, and nothing before it.</summary>
    protected static async Task ExpectEnd(Socket peer) =>
        Assert.Equal(0, await peer.ReceiveAsync(new byte[1]).WaitAsync(Deadline));

    /// <summary>The peer sees a reset.</summary>
    protected static async Task ExpectReset(Socket peer)
    {
        var e = await Assert.ThrowsAsync<SocketException>(() => peer.ReceiveAsync(new byte[1]).WaitAsync(Deadline));
        Assert.Equal(SocketError.ConnectionReset, e.SocketErrorCode);
    }

    /// <summary>Bytes that tell where they are.</summary>
    protected static byte[] Pattern(int count, int seed = 1)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    /// <summary>A listener, its address, and the probe that hears of its connections.</summary>
    protected sealed record BoundListener(IActorRef Ref, EndPoint Address, Probe Handler);

    /// <summary>A connection of what is tested, its handler, and the socket of .NET's at its other end.</summary>
    protected sealed record Pair(IActorRef Ref, Probe Handler, Socket Peer, BoundListener Listener);

    /// <summary>An actor that says what it hears.</summary>
    protected sealed class Probe(TestProbe probe)
    {
        /// <summary>It.</summary>
        public IActorRef Ref => probe.Ref;

        /// <summary>Who sent what was heard last.</summary>
        public IActorRef Sender => probe.LastSender;

        /// <summary>The next message is of this type.</summary>
        public async Task<T> Expect<T>() => await probe.ExpectMsgAsync<T>(Deadline);

        /// <summary>The next messages bring so many bytes; how many messages it took.</summary>
        public async Task<(byte[] Bytes, int Messages)> ExpectBytes(int count)
        {
            var bytes = new List<byte>();
            var messages = 0;
            while (bytes.Count < count)
            {
                bytes.AddRange((await Expect<Tcp.Received>()).Data.ToArray());
                messages++;
            }

            return ([.. bytes], messages);
        }

        /// <summary>Nothing has come, and nothing comes for a moment: this can only fail if something does.</summary>
        public async Task ExpectNothing() => await probe.ExpectNoMsgAsync(TimeSpan.FromMilliseconds(100));

        /// <summary>How many messages of this type come until none does for a moment.</summary>
        public async Task<int> CountUntilSilence<T>()
        {
            var count = 0;
            while (await probe.ReceiveOneAsync(TimeSpan.FromMilliseconds(300)) is { } message)
            {
                Assert.IsType<T>(message);
                count++;
            }

            return count;
        }

        /// <summary>Watches an actor.</summary>
        public void Watch(IActorRef actor) => probe.Watch(actor);

        /// <summary>The actor that it watches stops; whatever else comes before that is skipped.</summary>
        public async Task ExpectEndOf(IActorRef actor) => await probe.FishForMessageAsync(
            message => message is Terminated terminated && terminated.ActorRef.Equals(actor), Deadline);
    }
}
