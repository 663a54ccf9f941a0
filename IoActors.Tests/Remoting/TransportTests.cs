using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.Configuration;
using Akka.IoActors.Remoting;
using Akka.IoActors.Tests.Support;
using Akka.Remote;
using Akka.Remote.Transport;
using Google.Protobuf;
using Xunit;

namespace Akka.IoActors.Tests.Remoting;

/// <summary>The transport by itself, with a plain socket as the other node.</summary>
public sealed class TransportTests : IDisposable
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(20);

    private readonly List<IDisposable> _owned = [];
    private ActorSystem? _system;
    private IoTcpTransport? _transport;

    public static TheoryData<string> Backends => ["io-uring", "epoll", "thread-pool"];

    public void Dispose()
    {
        _owned.ForEach(each => each.Dispose());
        Assert.True(_transport?.Shutdown().Wait(s_deadline) ?? true);
        Assert.True(_system?.Terminate().Wait(s_deadline) ?? true);
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public async Task Frames_arrive_whole_and_in_order_however_they_are_cut(string backend)
    {
        var (transport, heard, address) = await Listen(backend);
        using var peer = await Connect(address);
        var inbound = (InboundAssociation)await heard.Next();
        var frames = new Heard<IHandleEvent>();
        inbound.Association.ReadHandlerSource.SetResult(frames);
        var random = new Random(9);

        // Around each border: of the header, of the buffer, of a large frame and what follows it.
        int[] lengths = [1, 0, 3, 4, 16376, 16380, 16381, 16384, 20_000, 65_536, 128_000, 2, 100_000, 100_000, 1];
        var sent = lengths.Select(length => Bytes(random, length)).ToList();
        var stream = new MemoryStream();
        foreach (var frame in sent)
        {
            stream.Write(Header(frame.Length));
            stream.Write(frame);
        }

        var all = stream.ToArray();
        var writing = Task.Run(async () =>
        {
            for (var at = 0; at < all.Length;)
            {
                // Now and then a byte, to be cut in the middle of a header.
                var count = Math.Min(random.Next(4) == 0 ? 1 : random.Next(1, 40_000), all.Length - at);
                await peer.SendAsync(all.AsMemory(at, count));
                at += count;
            }
        });
        foreach (var frame in sent.Where(frame => frame.Length > 0))
        {
            Assert.Equal(frame, Assert.IsType<InboundPayload>(await frames.Next()).Payload.ToByteArray());
        }

        await writing;
        peer.Shutdown(SocketShutdown.Send);
        Assert.IsType<Disassociated>(await frames.Next());
        Assert.Equal(0, await peer.ReceiveAsync(new byte[1]));
        Assert.True(await transport.Shutdown().WaitAsync(s_deadline));
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public async Task Who_does_not_read_holds_back_the_writer_and_loses_nothing(string backend)
    {
        var (transport, peer, handle) = await Associate(backend, "write-buffer-high-water-mark = 1000000b");
        var random = new Random(9);
        var written = new List<byte[]>();
        var frame = Bytes(random, 50_000);
        while (handle.Write(UnsafeByteOperations.UnsafeWrap(frame)))
        {
            written.Add(frame);
            frame = Bytes(random, written.Count % 2 == 0 ? 50_000 : 100);
        }

        // What may wait, and what the kernel has taken.
        Assert.InRange(written.Sum(each => each.Length), 1_000_000, 20_000_000);
        foreach (var each in written)
        {
            Assert.Equal(each, await ReadFrame(peer));
        }

        // And goes on.
        Assert.True(handle.Write(UnsafeByteOperations.UnsafeWrap(frame)));
        Assert.Equal(frame, await ReadFrame(peer));
        Assert.True(await transport.Shutdown().WaitAsync(s_deadline));
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public async Task What_was_written_before_the_end_arrives(string backend)
    {
        var (_, peer, handle) = await Associate(backend);
        var random = new Random(9);
        var written = Enumerable.Range(0, 200).Select(n => Bytes(random, n % 3 == 0 ? 60_000 : n)).ToList();
        Assert.All(written, each => Assert.True(handle.Write(UnsafeByteOperations.UnsafeWrap(each))));
        handle.Disassociate("the test says so", _system!.Log);
        Assert.False(handle.Write(ByteString.CopyFrom(1)));
        foreach (var each in written)
        {
            Assert.Equal(each, await ReadFrame(peer));
        }

        Assert.Equal(0, await peer.ReceiveAsync(new byte[1]));
        await ((IoAssociation)handle).Ended.WaitAsync(s_deadline);

        // Who comes to listen now is told.
        var late = new Heard<IHandleEvent>();
        handle.ReadHandlerSource.SetResult(late);
        Assert.IsType<Disassociated>(await late.Next());
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public async Task An_end_does_not_wait_for_ever_for_who_does_not_read(string backend)
    {
        var (transport, peer, handle) = await Associate(backend, "connection-timeout = 300ms");
        var heard = new Heard<IHandleEvent>();
        handle.ReadHandlerSource.SetResult(heard);
        while (handle.Write(ByteString.CopyFrom(new byte[100_000])))
        {
        }

        handle.Disassociate("the test says so", _system!.Log);
        Assert.IsType<Disassociated>(await heard.Next());
        await ((IoAssociation)handle).Ended.WaitAsync(s_deadline);
        Assert.True(await transport.Shutdown().WaitAsync(s_deadline));
        Assert.True(peer.Connected);
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public async Task What_goes_beside_a_message_comes_before_it(string backend)
    {
        var (_, peer, handle) = await Associate(backend);
        var attachments = Attachments.Of(_system!);
        var random = new Random(9);
        foreach (var (length, part) in new[] { (1, 1), (20_000, 20_000), (200_000, 65_536), (1 << 20, 65_536), (100_000, 1_000) })
        {
            // In as many arrays; and with somebody's message that only looks like one.
            var bytes = Bytes(random, length);
            var parts = bytes.Chunk(part).Select(each => new ArraySegment<byte>(each)).ToArray();
            var id = attachments.Add(Akka.IO.ByteString.FromBytes(parts));
            byte[] fake = [1, 2, .. "IoAttach"u8, .. Guid.NewGuid().ToByteArray(), .. "IoAttach"u8];
            byte[] message = [.. fake, .. Attachments.TokenOf(id), 3];
            Assert.True(handle.Write(UnsafeByteOperations.UnsafeWrap(fake)));
            Assert.True(handle.Write(UnsafeByteOperations.UnsafeWrap(message)));
            Assert.True(handle.Write(UnsafeByteOperations.UnsafeWrap(message)));
            Assert.Equal(fake, await ReadFrame(peer));
            Assert.Equal((byte[])[.. id.ToByteArray(), .. bytes], await ReadFrame(peer, isAttachment: true));
            Assert.Equal(message, await ReadFrame(peer));
            Assert.Equal(message, await ReadFrame(peer));
            Assert.Equal((0, 0), attachments.Count);
        }
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public async Task What_comes_beside_messages_is_there_when_they_are_and_not_after_their_connection(string backend)
    {
        var (_, heard, address) = await Listen(backend);
        var attachments = Attachments.Of(_system!);
        using var peer = await Connect(address);
        var inbound = ((InboundAssociation)await heard.Next()).Association;
        var frames = new Heard<IHandleEvent>();
        inbound.ReadHandlerSource.SetResult(frames);
        var random = new Random(9);
        var sent = new List<(Guid Id, byte[] Bytes)>();
        var stream = new MemoryStream();
        foreach (var length in new[] { 1, 16_000, 65_535, 65_536, 65_537, 1 << 20, 16_364, 16_365, 500_000 })
        {
            var (id, bytes) = (Guid.NewGuid(), Bytes(random, length));
            sent.Add((id, bytes));
            stream.Write(Header((length + 16) | int.MinValue));
            stream.Write(id.ToByteArray());
            stream.Write(bytes);
            stream.Write(Header(16));
            stream.Write(id.ToByteArray());
        }

        var all = stream.ToArray();
        var writing = Task.Run(async () =>
        {
            for (var at = 0; at < all.Length;)
            {
                var count = Math.Min(random.Next(4) == 0 ? 1 : random.Next(1, 100_000), all.Length - at);
                await peer.SendAsync(all.AsMemory(at, count));
                at += count;
            }
        });
        foreach (var (id, bytes) in sent.SkipLast(1))
        {
            Assert.Equal(id.ToByteArray(), Assert.IsType<InboundPayload>(await frames.Next()).Payload.ToByteArray());
            Assert.True(attachments.TryTake(Attachments.TokenOf(id), out var there));
            Assert.Equal(bytes, there.ToArray());
            Assert.False(attachments.TryTake(Attachments.TokenOf(id), out _));
        }

        // The last one is not asked for.
        await writing;
        Assert.IsType<InboundPayload>(await frames.Next());
        Assert.Equal((0, 1), attachments.Count);
        peer.Close();
        Assert.IsType<Disassociated>(await frames.Next());
        await ((IoAssociation)inbound).Ended.WaitAsync(s_deadline);
        Assert.Equal((0, 0), attachments.Count);
    }

    [Fact]
    public async Task More_than_anybody_reads_ends_the_connection()
    {
        var (_, heard, address) = await Listen("io-uring");
        using var peer = await Connect(address);
        var frames = new Heard<IHandleEvent>();
        ((InboundAssociation)await heard.Next()).Association.ReadHandlerSource.SetResult(frames);
        var mebibyte = new byte[1 << 20];
        var taken = 0;
        try
        {
            for (; taken < 300; taken++)
            {
                await peer.SendAsync(Header(((1 << 20) + 16) | int.MinValue));
                await peer.SendAsync(Guid.NewGuid().ToByteArray());
                await peer.SendAsync(mebibyte);
            }
        }
        catch (SocketException)
        {
            // Closed by the other side.
        }

        Assert.InRange(taken, 256, 299);
        Assert.IsType<Disassociated>(await frames.Next());
    }

    [Theory]
    [InlineData("io-uring", int.MaxValue)]
    [InlineData("epoll", -1)]
    [InlineData("thread-pool", 128_001)]
    [InlineData("epoll", int.MinValue)]
    [InlineData("thread-pool", int.MinValue | 16)]
    [InlineData("io-uring", int.MinValue | ((1 << 20) + 17))]
    public async Task A_frame_that_cannot_be_ends_its_connection_and_no_other(string backend, int length)
    {
        var (_, heard, address) = await Listen(backend);
        using var good = await Connect(address);
        var other = new Heard<IHandleEvent>();
        ((InboundAssociation)await heard.Next()).Association.ReadHandlerSource.SetResult(other);
        using var bad = await Connect(address);
        var frames = new Heard<IHandleEvent>();
        ((InboundAssociation)await heard.Next()).Association.ReadHandlerSource.SetResult(frames);
        await bad.SendAsync(Header(length));
        Assert.IsType<Disassociated>(await frames.Next());
        Assert.Equal(0, await bad.ReceiveAsync(new byte[1]));
        await good.SendAsync((byte[])[.. Header(3), 1, 2, 3]);
        Assert.Equal([1, 2, 3], Assert.IsType<InboundPayload>(await other.Next()).Payload.ToByteArray());
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public async Task A_reset_is_an_end_and_is_said(string backend)
    {
        var (_, peer, handle) = await Associate(backend);
        var heard = new Heard<IHandleEvent>();
        handle.ReadHandlerSource.SetResult(heard);
        peer.LingerState = new LingerOption(true, 0);
        peer.Close();
        Assert.IsType<Disassociated>(await heard.Next());
        await ((IoAssociation)handle).Ended.WaitAsync(s_deadline);
        Assert.False(handle.Write(ByteString.CopyFrom(1)));
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public async Task Nothing_is_left_behind(string backend)
    {
        var (transport, heard, address) = await Listen(backend);
        var before = Sockets();
        for (var n = 0; n < 50; n++)
        {
            using var peer = await Connect(address);
            var inbound = ((InboundAssociation)await heard.Next()).Association;
            var frames = new Heard<IHandleEvent>();
            inbound.ReadHandlerSource.SetResult(frames);
            Assert.True(inbound.Write(ByteString.CopyFrom(1, 2, 3)));
            Assert.Equal([1, 2, 3], await ReadFrame(peer));
            if (n % 2 == 0)
            {
                inbound.Disassociate("the test says so", _system!.Log);
                Assert.Equal(0, await peer.ReceiveAsync(new byte[1]));
            }
            else
            {
                peer.Close();
                Assert.IsType<Disassociated>(await frames.Next());
            }

            await ((IoAssociation)inbound).Ended.WaitAsync(s_deadline);
        }

        Assert.Equal(before, Sockets());
        Assert.True(await transport.Shutdown().WaitAsync(s_deadline));
        Assert.Equal(before - 1, Sockets());
    }

    [Fact]
    public async Task Who_cannot_be_reached_is_a_failure_that_says_why()
    {
        var transport = Make("io-uring");
        _ = await transport.Listen();
        var nobody = new Address("tcp", "there", "127.0.0.1", 1);
        var refused = await Assert.ThrowsAsync<InvalidAssociationException>(() => transport.Associate(nobody));
        Assert.Equal($"No connection to {nobody}: 127.0.0.1:1: ECONNREFUSED.", refused.Message);
        var unknown = await Assert.ThrowsAsync<InvalidAssociationException>(() => transport.Associate(new Address("tcp", "there", "there.invalid", 1)));
        Assert.StartsWith("No connection to tcp://there@there.invalid:1: ", unknown.Message, StringComparison.Ordinal);
        Assert.True(await transport.Shutdown());
        Assert.EndsWith(
            "the transport has shut down.", (await Assert.ThrowsAsync<InvalidAssociationException>(() => transport.Associate(nobody))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_that_is_taken_is_a_failure_that_says_so()
    {
        var listener = Own(new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        var taken = await Assert.ThrowsAsync<RemoteTransportException>(() => Make("io-uring", $"port = {port}").Listen());
        Assert.Contains($"Cannot listen on 127.0.0.1:{port}", taken.Message, StringComparison.Ordinal);
        Assert.Contains("EADDRINUSE", taken.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("localhost", "localhost")]
    [InlineData("::1", "[::1]")]
    public async Task A_host_may_have_a_name_or_an_address_of_six(string host, string expected)
    {
        var transport = Make("io-uring", $"hostname = \"{host}\"");
        var (address, listener) = await transport.Listen();
        Assert.Equal(expected, address.Host);
        var heard = new Heard<IAssociationEvent>();
        listener.SetResult(heard);
        var handle = await transport.Associate(address);
        var inbound = ((InboundAssociation)await heard.Next()).Association;
        var frames = new Heard<IHandleEvent>();
        inbound.ReadHandlerSource.SetResult(frames);
        Assert.True(handle.Write(ByteString.CopyFrom(7)));
        Assert.Equal([7], Assert.IsType<InboundPayload>(await frames.Next()).Payload.ToByteArray());
        Assert.True(await transport.Shutdown().WaitAsync(s_deadline));
    }

    [Fact]
    public void The_line_of_the_page_is_the_one_that_works() =>
        Assert.Contains($"```\n{IoTcpTransport.Hocon}\n```", File.ReadAllText(Path.Combine(Root(), "docs", "remoting.md")), StringComparison.Ordinal);

    [Fact]
    public async Task Big_endian_is_the_other_way_round()
    {
        var (_, peer, handle) = await Associate("io-uring", "byte-order = big-endian");
        Assert.True(handle.Write(ByteString.CopyFrom(1, 2)));
        var all = new byte[6];
        for (var read = 0; read < 6;)
        {
            read += await peer.ReceiveAsync(all.AsMemory(read)).AsTask().WaitAsync(s_deadline);
        }

        Assert.Equal([0, 0, 0, 2, 1, 2], all);
    }

    [Theory]
    [InlineData("transport-protocol = udp", "transport-protocol: this transport speaks tcp alone.")]
    [InlineData("enable-backwards-compatibility = on", "enable-backwards-compatibility: this transport does not speak to Helios.")]
    [InlineData("port = 65536", "port: a port is between 0 and 65535.")]
    [InlineData("public-port = -1", "public-port: a port is between 0 and 65535.")]
    [InlineData("connection-timeout = 0s", "connection-timeout: a positive time is wanted.")]
    [InlineData("backlog = 0", "backlog: a positive number is wanted.")]
    [InlineData("maximum-frame-size = 31999b", "maximum-frame-size must be at least 32000 bytes.")]
    [InlineData("send-buffer-size = 3000000000b", "send-buffer-size: a size between 0 and 2147483647 bytes is wanted.")]
    [InlineData("byte-order = middle", "byte-order: \"middle\" is neither little-endian nor big-endian.")]
    [InlineData("enable-ssl = on", "ssl.certificate.path: enable-ssl needs a certificate.")]
    [InlineData("enable-ssl = on, ssl.certificate { use-thumbprint-over-file = on, thumbprint = abc }", "ssl.certificate.thumbprint: the store My has no certificate \"abc\".")]
    public void A_setting_that_makes_no_sense_is_said(string hocon, string message) =>
        Assert.Equal(message, Assert.Throws<ConfigurationException>(() => Make("thread-pool", hocon)).Message);

    private IoTcpTransport Make(string backend, string hocon = "")
    {
        _system = ActorSystem.Create(
            "here", $"akka.loglevel = OFF\nakka.remote.enabled-transports = [tcp]\nio-actors.backend = {backend}\nio-actors.loops = 1");
        return _transport = new IoTcpTransport(_system, ConfigurationFactory.ParseString($"hostname = 127.0.0.1, port = 0, ssl {{ certificate {{ }} }}\n{hocon}"));
    }

    private async Task<(IoTcpTransport, Heard<IAssociationEvent>, Address)> Listen(string backend, string hocon = "")
    {
        var transport = Make(backend, hocon);
        var (address, listener) = await transport.Listen();
        var heard = new Heard<IAssociationEvent>();
        listener.SetResult(heard);
        return (transport, heard, address);
    }

    private async Task<(IoTcpTransport, Socket, AssociationHandle)> Associate(string backend, string hocon = "")
    {
        var (transport, _, _) = await Listen(backend, hocon);
        var listener = Own(new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        var handle = await transport.Associate(new Address("tcp", "there", "127.0.0.1", port)).WaitAsync(s_deadline);
        return (transport, Own(await listener.AcceptAsync()), handle);
    }

    private static async Task<Socket> Connect(Address address)
    {
        var peer = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await peer.ConnectAsync(address.Host, address.Port!.Value);
        return peer;
    }

    private static async Task<byte[]> ReadFrame(Socket peer, bool isAttachment = false)
    {
        var length = BinaryPrimitives.ReadInt32LittleEndian(await Read(4));
        Assert.Equal(isAttachment, length < 0);
        return await Read(length & int.MaxValue);

        async Task<byte[]> Read(int count)
        {
            var bytes = new byte[count];
            for (var read = 0; read < count;)
            {
                var more = await peer.ReceiveAsync(bytes.AsMemory(read)).AsTask().WaitAsync(s_deadline);
                Assert.NotEqual(0, more);
                read += more;
            }

            return bytes;
        }
    }

    private static string Root([System.Runtime.CompilerServices.CallerFilePath] string path = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, "..", ".."));

    private static byte[] Header(int length)
    {
        var header = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(header, length);
        return header;
    }

    private static byte[] Bytes(Random random, int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }

    /// <summary>How many sockets this process has.</summary>
    private static int Sockets() => Directory.GetFiles("/proc/self/fd").Count(each => new FileInfo(each).LinkTarget?.StartsWith("socket:", StringComparison.Ordinal) ?? false);

    private T Own<T>(T owned)
        where T : IDisposable
    {
        _owned.Add(owned);
        return owned;
    }

    /// <summary>What a listener has been told.</summary>
    private sealed class Heard<T> : IHandleEventListener, IAssociationEventListener
        where T : class
    {
        private readonly Channel<object> _events = Channel.CreateUnbounded<object>();

        public void Notify(IHandleEvent ev) => Assert.True(_events.Writer.TryWrite(ev));

        public void Notify(IAssociationEvent ev) => Assert.True(_events.Writer.TryWrite(ev));

        internal async Task<T> Next() => (T)await _events.Reader.ReadAsync().AsTask().WaitAsync(s_deadline);
    }
}
