using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Serialization;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.Configuration;
using Akka.IO;
using Akka.IoActors.Clustering;
using Akka.IoActors.Clustering.Export;
using Akka.IoActors.Clustering.Handles;
using Akka.IoActors.Remoting;
using Akka.Streams;
using Akka.Streams.Dsl;
using Google.Protobuf;
using Xunit;
using ByteString = Akka.IO.ByteString;

namespace Akka.IoActors.Tests.Clustering;

/// <summary>What nodes say of roots to each other, as it is on the wire.</summary>
public sealed class ClusterSerializerTests : IAsyncLifetime
{
    private readonly ActorSystem _system = ActorSystem.Create("io", ConfigurationFactory.ParseString("akka.loglevel = OFF"));
    private ClusterSerializer _serializer = null!;

    /// <inheritdoc/>
    public Task InitializeAsync()
    {
        _ = _system.IoCluster();
        _serializer = Assert.IsType<ClusterSerializer>(_system.Serialization.FindSerializerForType(typeof(Roots.Stat)));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task DisposeAsync() => _system.Terminate();

    [Fact]
    public void Each_message_comes_back_as_it_was()
    {
        var messages = All().ToList();
        var types = typeof(ClusterSerializer).Assembly.GetTypes().Where(type => !type.IsAbstract
            && (typeof(Roots.Request).IsAssignableFrom(type) || typeof(Roots.Reply).IsAssignableFrom(type) || typeof(SessionMessage).IsAssignableFrom(type)));

        // An Open goes as an OpenFileRequest; those with streams are below.
        string[] elsewhere = [nameof(Roots.Open), nameof(Roots.Listing), nameof(Roots.Reading), nameof(Roots.Writing)];
        Assert.Equal(
            types.Select(type => type.Name).Except(elsewhere).Append(nameof(OpenFileRequest)).Order(), messages.Select(each => each.GetType().Name).Distinct().Order());
        foreach (var message in messages)
        {
            Assert.IsType<ClusterSerializer>(_system.Serialization.FindSerializerFor(message));
            var back = _serializer.FromBinary(_serializer.ToBinary(message), _serializer.Manifest(message));
            AssertSame(message, back);
        }
    }

    [Fact]
    public void A_piece_whose_bytes_go_beside_it_gets_them_back_once()
    {
        var attachments = Attachments.Of(_system);
        var bytes = ByteString.FromBytes(new byte[20_000]);
        var piece = new Piece(3, 4, new Files.Data(ByteString.Empty), 20_000, bytes, 1);
        piece = piece with { Attachment = attachments.Add(bytes) };
        var message = _serializer.ToBinary(piece);
        Assert.InRange(message.Length, 1, 100);
        Assert.True(attachments.TryTakeFor(message, out var id, out var beside));
        Assert.Equal(piece.Attachment, id);
        Assert.Same(bytes, beside);

        // Lost on the way: no piece that anybody waits for.
        Assert.Equal(0, ((Piece)_serializer.FromBinary(message, _serializer.Manifest(piece))).Sequence);
        Assert.True(attachments.Arrived(id, beside, new Attachments.Incoming()));
        AssertSame(piece with { Attachment = default }, _serializer.FromBinary(message, _serializer.Manifest(piece)));
        Assert.Equal(0, ((Piece)_serializer.FromBinary(message, _serializer.Manifest(piece))).Sequence);
        Assert.Equal((0, 0), attachments.Count);
    }

    [Fact]
    public void What_version_1_has_written_is_read_for_ever()
    {
        // Beside this file; a line a message. It only grows. IOACTORS_WRITE_DOCS=1 adds what is new.
        var path = Path.Combine(Path.GetDirectoryName(Here())!, "cluster-v1.wire");
        var messages = All().ToList();
        var now = messages.Select(message => $"{message.GetType().Name} {Convert.ToHexString(_serializer.ToBinary(message))}").ToList();
        if (Environment.GetEnvironmentVariable("IOACTORS_WRITE_DOCS") == "1")
        {
            var there = File.Exists(path) ? File.ReadAllLines(path) : [];
            File.WriteAllLines(path, there.Concat(now.Skip(there.Length)));
        }

        var stored = File.ReadAllLines(path);
        Assert.Equal(now, stored);
        foreach (var (message, line) in messages.Zip(stored))
        {
            AssertSame(message, _serializer.FromBinary(Convert.FromHexString(line.Split(' ')[1]), _serializer.Manifest(message)));
        }
    }

    [Fact]
    public void Pieces_are_what_the_generated_code_reads_and_writes()
    {
        foreach (var piece in All().OfType<Piece>())
        {
            var frame = Akka.IoActors.Clustering.Wire.SessionFrame.Parser.ParseFrom(_serializer.ToBinary(piece));
            Assert.Equal(piece.Data.ToArray(), frame.Piece.Data.ToByteArray());
            Assert.Equal((piece.Sequence, piece.Id, piece.Length, piece.Received), (frame.Piece.Sequence, frame.Piece.Id, frame.Piece.Length, frame.Piece.Received));

            // In the order of the fields: the bytes do not come last there.
            AssertSame(piece, _serializer.FromBinary(frame.ToByteArray(), _serializer.Manifest(piece)));
        }
    }

    [Fact]
    public async Task Streams_are_written_as_Akka_writes_them()
    {
        var materializer = _system.Materializer();
        var entries = await Source.Single(new Roots.Entries([])).RunWith(StreamRefs.SourceRef<Roots.Entries>(), materializer);
        var blocks = await Source.Single(new Files.Block(0, ByteString.Empty)).RunWith(StreamRefs.SourceRef<Files.Block>(), materializer);
        var sink = await StreamRefs.SinkRef<Files.Block>().To(Sink.Ignore<Files.Block>()).Run(materializer);
        foreach (var reply in new Roots.Reply[] { new Roots.Listing(entries) { Tag = 1 }, new Roots.Reading(blocks) { Tag = 2 }, new Roots.Writing(sink) { Tag = 3 } })
        {
            var back = Assert.IsAssignableFrom<Roots.Reply>(_serializer.FromBinary(_serializer.ToBinary(reply), _serializer.Manifest(reply)));
            Assert.Equal((reply.GetType(), reply.Tag), (back.GetType(), back.Tag));
        }

        var read = (Roots.Reading)_serializer.FromBinary(_serializer.ToBinary(new Roots.Reading(blocks)), "roots.reply.v1");
        Assert.Equal(new Files.Block(0, ByteString.Empty), await read.Blocks.Source.RunWith(Sink.First<Files.Block>(), materializer));
    }

    [Theory]
    [InlineData("roots.reply.v2", "", "roots.reply.v2 is no message of roots that is known here: is the other node newer?")]
    [InlineData("roots.session.v2", "", "roots.session.v2 is no message of roots that is known here: is the other node newer?")]
    [InlineData("roots.reply.v1", "", "A reply is no message of roots that is known here: is the other node newer?")]
    [InlineData("roots.session.v1", "", "A message of a file is no message of roots that is known here: is the other node newer?")]
    [InlineData("roots.request.v1", "FF", "A message of roots (roots.request.v1) makes no sense: ")]
    [InlineData("roots.session.v1", "0A0A3205", "A message of roots (roots.session.v1) makes no sense: ")]
    [InlineData("roots.session.v1", "0A06FFFFFFFFFFFF", "A message of roots (roots.session.v1) makes no sense: ")]
    [InlineData("roots.request.v1", "1A01003200", "A message of roots (roots.request.v1) makes no sense: ")]
    [InlineData("roots.reply.v1", "1A040A000A00", "A message of roots (roots.reply.v1) makes no sense: ")]
    public void What_is_not_known_or_makes_no_sense_is_refused(string manifest, string bytes, string error)
    {
        var e = Assert.Throws<SerializationException>(() => _serializer.FromBinary(Convert.FromHexString(bytes), manifest));
        Assert.StartsWith(error, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_request_that_is_not_known_can_be_answered()
    {
        Assert.Equal(new UnknownRequest("roots.request.v2", 0), _serializer.FromBinary([1, 2, 3], "roots.request.v2"));
        Assert.Equal(new UnknownRequest("such request", 4), _serializer.FromBinary([8, 8], "roots.request.v1"));
        Assert.Throws<SerializationException>(() => _serializer.ToBinary("text"));
        Assert.Throws<SerializationException>(() => _serializer.Manifest(new Flush()));
        Assert.Throws<SerializationException>(() => _serializer.ToBinary(new Roots.Open("data", "f")));
    }

    [Fact]
    public void Bytes_at_random_do_no_harm()
    {
        var random = new Random(5);
        var messages = All().Select(message => (Manifest: _serializer.Manifest(message), Bytes: _serializer.ToBinary(message))).ToList();
        for (var i = 0; i < 20_000; i++)
        {
            var (manifest, bytes) = messages[random.Next(messages.Count)];
            bytes = [.. bytes];
            for (var changes = random.Next(1, 4); changes > 0 && bytes.Length > 0; changes--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            var e = Record.Exception(() => _serializer.FromBinary(random.Next(4) == 0 ? bytes[..random.Next(bytes.Length + 1)] : bytes, manifest));
            Assert.True(e is null or SerializationException, $"{e} for {manifest} {Convert.ToHexString(bytes)}");
        }
    }

    private static void AssertSame(object message, object back)
    {
        switch (message)
        {
            case Roots.Entries entries:
                Assert.Equal(entries.Items, ((Roots.Entries)back).Items);
                Assert.Equal(entries.Tag, ((Roots.Entries)back).Tag);
                break;
            case Roots.Described described:
                foreach (var (node, other) in described.Nodes.Zip(((Roots.Described)back).Nodes, (a, b) => (a, b)))
                {
                    Assert.Equal((node.Name, node.Address), (other.Name, other.Address));
                    Assert.Equal(node.Exports, other.Exports);
                }

                Assert.Equal(described.Nodes.Count, ((Roots.Described)back).Nodes.Count);
                break;
            case Piece { Head: Files.Command command } piece:
                Assert.Equal(piece with { Head = command with { IsRemote = true } }, back);
                break;
            default:
                Assert.Equal(message, back);
                break;
        }
    }

    /// <summary>Each of them, with values that are no defaults.</summary>
    private IEnumerable<object> All()
    {
        var bytes = ByteString.FromBytes([1, 2, 3]) + ByteString.FromBytes([4, 5]);
        var guardian = ((ExtendedActorSystem)_system).Guardian;
        yield return new Roots.Describe { Tag = 1 };
        yield return new OpenFileRequest(
            new Roots.Open("data", "a/ä", OpenFlags.ReadWrite | OpenFlags.Create, UnixFileMode.UserRead | UnixFileMode.UserWrite) { Tag = 2 }, 65536);
        yield return new Roots.Stat("data", "a") { Tag = -3 };
        yield return new Roots.Stat("data", "");
        yield return new Roots.List("data", "a/b") { Tag = long.MaxValue };
        yield return new Roots.MkDir("data", "a", UnixFileMode.UserRead);
        yield return new Roots.Unlink("data", "a");
        yield return new Roots.RmDir("data", "a");
        yield return new Roots.Rename("data", "a/b", "c");
        yield return new Roots.ReadBody("data", "a", 1L << 40);
        yield return new Roots.ReadBody("data", "a");
        yield return new Roots.WriteBody("data", "a", OpenFlags.WriteOnly | OpenFlags.Append, UnixFileMode.UserRead, Sync: true);
        yield return new Roots.Described(
            [
                new RootNode("n1", Address.Parse("akka.tcp://io@host:1"), [new RootExport("data", true, true, 3, 2, 4), new RootExport("pub", false, false, 1, 1, 1)]),
                new RootNode("n2", Address.Parse("akka.tcp://io@host:2"), []),
            ]);
        yield return new FileOpenedReply(guardian, 65536, TimeSpan.FromSeconds(10)) { Tag = 5 };
        yield return new Roots.Done { Tag = 6 };
        yield return new Roots.Entries([new Roots.Entry("a", FileType.Regular), new Roots.Entry("ä", FileType.Directory)]) { Tag = 7 };
        yield return new Roots.Entries([]);
        yield return new Roots.Stored(1L << 33) { Tag = 8 };
        yield return new Piece(1, 2, new Files.PWrite(ByteString.Empty, 77) { Tag = 3 }, 5, bytes, 9);
        yield return new Piece(1, 2, new Files.Append(ByteString.Empty) { Key = new Guid("0198f4c8-7c1e-7000-8000-0123456789ab") }, 5, bytes, 0);
        yield return new Piece(long.MaxValue, 1, null, 0, bytes, long.MaxValue);
        yield return new Piece(3, 4, new Files.Data(ByteString.Empty), 200, ByteString.FromBytes(new byte[200]), 1);
        yield return new Piece(3, 4, new Files.Synced(), 0, ByteString.Empty, 0);
        yield return new Akka.IoActors.Clustering.Handles.Keep(1, 2);
        yield return new Akka.IoActors.Clustering.Handles.Keep(0, 0);
        yield return new End("why");
        yield return new OpenFileRequest(new Roots.Open("data", "a") { Tag = 9 }, 65536, Attaches: true);
        yield return new FileOpenedReply(guardian, 65536, TimeSpan.FromSeconds(10), Attaches: true) { Tag = 10 };
    }

    private static string Here([CallerFilePath] string path = "") => path;
}
