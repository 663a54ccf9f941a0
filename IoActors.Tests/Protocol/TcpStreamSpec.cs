using System;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.IO;
using Akka.IoActors.Streams;
using Akka.Streams;
using Akka.Streams.Dsl;
using Xunit;
using Tcp = Akka.Streams.Dsl.Tcp;

namespace Akka.IoActors.Tests.Protocol;

/// <summary>Connections as streams: Akka.Streams' own and ours do the same.</summary>
public abstract class TcpStreamSpec : ProtocolTest
{
    private readonly ActorMaterializer _materializer;

    /// <summary>Prepares a test.</summary>
    protected TcpStreamSpec(ProtocolFixture fixture)
        : base(fixture) => _materializer = Fixture.System.Materializer();

    [Fact]
    public async Task What_is_sent_comes_back_and_each_end_ends_the_other()
    {
        var address = await Echo();
        var bytes = Pattern(8 << 20);
        var connected = Source.From(bytes.Chunk(50_000).Select(ByteString.FromBytes))
            .ViaMaterialized(To(address), Keep.Right)
            .ToMaterialized(Sink.Aggregate<ByteString, ByteString>(ByteString.Empty, (all, part) => all + part), Keep.Both)
            .Run(_materializer);
        var echoed = await connected.Item2.WaitAsync(Deadline);
        Assert.Equal(SHA256.HashData(bytes), SHA256.HashData(echoed.ToArray()));
        Assert.Equal(address, (await connected.Item1).RemoteAddress);
    }

    [Fact]
    public async Task Two_hundred_connections_have_their_own_bytes_each()
    {
        var address = await Echo();
        await Task.WhenAll(Enumerable.Range(0, 200).Select(async n =>
        {
            var bytes = Pattern(10_000, n);
            var back = await Source.Single(ByteString.FromBytes(bytes))
                .Via(To(address))
                .RunWith(Sink.Aggregate<ByteString, ByteString>(ByteString.Empty, (all, part) => all + part), _materializer)
                .WaitAsync(Deadline);
            Assert.Equal(bytes, back.ToArray());
        }));
    }

    [Fact]
    public async Task The_end_of_the_input_ends_our_half_alone()
    {
        var listener = Listener();
        var (_, answer) = Source.Single(ByteString.FromString("question"))
            .ViaMaterialized(To((IPEndPoint)listener.LocalEndpoint), Keep.Right)
            .ToMaterialized(Sink.Seq<ByteString>(), Keep.Both)
            .Run(_materializer);
        using var peer = await listener.AcceptSocketAsync().WaitAsync(Deadline);
        Assert.Equal("question"u8.ToArray(), await Read(peer, 8));
        await ExpectEnd(peer);
        await peer.SendAsync("answer"u8.ToArray());
        peer.Shutdown(SocketShutdown.Send);
        Assert.Equal("answer", string.Concat((await answer.WaitAsync(Deadline)).Select(each => each.ToString())));
    }

    [SkippableFact]
    public async Task An_empty_input_reads_all_the_same()
    {
        Skip.IfNot(Fixture.IsOurs, "Akka.Streams ends a connection whose input has ended before there is one");
        var listener = Listener();
        var read = Source.Empty<ByteString>()
            .Via(To((IPEndPoint)listener.LocalEndpoint))
            .RunWith(Sink.Aggregate<ByteString, int>(0, (count, part) => count + part.Count), _materializer);
        using var peer = await listener.AcceptSocketAsync().WaitAsync(Deadline);
        await ExpectEnd(peer);
        await peer.SendAsync(new byte[100_000]);
        peer.Shutdown(SocketShutdown.Send);
        Assert.Equal(100_000, await read.WaitAsync(Deadline));
    }

    [SkippableFact]
    public async Task A_reset_fails_the_stream()
    {
        Skip.IfNot(Fixture.IsOurs, "a stream of Akka.NET 1.5.74 does not end by a reset");
        var listener = Listener();
        var done = Source.Maybe<ByteString>()
            .ViaMaterialized(To((IPEndPoint)listener.LocalEndpoint), Keep.Left)
            .ToMaterialized(Sink.Ignore<ByteString>(), Keep.Right)
            .Run(_materializer);
        var peer = await listener.AcceptSocketAsync().WaitAsync(Deadline);
        peer.LingerState = new LingerOption(true, 0);
        peer.Close();
        await Assert.ThrowsAnyAsync<StreamTcpException>(() => done.WaitAsync(Deadline));
    }

    [Fact]
    public async Task Nobody_who_listens_is_a_failure()
    {
        var listener = Listener();
        var address = (IPEndPoint)listener.LocalEndpoint;
        listener.Stop();
        var (connected, done) = Source.Maybe<ByteString>()
            .ViaMaterialized(To(address), Keep.Right)
            .ToMaterialized(Sink.Ignore<ByteString>(), Keep.Both)
            .Run(_materializer);
        var failure = await Assert.ThrowsAnyAsync<StreamTcpException>(() => done.WaitAsync(Deadline));
        var error = await Assert.ThrowsAnyAsync<Exception>(() => connected.WaitAsync(Deadline));
        Assert.IsAssignableFrom<StreamTcpException>(error is AggregateException several ? several.Flatten().InnerException : error);
        if (Fixture.IsOurs)
        {
            Assert.Contains("Connection refused", failure.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task An_address_that_is_taken_is_a_failure()
    {
        var listener = Listener();
        var (bound, done) = Bind((IPEndPoint)listener.LocalEndpoint)
            .ToMaterialized(Sink.Ignore<Tcp.IncomingConnection>(), Keep.Both)
            .Run(_materializer);
        await Assert.ThrowsAnyAsync<StreamTcpException>(() => bound.WaitAsync(Deadline));
        var failure = await Assert.ThrowsAnyAsync<StreamTcpException>(() => done.WaitAsync(Deadline));
        if (Fixture.IsOurs)
        {
            Assert.Contains("Address already in use", failure.Message, StringComparison.Ordinal);
        }
    }

    [SkippableFact]
    public async Task Unbind_ends_the_source_and_leaves_the_connections()
    {
        Skip.IfNot(Fixture.IsOurs, "connections of Akka.NET 1.5.74 end with their listener");
        var accepted = Kit.CreateTestProbe();
        var (bound, done) = Bind(new IPEndPoint(IPAddress.Loopback, 0))
            .ToMaterialized(
                Sink.ForEach<Tcp.IncomingConnection>(connection =>
                {
                    connection.HandleWith(Flow.Create<ByteString>(), _materializer);
                    accepted.Ref.Tell(connection.RemoteAddress, ActorRefs.NoSender);
                }),
                Keep.Both)
            .Run(_materializer);
        var binding = await bound.WaitAsync(Deadline);
        using var peer = await Connect(binding.LocalAddress);
        await accepted.ExpectMsgAsync<EndPoint>(address => Assert.Equal(peer.LocalEndPoint, address), Deadline);
        await binding.Unbind().WaitAsync(Deadline);
        await done.WaitAsync(Deadline);
        await peer.SendAsync("still here"u8.ToArray());
        Assert.Equal("still here"u8.ToArray(), await Read(peer, 10));
        peer.Shutdown(SocketShutdown.Send);
        await ExpectEnd(peer);
    }

    [Fact]
    public async Task A_connection_on_which_nothing_moves_ends_by_its_idle_timeout()
    {
        var listener = Listener();
        var done = Source.Maybe<ByteString>()
            .ViaMaterialized(To((IPEndPoint)listener.LocalEndpoint, TimeSpan.FromMilliseconds(300)), Keep.Left)
            .ToMaterialized(Sink.Ignore<ByteString>(), Keep.Right)
            .Run(_materializer);
        using var peer = await listener.AcceptSocketAsync().WaitAsync(Deadline);
        await Assert.ThrowsAsync<TimeoutException>(() => done.WaitAsync(Deadline));
        await ExpectReset(peer);
    }

    [Fact]
    public async Task Who_does_not_read_holds_back_his_peer()
    {
        var listener = Listener();
        var sink = Source.Maybe<ByteString>()
            .ViaMaterialized(To((IPEndPoint)listener.LocalEndpoint), Keep.Left)
            .ToMaterialized(Sink.Queue<ByteString>().WithAttributes(Attributes.CreateInputBuffer(1, 1)), Keep.Right)
            .Run(_materializer);
        using var peer = await listener.AcceptSocketAsync().WaitAsync(Deadline);
        peer.Blocking = false;
        var sent = 0L;
        var chunk = new byte[65536];

        // Until the kernel has no room any more: both its buffers are full, and what the stream holds is bounded.
        while (peer.Poll(TimeSpan.FromMilliseconds(500), SelectMode.SelectWrite))
        {
            sent += peer.Send(chunk, 0, chunk.Length, SocketFlags.None, out var error);
            Assert.True(error is SocketError.Success or SocketError.WouldBlock, error.ToString());
            Assert.InRange(sent, 0, 64 << 20);
        }

        // And goes on when it is read.
        var received = 0L;
        while (received < sent)
        {
            received += (await sink.PullAsync().WaitAsync(Deadline)).Value.Count;
        }

        Assert.Equal(sent, received);
        peer.Close();
        Assert.False((await sink.PullAsync().WaitAsync(Deadline)).HasValue);
    }

    [Fact]
    public async Task A_stream_that_fails_resets_its_connection()
    {
        var listener = Listener();
        var source = new TaskCompletionSource<ByteString>();
        var done = Source.FromTask(source.Task)
            .ViaMaterialized(To((IPEndPoint)listener.LocalEndpoint), Keep.Left)
            .ToMaterialized(Sink.Ignore<ByteString>(), Keep.Right)
            .Run(_materializer);
        using var peer = await listener.AcceptSocketAsync().WaitAsync(Deadline);
        source.SetException(new InvalidOperationException("nothing to say"));
        await ExpectReset(peer);
        await Assert.ThrowsAnyAsync<Exception>(() => done.WaitAsync(Deadline));
    }

    [Fact]
    public async Task A_materializer_that_stops_takes_its_connections_with_it()
    {
        var listener = Listener();
        var owner = Fixture.System.ActorOf(Props.Create(() => new Owner()));
        var materializer = await owner.Ask<ActorMaterializer>("materializer", Deadline);
        var done = Source.Maybe<ByteString>()
            .ViaMaterialized(To((IPEndPoint)listener.LocalEndpoint), Keep.Left)
            .ToMaterialized(Sink.Ignore<ByteString>(), Keep.Right)
            .Run(materializer);
        using var peer = await listener.AcceptSocketAsync().WaitAsync(Deadline);
        Fixture.System.Stop(owner);
        await Assert.ThrowsAnyAsync<Exception>(() => done.WaitAsync(Deadline));
        if (Fixture.IsOurs)
        {
            await ExpectReset(peer);
        }
    }

    [SkippableFact]
    public async Task Unix_sockets_are_sockets()
    {
        Skip.IfNot(Fixture.IsOurs, "Akka.IO has none");
        var address = new UnixDomainSocketEndPoint($"\0ioactors-stream-{Guid.NewGuid()}");
        var bound = IoTcp.Bind(Fixture.System, address)
            .ToMaterialized(Sink.ForEach<Tcp.IncomingConnection>(connection => connection.HandleWith(Flow.Create<ByteString>(), _materializer)), Keep.Left)
            .Run(_materializer);
        var binding = await bound.WaitAsync(Deadline);
        var bytes = Pattern(1 << 20);
        var back = await Source.From(bytes.Chunk(10_000).Select(ByteString.FromBytes))
            .Via(IoTcp.OutgoingConnection(Fixture.System, address))
            .RunWith(Sink.Aggregate<ByteString, ByteString>(ByteString.Empty, (all, part) => all + part), _materializer)
            .WaitAsync(Deadline);
        Assert.Equal(bytes, back.ToArray());
        await binding.Unbind().WaitAsync(Deadline);
    }

    [Fact]
    public void Arguments_that_make_no_sense_are_refused()
    {
        var address = new IPEndPoint(IPAddress.Loopback, 0);
        Assert.Throws<ArgumentNullException>(() => IoTcp.Bind(null!, address));
        Assert.Throws<ArgumentNullException>(() => IoTcp.Bind(Fixture.System, null!));
        Assert.Throws<ArgumentOutOfRangeException>(() => IoTcp.Bind(Fixture.System, address, backlog: 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => IoTcp.Bind(Fixture.System, address, idleTimeout: TimeSpan.Zero));
        Assert.Throws<ArgumentNullException>(() => IoTcp.OutgoingConnection(Fixture.System, null!));
        Assert.Throws<ArgumentOutOfRangeException>(() => IoTcp.OutgoingConnection(Fixture.System, address, connectTimeout: TimeSpan.FromSeconds(-1)));
    }

    private sealed class Unbinding(Tcp.ServerBinding binding) : IDisposable
    {
        public void Dispose() => Assert.True(binding.Unbind().Wait(Deadline));
    }

    private sealed class Owner : ReceiveActor
    {
        public Owner() => ReceiveAny(_ => Sender.Tell(Context.Materializer()));
    }

    private TcpListener Listener()
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Own(listener);
        return listener;
    }

    private async Task<EndPoint> Echo()
    {
        var bound = Bind(new IPEndPoint(IPAddress.Loopback, 0))
            .ToMaterialized(Sink.ForEach<Tcp.IncomingConnection>(connection => connection.HandleWith(Flow.Create<ByteString>(), _materializer)), Keep.Left)
            .Run(_materializer);
        var binding = await bound.WaitAsync(Deadline);
        Own(new Unbinding(binding));
        return binding.LocalAddress;
    }

    private Source<Tcp.IncomingConnection, Task<Tcp.ServerBinding>> Bind(IPEndPoint address) => Fixture.IsOurs
        ? IoTcp.Bind(Fixture.System, address, backlog: 1000)
        : Fixture.System.TcpStream().Bind(address.Address.ToString(), address.Port, backlog: 1000);

    private Flow<ByteString, ByteString, Task<Tcp.OutgoingConnection>> To(EndPoint address, TimeSpan? idleTimeout = null) => Fixture.IsOurs
        ? IoTcp.OutgoingConnection(Fixture.System, address, idleTimeout: idleTimeout)
        : Fixture.System.TcpStream().OutgoingConnection(address, idleTimeout: idleTimeout);
}

/// <summary>Akka.Streams' own.</summary>
public sealed class AkkaIoTcpStream(AkkaIoFixture fixture) : TcpStreamSpec(fixture), IClassFixture<AkkaIoFixture>;

/// <summary>On io_uring.</summary>
public sealed class IoUringTcpStream(IoUringProtocolFixture fixture) : TcpStreamSpec(fixture), IClassFixture<IoUringProtocolFixture>;

/// <summary>On two loops of io_uring.</summary>
public sealed class IoUringLoopsTcpStream(IoUringLoopsProtocolFixture fixture) : TcpStreamSpec(fixture), IClassFixture<IoUringLoopsProtocolFixture>;

/// <summary>On epoll.</summary>
public sealed class EpollTcpStream(EpollProtocolFixture fixture) : TcpStreamSpec(fixture), IClassFixture<EpollProtocolFixture>;

/// <summary>On three loops of epoll.</summary>
public sealed class EpollLoopsTcpStream(EpollLoopsProtocolFixture fixture) : TcpStreamSpec(fixture), IClassFixture<EpollLoopsProtocolFixture>;

/// <summary>On threads.</summary>
public sealed class ThreadPoolTcpStream(ThreadPoolProtocolFixture fixture) : TcpStreamSpec(fixture), IClassFixture<ThreadPoolProtocolFixture>;
