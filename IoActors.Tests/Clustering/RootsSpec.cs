using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.IO;
using Akka.IoActors.Clustering;
using Akka.Streams;
using Akka.Streams.Dsl;
using Xunit;

namespace Akka.IoActors.Tests.Clustering;

/// <summary>Files of another node, used from one that exports nothing: the same on each backend.</summary>
public abstract class RootsSpec(string backend, string exporters = "") : IAsyncLifetime
{
    /// <summary>The transport that Akka.Remote comes with.</summary>
    protected const string DotNetty = "akka.remote.dot-netty.tcp.transport-class = \"Akka.Remote.Transport.DotNetty.TcpTransport, Akka.Remote\"";

    private Nodes _nodes = null!;

    private ClusterNode There => _nodes[0];

    private ClusterNode Here => _nodes[1];

    private IActorRef Manager => Here.Manager;

    /// <inheritdoc/>
    public async Task InitializeAsync() => _nodes = await Nodes.Start(backend, 1, more: exporters, plainClient: true);

    /// <inheritdoc/>
    public Task DisposeAsync()
    {
        _nodes.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task A_handle_works_as_a_file_of_this_node()
    {
        var owner = Here.Probe();
        var file = (await Manager.Ask(new Roots.Open("data", "log", OpenFlags.ReadWrite | OpenFlags.Create | OpenFlags.Append, owner: owner.Ref))).File;
        var lines = Enumerable.Range(0, 300).Select(n => FormattableString.Invariant($"line {n} {new string('x', n)}")).ToList();
        var position = 0L;
        foreach (var (line, where) in lines.Zip(await Task.WhenAll(lines.Select(line => file.Ask(new Files.Append(ByteString.FromString(line + "\n")) { Tag = 7 })))))
        {
            Assert.Equal((position, line.Length + 1, 7), (where.Position, where.Count, where.Tag));
            position += line.Length + 1;
        }

        Assert.Equal(lines, await File.ReadAllLinesAsync(There.PathOf("log")));
        Assert.Equal(lines[0], (await file.Ask(new Files.PRead(lines[0].Length, 0))).Bytes.ToString());
        Assert.Equal(position, (await file.Ask(new Files.FStat())).File.Size);
        await file.Ask(new Files.FSync());
        Assert.Equal(5, (await file.Ask(new Files.LSeek(5))).Position);
        Assert.Equal("0 \n", (await file.Ask(new Files.Read(3))).Bytes.ToString());
        await file.Ask(new Files.FTruncate(4));
        Assert.Equal(0, (await file.Ask(new Files.PRead(10, 4))).Bytes.Count);
        Assert.Equal("line", await File.ReadAllTextAsync(There.PathOf("log")));

        Here.Kit.Watch(file);
        await file.Ask(new Files.Close());
        await Here.Kit.ExpectTerminatedAsync(file, ClusterNode.Deadline);
        await There.NothingIsOpen();
    }

    [Fact]
    public async Task Bodies_larger_than_a_frame_come_whole()
    {
        var bytes = There.Write("large", 3_000_000);
        var file = (await Manager.Ask(new Roots.Open("data", "large", owner: ActorRefs.Nobody))).File;
        var parts = await Task.WhenAll(Enumerable.Range(0, 3).Select(n => file.Ask(new Files.PRead(1_000_000, n * 1_000_000))));
        Assert.Equal(bytes, parts.SelectMany(part => part.Bytes.ToArray()));
        Assert.Equal(bytes[2_900_000..], (await file.Ask(new Files.PRead(1_000_000, 2_900_000))).Bytes.ToArray());
        Assert.Equal(10, (await file.Ask(new Files.LSeek(10))).Position);
        Assert.Equal(bytes[10..200_010], (await file.Ask(new Files.Read(200_000))).Bytes.ToArray());
        Assert.Equal(200_010, (await file.Ask(new Files.LSeek(0, SeekWhence.Current))).Position);
        await file.Ask(new Files.Close());

        var copy = (await Manager.Ask(new Roots.Open(
            "data", "copy", OpenFlags.WriteOnly | OpenFlags.Create | OpenFlags.Exclusive, UnixFileMode.UserRead, ActorRefs.Nobody))).File;
        Assert.Equal(bytes.Length, (await copy.Ask(new Files.PWrite(ByteString.FromBytes(bytes), 10))).Count);
        Assert.Equal(10, (await copy.Ask(new Files.Write(ByteString.FromBytes(bytes, 0, 10)))).Count);
        await copy.Ask(new Files.Close());
        Assert.Equal(bytes[..10].Concat(bytes), await File.ReadAllBytesAsync(There.PathOf("copy")));
        Assert.Equal(UnixFileMode.UserRead, File.GetUnixFileMode(There.PathOf("copy")));
        await There.NothingIsOpen();
    }

    [Fact]
    public async Task Lines_and_blocks_are_read_as_they_are_asked_for()
    {
        await File.WriteAllTextAsync(There.PathOf("text"), string.Concat(Enumerable.Range(0, 20000).Select(n => $"{n}\n")));
        var file = (await Manager.Ask(new Roots.Open("data", "text", owner: ActorRefs.Nobody))).File;
        var probe = Here.Probe();
        var reader = (await file.Ask(new Files.ReadLines())).Reader;
        reader.Tell(new Files.Demand(30000), probe.Ref);
        for (var n = 0; n < 20000; n++)
        {
            Assert.Equal($"{n}", (await probe.ExpectMsgAsync<Files.Line>(ClusterNode.Deadline)).Bytes.ToString());
        }

        Assert.Equal(new FileInfo(There.PathOf("text")).Length, (await probe.ExpectMsgAsync<Files.EndOfFile>(ClusterNode.Deadline)).Position);
        reader = (await file.Ask(new Files.ReadBlocks(1 << 20))).Reader;
        reader.Tell(new Files.Demand(1), probe.Ref);
        Assert.Equal(await File.ReadAllBytesAsync(There.PathOf("text")), (await probe.ExpectMsgAsync<Files.Block>(ClusterNode.Deadline)).Bytes.ToArray());
        await file.Ask(new Files.Close());
    }

    [Fact]
    public async Task Streams_carry_files_both_ways()
    {
        var bytes = There.Write("large", 2_000_003);
        var materializer = Here.System.Materializer();
        var read = await Here.Io.Source("data", "large", offset: 3).RunAggregate(ByteString.Empty, (all, part) => all + part, materializer).WaitAsync(ClusterNode.Deadline);
        Assert.Equal(bytes[3..], read.ToArray());
        var written = await Source.From(bytes.Chunk(700_000)).Select(ByteString.FromBytes)
            .RunWith(Here.Io.Sink("data", "copy", sync: true), materializer).WaitAsync(ClusterNode.Deadline);
        Assert.Equal(bytes.Length, written);
        Assert.Equal(bytes, await File.ReadAllBytesAsync(There.PathOf("copy")));
        Assert.Equal(0, await Source.Empty<ByteString>().RunWith(Here.Io.Sink("data", "empty"), materializer).WaitAsync(ClusterNode.Deadline));
        Assert.Empty(await File.ReadAllBytesAsync(There.PathOf("empty")));

        var e = await Assert.ThrowsAnyAsync<Exception>(
            () => Here.Io.Source("data", "none").RunWith(Sink.Ignore<ByteString>(), materializer).WaitAsync(ClusterNode.Deadline));
        Assert.Equal(Errno.ENOENT, Assert.IsType<FileException>(e.GetBaseException()).Error);
        var f = await Assert.ThrowsAsync<FileException>(
            () => Source.Single(ByteString.Empty).RunWith(Here.Io.Sink("data", "none/none"), materializer).WaitAsync(ClusterNode.Deadline));
        Assert.Equal(Errno.ENOENT, f.Error);
        await There.NothingIsOpen();
    }

    [Fact]
    public async Task Names_are_made_listed_renamed_and_removed()
    {
        await Manager.Ask(new Roots.MkDir("data", "a"));
        await Manager.Ask(new Roots.MkDir("data", "a/b", UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute));
        for (var i = 0; i < 2000; i++)
        {
            await File.WriteAllTextAsync(There.PathOf($"a/f{i}"), "");
        }

        File.CreateSymbolicLink(There.PathOf("a/link"), "f1");
        var entries = new List<Roots.Entry>();
        await foreach (var entry in Here.Io.ListAsync("data", "/a/"))
        {
            entries.Add(entry);
        }

        var expected = Enumerable.Range(0, 2000).Select(n => new Roots.Entry($"f{n}", FileType.Regular))
            .Append(new Roots.Entry("b", FileType.Directory)).Append(new Roots.Entry("link", FileType.SymbolicLink));
        Assert.Equal(expected.OrderBy(each => each.Name), entries.OrderBy(each => each.Name));
        Assert.Equal(FileType.SymbolicLink, (await Manager.Ask(new Roots.Stat("data", "a/link"))).File.Type);
        Assert.Equal(FileType.Directory, (await Manager.Ask(new Roots.Stat("data", ""))).File.Type);
        Assert.Equal(0x1c0, (int)(await Manager.Ask(new Roots.Stat("data", "a/b"))).File.Mode);

        await Manager.Ask(new Roots.Rename("data", "a/f1", "f2"));
        Assert.False(File.Exists(There.PathOf("a/f1")));
        await Manager.Ask(new Roots.Unlink("data", "a/f2"));
        Assert.False(File.Exists(There.PathOf("a/f2")));
        await Manager.Ask(new Roots.RmDir("data", "a/b"));
        Assert.Equal(Errno.ENOTEMPTY, await _nodes.ErrorOf(new Roots.RmDir("data", "a")));
        Assert.Equal(Errno.ENOENT, await _nodes.ErrorOf(new Roots.Unlink("data", "a/f2")));
        Assert.Equal(Errno.EEXIST, await _nodes.ErrorOf(new Roots.MkDir("data", "a")));
        Assert.Equal(Errno.EISDIR, await _nodes.ErrorOf(new Roots.Open("data", "a", owner: ActorRefs.Nobody)));
        Assert.Equal(Errno.ENOENT, await _nodes.ErrorOf(new Roots.Stat("none", "a")));
        Assert.Equal(Errno.EINVAL, await _nodes.ErrorOf(new Roots.Open("data", "a")));
        Assert.Equal(Errno.EHOSTUNREACH, await _nodes.ErrorOf(new Roots.Stat("data", "a") { Node = "nobody" }));
        Assert.Equal(FileType.Directory, (await Manager.Ask(new Roots.Stat("data", "a") { Node = There.Name })).File.Type);
        await There.NothingIsOpen();
    }

    [Fact]
    public async Task A_file_closes_with_its_owner_and_finishes_what_it_was_sent()
    {
        var owner = Here.Probe();
        var file = (await Manager.Ask(new Roots.Open("data", "log", OpenFlags.WriteOnly | OpenFlags.Create, owner: owner.Ref))).File;
        Here.Kit.Watch(file);
        var written = Enumerable.Range(0, 100).Select(_ => file.Ask(new Files.Write(ByteString.FromString("0123456789")))).ToList();
        Here.System.Stop(owner.Ref);
        await Here.Kit.ExpectTerminatedAsync(file, ClusterNode.Deadline);
        var done = 0;
        foreach (var write in written)
        {
            // Those that came behind the stop are answered EBADF; none is left.
            try
            {
                done += (int)(await write.WaitAsync(ClusterNode.Deadline)).Count;
            }
            catch (FileException e)
            {
                Assert.Equal(Errno.EBADF, e.Error);
            }
        }

        Assert.Equal(done, new FileInfo(There.PathOf("log")).Length);
        await There.NothingIsOpen();
    }
}

/// <summary>On io_uring.</summary>
public sealed class IoUringRootsSpec() : RootsSpec("io-uring");

/// <summary>On epoll.</summary>
public sealed class EpollRootsSpec() : RootsSpec("epoll");

/// <summary>On threads.</summary>
public sealed class ThreadPoolRootsSpec() : RootsSpec("thread-pool");

/// <summary>An exporter with Akka's own transport, used by one with ours: what is large goes in messages.</summary>
public sealed class MixedRootsSpec() : RootsSpec("io-uring", DotNetty);
