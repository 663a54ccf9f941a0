using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.Cluster.Tools.Singleton;
using Akka.IO;
using Akka.IoActors.Clustering;
using Akka.IoActors.Clustering.Routing;
using Akka.Streams;
using Xunit;

namespace Akka.IoActors.Tests.Clustering;

/// <summary>Roots that are on several nodes.</summary>
public sealed class ShardedRootTests
{
    private const string Sharded = "writable = on, sharded = on, min-nodes = 3";
    private const string Replicated = "writable = on, sharded = on, min-nodes = 2, replicas = 3, quorum = 2";
    private const string Quick = "io-actors-cluster { lease = 1s, request-timeout = 1s }";

    [Fact]
    public void A_path_belongs_to_nodes_by_their_names_and_few_move_when_one_comes()
    {
        var nodes = Enumerable.Range(0, 10).Select(n => new RootNode($"node-{n}", new Address("akka.tcp", "io", "host", n + 1), [])).ToList();
        var paths = Enumerable.Range(0, 10_000).Select(n => $"dir-{n % 100}/file-{n}.txt").ToList();
        var before = paths.ToDictionary(path => path, path => RootTable.Prefer(nodes, path)[0].Name);
        Assert.All(before.GroupBy(each => each.Value), group => Assert.InRange(group.Count(), 850, 1150));

        // Whatever the order in which they are known, and where they are.
        var elsewhere = Enumerable.Reverse(nodes).Select(node => node with { Address = node.Address.WithHost("other") });
        Assert.All(paths.Take(100), path => Assert.Equal(before[path], RootTable.Prefer(elsewhere, path)[0].Name));

        var more = nodes.Append(new RootNode("node-10", new Address("akka.tcp", "io", "host", 99), [])).ToList();
        var moved = paths.Where(path => RootTable.Prefer(more, path)[0].Name != before[path]).ToList();
        Assert.InRange(moved.Count, 750, 1070);
        Assert.All(moved, path => Assert.Equal("node-10", RootTable.Prefer(more, path)[0].Name));
        Assert.All(paths.Take(100), path => Assert.Equal(before[path], RootTable.Prefer(nodes, path + ".part")[0].Name));
    }

    [Fact]
    public async Task Files_are_spread_over_nodes_and_found_again()
    {
        using var nodes = await Nodes.Start("epoll", 3, Sharded);
        await nodes.Manager.Ask(new Roots.MkDir("data", "d"));
        for (var i = 0; i < 60; i++)
        {
            await Write(nodes.Manager, $"d/f{i}", $"{i}");
        }

        var where = Enumerable.Range(0, 3).Select(n => Directory.GetFiles(nodes[n].PathOf("d")).Select(file => Path.GetFileName(file)!).ToList()).ToList();
        Assert.All(where, files => Assert.InRange(files.Count, 5, 40));
        Assert.Equal(60, where.Sum(files => files.Count));
        Assert.Equal(Enumerable.Range(0, 60).Select(n => $"f{n}").Order(), where.SelectMany(files => files).Order());

        // From every node, one of those that export among them.
        foreach (var node in new[] { nodes[1], nodes.Client })
        {
            Assert.Equal("17", await Read(node.Manager, "d/f17"));
            var listed = new List<Roots.Entry>();
            await foreach (var entry in node.Io.ListAsync("data", "d"))
            {
                listed.Add(entry);
            }

            Assert.Equal(Enumerable.Range(0, 60).Select(n => $"f{n}").Order(), listed.Select(entry => entry.Name).Order());
            Assert.Equal(2, (await node.Manager.Ask(new Roots.Stat("data", "d/f17"))).File.Size);
        }

        Assert.Equal(Errno.ENOENT, await nodes.ErrorOf(new Roots.Open("data", "d/none", owner: ActorRefs.Nobody)));
        await nodes.Manager.Ask(new Roots.Unlink("data", "d/f17"));
        Assert.Equal(Errno.ENOENT, await nodes.ErrorOf(new Roots.Stat("data", "d/f17")));
        var table = new RootTable(nodes.Client.Io.Nodes);
        var other = Enumerable.Range(0, 100).Select(n => $"g{n}").First(name => RootTable.Prefer(table.Nodes, $"d/{name}")[0] != RootTable.Prefer(table.Nodes, "d/f18")[0]);
        Assert.Equal(Errno.EXDEV, await nodes.ErrorOf(new Roots.Rename("data", "d/f18", other)));
        await Write(nodes.Manager, "d/new.part", "new");
        await nodes.Manager.Ask(new Roots.Rename("data", "d/new.part", "new"));
        Assert.Equal("new", await Read(nodes.Manager, "d/new"));
    }

    [Fact]
    public async Task A_replicated_file_is_on_all_and_outlives_a_node()
    {
        using var nodes = await Nodes.Start("io-uring", 3, Replicated, Quick);
        await nodes.Manager.Ask(new Roots.MkDir("data", "d"));
        var file = (await nodes.Manager.Ask(new Roots.Open(
            "data", "d/log", OpenFlags.ReadWrite | OpenFlags.Create | OpenFlags.Append, owner: ActorRefs.Nobody))).File;
        var position = 0L;
        for (var i = 0; i < 50; i++)
        {
            var appended = await file.Ask(new Files.Append(ByteString.FromString($"{i:000}\n")) { Tag = i });
            Assert.Equal((position, 4, i), (appended.Position, appended.Count, appended.Tag));
            position += 4;
        }

        nodes[0].Stop();
        for (var i = 50; i < 100; i++)
        {
            Assert.Equal(i * 4, (await file.Ask(new Files.Append(ByteString.FromString($"{i:000}\n")))).Position);
        }

        var all = string.Concat(Enumerable.Range(0, 100).Select(i => $"{i:000}\n"));
        Assert.Equal(all, (await file.Ask(new Files.PRead(1000, 0))).Bytes.ToString());
        await file.Ask(new Files.FSync());
        await file.Ask(new Files.Close());
        await nodes.Client.Kit.AwaitConditionAsync(
            () => Task.FromResult(Enumerable.Range(1, 2).All(n => File.ReadAllText(nodes[n].PathOf("d/log")) == all)), ClusterNode.Deadline);
        Assert.StartsWith(await File.ReadAllTextAsync(nodes[0].PathOf("d/log")), all, StringComparison.Ordinal);

        // Two are a quorum: what is new is written, what is there is read.
        Assert.Equal(all, await Read(nodes.Manager, "d/log"));
        await Write(nodes.Manager, "d/new", "new");
        Assert.Equal("new", await Read(nodes.Manager, "d/new"));
    }

    [Fact]
    public async Task Without_a_quorum_nothing_is_said_to_be_done()
    {
        using var nodes = await Nodes.Start("epoll", 3, Replicated, Quick);
        var file = (await nodes.Manager.Ask(new Roots.Open("data", "f", OpenFlags.WriteOnly | OpenFlags.Create, owner: ActorRefs.Nobody))).File;
        await file.Ask(new Files.PWrite(ByteString.FromString("abc"), 0));
        nodes.Client.Kit.Watch(file);
        nodes[0].Stop();
        nodes[1].Stop();
        var e = await Assert.ThrowsAsync<FileException>(() => file.Ask(new Files.PWrite(ByteString.FromString("def"), 3)).WaitAsync(ClusterNode.Deadline));
        Assert.True(e.Failure.OutcomeUnknown || e.Error == Errno.EBADF, e.Message);
        await nodes.Client.Kit.ExpectTerminatedAsync(file, ClusterNode.Deadline);
        Assert.StartsWith("abc", await File.ReadAllTextAsync(nodes[2].PathOf("f")), StringComparison.Ordinal);
        Assert.NotEqual(Errno.None, await nodes.ErrorOf(new Roots.Open("data", "g", OpenFlags.WriteOnly | OpenFlags.Create, owner: ActorRefs.Nobody)));
        Assert.NotEqual(Errno.None, await nodes.ErrorOf(new Roots.Open("data", "f", owner: ActorRefs.Nobody)));
    }

    [Fact]
    public async Task A_quorum_is_of_the_root_s_replicas_whatever_nodes_are_left()
    {
        // Two of three nodes leave the cluster, and are forgotten: one is no quorum of three, though it is all there is.
        using var nodes = await Nodes.Start("epoll", 3, "writable = on, sharded = on, replicas = 3, quorum = 2", Quick);
        await Write(nodes.Manager, "f", "abc");
        await nodes.Manager.Ask(new Roots.MkDir("data", "d"));
        File.Delete(nodes[1].PathOf("f"));

        // One lacks it: it can be removed, but not be given another name by fewer than a quorum.
        nodes[0].Stop();
        await nodes.Client.Kit.AwaitConditionAsync(() => Task.FromResult(nodes.Client.Io.Nodes.Count == 2), ClusterNode.Deadline);
        Assert.Equal(Errno.ENOENT, await nodes.ErrorOf(new Roots.Rename("data", "f", "g")));
        await nodes.Manager.Ask(new Roots.MkDir("data", "e"));
        Assert.True(Directory.Exists(nodes[1].PathOf("e")) && Directory.Exists(nodes[2].PathOf("e")));
        await Write(nodes.Manager, "h", "two");
        await Write(nodes.Manager, "k", "two");
        nodes[1].Stop();
        await nodes.Client.Kit.AwaitConditionAsync(() => Task.FromResult(nodes.Client.Io.Nodes.Count == 1), ClusterNode.Deadline);
        foreach (var flags in new[] { OpenFlags.ReadOnly, OpenFlags.WriteOnly, OpenFlags.WriteOnly | OpenFlags.Create })
        {
            await nodes.ErrorOf(new Roots.Open("data", "h", flags, owner: ActorRefs.Nobody));
        }

        foreach (var request in new Roots.Request<Roots.Done>[] { new Roots.Unlink("data", "h"), new Roots.Rename("data", "k", "l"), new Roots.MkDir("data", "x") })
        {
            var e = await Assert.ThrowsAsync<FileException>(() => nodes.Manager.Ask(request).WaitAsync(ClusterNode.Deadline));
            Assert.True(e.Failure.OutcomeUnknown, e.Message);
        }
    }

    [Fact]
    public async Task A_replica_that_is_not_the_same_file_any_more_is_left()
    {
        using var nodes = await Nodes.Start("epoll", 3, Replicated);
        await File.WriteAllTextAsync(nodes[1].PathOf("log"), "it has missed nothing, it has something more");
        await File.WriteAllTextAsync(nodes[0].PathOf("log"), "abc\n");
        await File.WriteAllTextAsync(nodes[2].PathOf("log"), "abc\n");
        var file = (await nodes.Manager.Ask(new Roots.Open("data", "log", OpenFlags.ReadWrite | OpenFlags.Append, owner: ActorRefs.Nobody))).File;
        Assert.Equal(4, (await file.Ask(new Files.Append(ByteString.FromString("def\n")))).Position);
        Assert.Equal(8, (await file.Ask(new Files.Append(ByteString.FromString("ghi\n")))).Position);
        Assert.Equal("abc\ndef\nghi\n", (await file.Ask(new Files.PRead(100, 0))).Bytes.ToString());
        await file.Ask(new Files.Close());

        // A reader takes what is newest, and not what an old replica has.
        File.SetLastWriteTimeUtc(nodes[1].PathOf("log"), DateTime.UtcNow.AddHours(-1));
        Assert.Equal("abc\ndef\nghi\n", await Read(nodes.Manager, "log"));
    }

    [Fact]
    public async Task Reads_see_what_was_said_to_be_written_and_a_missing_file_is_believed_of_enough_alone()
    {
        using var nodes = await Nodes.Start("io-uring", 3, Replicated, Quick);
        var file = (await nodes.Manager.Ask(new Roots.Open("data", "f", OpenFlags.ReadWrite | OpenFlags.Create, owner: ActorRefs.Nobody))).File;
        for (var i = 0; i < 300; i++)
        {
            await file.Ask(new Files.PWrite(ByteString.FromString($"{i:000}"), 0));
            Assert.Equal($"{i:000}", (await file.Ask(new Files.PRead(3, 0))).Bytes.ToString());
            Assert.Equal(3, (await file.Ask(new Files.FStat())).File.Size);
        }

        await file.Ask(new Files.Close());

        // One has it; two of three say that there is none: it cannot have been written by a quorum.
        await File.WriteAllTextAsync(nodes[0].PathOf("one"), "one");
        Assert.Equal(Errno.ENOENT, await nodes.ErrorOf(new Roots.Open("data", "none", owner: ActorRefs.Nobody)));
        Assert.Equal("one", await Read(nodes.Manager, "one"));

        // With two gone the third cannot tell.
        nodes[1].Stop();
        nodes[2].Stop();
        Assert.NotEqual(Errno.ENOENT, await nodes.ErrorOf(new Roots.Open("data", "none", owner: ActorRefs.Nobody)));
    }

    [Fact]
    public async Task Nodes_that_do_not_agree_on_a_root_are_told_so()
    {
        using var nodes = await Nodes.Start("epoll", 2, "writable = on");
        Assert.Equal(Errno.EINVAL, await nodes.ErrorOf(new Roots.Stat("data", "")));
        await Write(nodes.Manager, "f", "n1", "n1");
        Assert.Equal("n1", await Read(nodes.Manager, "f", nodes[1].Name));
        Assert.Equal("n1", await File.ReadAllTextAsync(nodes[1].PathOf("f")));
        Assert.False(File.Exists(nodes[0].PathOf("f")));
    }

    [Fact]
    public async Task A_root_waits_for_its_nodes()
    {
        using var nodes = await Nodes.Start("epoll", 1, "writable = on, sharded = on, min-nodes = 2");
        Assert.Equal(Errno.EAGAIN, await nodes.ErrorOf(new Roots.Stat("data", "")));
    }

    [Fact]
    public async Task Small_frames_do()
    {
        // 8 KiB a message: listings and files are cut to that.
        using var nodes = await Nodes.Start("epoll", 1, more: "akka.remote.dot-netty.tcp.maximum-frame-size = 32768b\nio-actors-cluster.chunk = 2048");
        for (var i = 0; i < 1000; i++)
        {
            await File.WriteAllTextAsync(nodes[0].PathOf($"{new string('n', 100)}-{i}"), "");
        }

        var listing = await nodes.Manager.Ask(new Roots.List("data", ""));
        var batches = await listing.Batches.Source.RunWith(Akka.Streams.Dsl.Sink.Seq<Roots.Entries>(), nodes.Client.System.Materializer()).WaitAsync(ClusterNode.Deadline);
        Assert.Equal(1000, batches.SelectMany(batch => batch.Items).Select(entry => entry.Name).Distinct().Count());
        Assert.All(batches, batch => Assert.InRange(batch.Items.Count, 1, 2048 / 116));
        var bytes = nodes[0].Write("f", 100_000);
        var file = (await nodes.Manager.Ask(new Roots.Open("data", "f", owner: ActorRefs.Nobody))).File;
        Assert.Equal(bytes, (await file.Ask(new Files.PRead(100_000, 0)).WaitAsync(ClusterNode.Deadline)).Bytes.ToArray());
    }

    [Fact]
    public async Task One_writer_is_a_singleton_and_goes_on_elsewhere()
    {
        using var nodes = await Nodes.Start("epoll", 3, Replicated, Quick);
        foreach (var node in Enumerable.Range(0, 3).Select(n => nodes[n]))
        {
            node.System.ActorOf(
                ClusterSingletonManager.Props(Props.Create(() => new Writer()), PoisonPill.Instance, ClusterSingletonManagerSettings.Create(node.System).WithRole("io")), "writer");
        }

        var writer = nodes.Client.System.ActorOf(
            ClusterSingletonProxy.Props("/user/writer", ClusterSingletonProxySettings.Create(nodes.Client.System).WithRole("io")), "proxy");
        var said = new List<(long Position, string Line)>();
        for (var i = 0; i < 20; i++)
        {
            said.Add(await Say(writer, $"before {i}\n"));
        }

        // The oldest node has it; it leaves.
        nodes[0].Stop();
        for (var i = 0; i < 20; i++)
        {
            said.Add(await Say(writer, $"after {i}\n"));
        }

        foreach (var node in new[] { nodes[1], nodes[2] })
        {
            await node.Kit.AwaitConditionAsync(() => Task.FromResult(new FileInfo(node.PathOf("log")).Length >= said[^1].Position + said[^1].Line.Length), ClusterNode.Deadline);
            var text = await File.ReadAllTextAsync(node.PathOf("log"));
            Assert.All(said, each => Assert.Equal(each.Line, text.Substring((int)each.Position, each.Line.Length)));
        }

        // Until there is a writer again nobody hears, and what it could not open or write it does not answer: said again, it is another line.
        static async Task<(long Position, string Line)> Say(IActorRef writer, string line)
        {
            var start = System.Diagnostics.Stopwatch.StartNew();
            while (true)
            {
                try
                {
                    if (await writer.Ask<Files.Event>(line, TimeSpan.FromSeconds(1)) is Files.Appended appended)
                    {
                        return (appended.Position, line);
                    }
                }
                catch (AskTimeoutException) when (start.Elapsed < ClusterNode.Deadline)
                {
                }
            }
        }
    }

    private sealed class Writer : ReceiveActor, IWithUnboundedStash
    {
        public Writer()
        {
            Context.System.IoCluster().Manager.Tell(new Roots.Open("data", "log", OpenFlags.WriteOnly | OpenFlags.Create | OpenFlags.Append));
            Receive<Files.Opened>(opened =>
            {
                Context.Watch(opened.File);
                Become(() => Receive<string>(line => opened.File.Tell(new Files.Append(ByteString.FromString(line)), Sender)));
                Stash.UnstashAll();
            });
            Receive<Files.Failed>(failed => throw new FileException(failed));
            ReceiveAny(_ => Stash.Stash());
        }

        public IStash Stash { get; set; } = null!;
    }

    private static async Task Write(IActorRef manager, string path, string text, string? node = null)
    {
        var file = (await manager.Ask(new Roots.Open(
            "data", path, OpenFlags.WriteOnly | OpenFlags.Create | OpenFlags.Truncate, owner: ActorRefs.Nobody) { Node = node })).File;
        Assert.Equal(text.Length, (await file.Ask(new Files.Write(ByteString.FromString(text)))).Count);
        await file.Ask(new Files.Close());
    }

    private static async Task<string> Read(IActorRef manager, string path, string? node = null)
    {
        var file = (await manager.Ask(new Roots.Open("data", path, owner: ActorRefs.Nobody) { Node = node })).File;
        var text = (await file.Ask(new Files.Read(10_000))).Bytes.ToString();
        await file.Ask(new Files.Close());
        return text;
    }
}
