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

/// <summary>
/// What ours does and Akka.NET's Tcp does not: what the documentation promises and Akka.NET 1.5.74 does not keep, and what it has
/// never had.
/// </summary>
public abstract class TcpBeyondSpec(ProtocolFixture fixture) : ProtocolTest(fixture)
{
    private static readonly byte[] s_hello = "hello"u8.ToArray();

    [Fact]
    public async Task A_file_is_sent_in_its_turn()
    {
        var path = Path.GetTempFileName();
        var bytes = Pattern(3_000_000);
        await File.WriteAllBytesAsync(path, bytes);
        var pair = await Connected();
        pair.Ref.Tell(
            Tcp.Write.Create(ByteString.FromBytes([1]))
                .Append(new WriteFile(path, 1_000, 2_500_000, new Ack(1)).Append(Tcp.Write.Create(ByteString.FromBytes([2]), new Ack(2)))),
            pair.Handler.Ref);
        byte[] expected = [1, .. bytes.AsSpan(1_000, 2_500_000), 2];
        Assert.Equal(expected, await Read(pair.Peer, expected.Length));
        Assert.Equal(1, (await pair.Handler.Expect<Ack>()).Number);
        Assert.Equal(2, (await pair.Handler.Expect<Ack>()).Number);
        File.Delete(path);
    }

    [Fact]
    public async Task A_file_that_is_not_there_or_too_short_is_refused_and_the_connection_goes_on()
    {
        var path = Path.GetTempFileName();
        await File.WriteAllBytesAsync(path, s_hello);
        var pair = await Connected();
        pair.Ref.Tell(new WriteFile("/there/is/no/such/file", 0, 1), pair.Handler.Ref);
        var missing = await pair.Handler.Expect<Tcp.CommandFailed>();
        Assert.Equal(Errno.ENOENT, Assert.IsType<IoException>(missing.Cause.Value).Error);
        pair.Ref.Tell(new WriteFile(path, 2, 10, new Ack(1)), pair.Handler.Ref);
        var shorter = await pair.Handler.Expect<Tcp.CommandFailed>();
        Assert.Contains("3 bytes", Assert.IsType<EndOfStreamException>(shorter.Cause.Value).Message, StringComparison.Ordinal);
        pair.Ref.Tell(Tcp.Write.Create(ByteString.FromBytes([9]), new Ack(2)), pair.Handler.Ref);
        Assert.Equal("llo\t"u8.ToArray(), await Read(pair.Peer, 4));
        Assert.Equal(2, (await pair.Handler.Expect<Ack>()).Number);
        File.Delete(path);
    }

    [Fact]
    public async Task Abort_in_the_middle_of_a_file_closes_the_file()
    {
        var path = Path.GetTempFileName();
        await using (var file = File.OpenWrite(path))
        {
            file.SetLength(100_000_000);
        }

        var pair = await Connected();
        pair.Handler.Watch(pair.Ref);
        pair.Ref.Tell(new WriteFile(path, 0, 100_000_000, new Ack(1)), pair.Handler.Ref);
        await Read(pair.Peer, 100_000);
        pair.Ref.Tell(Tcp.Abort.Instance, pair.Handler.Ref);
        await pair.Handler.ExpectEndOf(pair.Ref);
        await Kit.AwaitAssertAsync(
            () => Assert.DoesNotContain(path, Directory.GetFiles("/proc/self/fd").Select(TargetOf)), Deadline, TimeSpan.FromMilliseconds(10));
        File.Delete(path);
    }

    [Fact]
    public async Task A_writer_that_was_refused_waits_for_ResumeWriting()
    {
        var settings = TcpSettings.Create(Fixture.System) with { WriteCommandsQueueMaxSize = 1_000_000 };
        var pair = await Connected(settings: settings, resumeWriting: true);
        var bytes = ByteString.FromBytes(Pattern(100_000));
        var sent = 0;
        Tcp.Message answer;
        do
        {
            // The kernel takes some megabytes, the queue one.
            pair.Ref.Tell(Tcp.Write.Create(bytes, new Ack(sent++)), pair.Handler.Ref);
            pair.Ref.Tell(Tcp.Write.Create(ByteString.FromBytes(new byte[1_000_001])), pair.Handler.Ref);
            answer = await pair.Handler.Expect<Tcp.Message>();
            answer = answer is Ack ? await pair.Handler.Expect<Tcp.Message>() : answer;
        }
        while (answer is not Tcp.CommandFailed);

        // Suspended: what would have room is refused too.
        pair.Ref.Tell(Tcp.Write.Create(ByteString.FromBytes([7]), new Ack(-1)), pair.Handler.Ref);
        Tcp.CommandFailed? failed = null;
        while (failed is null)
        {
            failed = await pair.Handler.Expect<Tcp.Message>() as Tcp.CommandFailed;
        }

        Assert.Equal(1, Assert.IsType<Tcp.Write>(failed.Cmd).Data.Count);
        pair.Ref.Tell(Tcp.ResumeWriting.Instance, pair.Handler.Ref);
        Assert.Equal(bytes.ToArray(), await Read(pair.Peer, bytes.Count));
        Tcp.Message resumed;
        do
        {
            resumed = await pair.Handler.Expect<Tcp.Message>();
        }
        while (resumed is Ack);
        Assert.IsType<Tcp.WritingResumed>(resumed);
        pair.Ref.Tell(Tcp.Write.Create(ByteString.FromBytes([7]), new Ack(-1)), pair.Handler.Ref);
        Assert.Equal([7], await Read(pair.Peer, 1));
        Assert.Equal(-1, (await pair.Handler.Expect<Ack>()).Number);
    }

    [Fact]
    public async Task A_listener_in_pull_mode_takes_as_many_as_it_is_asked_to()
    {
        var listener = await Bind(pullMode: true);
        var first = await Connect(listener.Address);
        var second = await Connect(listener.Address);
        await listener.Handler.ExpectNothing();
        listener.Ref.Tell(new Tcp.ResumeAccepting(1));
        Assert.Equal(first.LocalEndPoint, (await listener.Handler.Expect<Tcp.Connected>()).RemoteAddress);
        await listener.Handler.ExpectNothing();
        listener.Ref.Tell(new Tcp.ResumeAccepting(1));
        Assert.Equal(second.LocalEndPoint, (await listener.Handler.Expect<Tcp.Connected>()).RemoteAddress);
    }

    [Fact]
    public async Task Connections_outlive_their_listener()
    {
        var pair = await Connected();
        pair.Listener.Ref.Tell(Tcp.Unbind.Instance, pair.Handler.Ref);
        await pair.Handler.Expect<Tcp.Unbound>();
        pair.Peer.Send(s_hello);
        Assert.Equal(s_hello, (await pair.Handler.ExpectBytes(5)).Bytes);
        pair.Ref.Tell(Tcp.Write.Create(ByteString.FromBytes(s_hello)));
        Assert.Equal(s_hello, await Read(pair.Peer, 5));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Unix_sockets_have_paths_or_abstract_names_and_what_was_left_over_is_replaced(bool isAbstract)
    {
        var path = Path.Combine(Path.GetTempPath(), $"io-actors-{Guid.NewGuid()}");
        var address = new UnixDomainSocketEndPoint(isAbstract ? "\0" + path : path);
        if (!isAbstract)
        {
            // A process that died has left it. (A Socket of .NET's would remove it some day.)
            var io = Fixture.System.IoActors().Client;
            var dead = (int)(await io.CreateSocketAsync(AddressFamily.Unix)).GetValueOrThrow();
            (await io.BindAsync(dead, address)).ThrowIfFailed();
            (await io.ListenAsync(dead)).ThrowIfFailed();
            (await io.CloseAsync(dead)).ThrowIfFailed();
            Assert.True(File.Exists(path));
        }

        var listener = await Bind(address);
        Assert.Equal(address.ToString(), listener.Address.ToString());
        var peer = await Connect(address);
        await listener.Handler.Expect<Tcp.Connected>();
        listener.Handler.Sender.Tell(new Tcp.Register(listener.Handler.Ref));
        peer.Send(s_hello);
        Assert.Equal(s_hello, (await listener.Handler.ExpectBytes(5)).Bytes);

        // One that lives is not.
        var commander = NewProbe();
        Fixture.Tcp.Tell(new Tcp.Bind(commander.Ref, address), commander.Ref);
        await commander.Expect<Tcp.CommandFailed>();

        var client = NewProbe();
        Fixture.Tcp.Tell(new Tcp.Connect(address), client.Ref);
        await client.Expect<Tcp.Connected>();
        client.Sender.Tell(Tcp.Abort.Instance, client.Ref);
        await client.Expect<Tcp.Aborted>();
        listener.Ref.Tell(Tcp.Unbind.Instance, client.Ref);
        await client.Expect<Tcp.Unbound>();
        Assert.False(File.Exists(path));
    }

    [Fact]
    public async Task A_file_that_is_no_socket_is_not_taken_for_one_that_was_left_over()
    {
        var path = Path.GetTempFileName();
        await File.WriteAllTextAsync(path, "important");
        var commander = NewProbe();
        Fixture.Tcp.Tell(new Tcp.Bind(commander.Ref, new UnixDomainSocketEndPoint(path)), commander.Ref);
        var failed = await commander.Expect<Tcp.CommandFailed>();
        Assert.Equal(Errno.EADDRINUSE, Assert.IsType<IoException>(failed.Cause.Value).Error);
        Assert.Equal("important", await File.ReadAllTextAsync(path));
        File.Delete(path);
    }

    [Fact]
    public async Task A_connection_whose_handler_has_gone_does_not_wait_for_its_peer()
    {
        var pair = await Connected(pullMode: true);
        var watcher = NewProbe();
        watcher.Watch(pair.Ref);
        var bytes = new byte[8_000_000];
        pair.Ref.Tell(Tcp.Write.Create(ByteString.FromBytes(bytes)), ActorRefs.NoSender);
        pair.Ref.Tell(Tcp.ConfirmedClose.Instance, pair.Handler.Ref);
        Fixture.System.Stop(pair.Handler.Ref);

        // What it has written is written; then nobody is there to hear of the peer's end.
        Assert.Equal(bytes, await Read(pair.Peer, bytes.Length));
        await ExpectEnd(pair.Peer);
        await watcher.ExpectEndOf(pair.Ref);
    }

    [Fact]
    public async Task What_is_not_for_the_manager_is_refused()
    {
        var commander = NewProbe();
        Fixture.Tcp.Tell(Tcp.Close.Instance, commander.Ref);
        var failed = await commander.Expect<Tcp.CommandFailed>();
        Assert.IsType<ArgumentException>(failed.Cause.Value);
        Fixture.Tcp.Tell(new Tcp.Bind(commander.Ref, new DnsEndPoint("localhost", 80)), commander.Ref);
        Assert.IsType<Tcp.Bind>((await commander.Expect<Tcp.CommandFailed>()).Cmd);
        Fixture.Tcp.Tell(new Tcp.Connect(new IPEndPoint(IPAddress.Loopback, 0)), commander.Ref);
        Assert.IsType<Tcp.Connect>((await commander.Expect<Tcp.CommandFailed>()).Cmd);
    }

    [Fact]
    public async Task A_write_of_which_a_part_was_sent_is_not_acknowledged()
    {
        var pair = await Connected();
        pair.Handler.Watch(pair.Ref);
        var writer = NewProbe();
        const int count = 200;
        for (var n = 0; n < count; n++)
        {
            pair.Ref.Tell(Tcp.Write.Create(ByteString.FromBytes(new byte[60_000]), new Ack(n)), writer.Ref);
        }

        // Until the kernel has no more room, which leaves it in the middle of one.
        var acks = await writer.CountUntilSilence<Ack>();
        Assert.InRange(acks, 1, count - 1);
        pair.Ref.Tell(Tcp.Abort.Instance, pair.Handler.Ref);
        await pair.Handler.ExpectEndOf(pair.Ref);
        for (var n = acks; n < count; n++)
        {
            await writer.Expect<Tcp.CommandFailed>();
        }
    }

    [Fact]
    public async Task A_storm_of_resets_leaves_nothing_behind()
    {
        var listener = await Bind();
        for (var n = 0; n < 200; n++)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(listener.Address);
            socket.LingerState = new LingerOption(true, 0);
        }

        // The next one is served.
        var peer = await Connect(listener.Address);
        Tcp.Connected connected;
        do
        {
            connected = await listener.Handler.Expect<Tcp.Connected>();
        }
        while (!connected.RemoteAddress.Equals(peer.LocalEndPoint));
        var handler = NewProbe();
        listener.Handler.Sender.Tell(new Tcp.Register(handler.Ref));
        peer.Send(s_hello);
        Assert.Equal(s_hello, (await handler.ExpectBytes(5)).Bytes);
    }

    private static string? TargetOf(string link)
    {
        try
        {
            return File.ResolveLinkTarget(link, returnFinalTarget: false)?.FullName;
        }
        catch (IOException)
        {
            // Of the listing itself, and closed by now.
            return null;
        }
    }

    /// <summary>Says that a write has been done.</summary>
    private sealed class Ack(int number) : Tcp.Event
    {
        internal int Number => number;
    }
}
