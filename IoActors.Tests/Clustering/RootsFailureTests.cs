using System;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.IO;
using Akka.IoActors.Clustering;
using Akka.Remote;
using Akka.Remote.Transport;
using Akka.Streams;
using Akka.Streams.Dsl;
using Xunit;

namespace Akka.IoActors.Tests.Clustering;

/// <summary>Nodes that leave, go, are cut off, and come back: what was asked is answered once, or told to be unknown, and never done twice.</summary>
public sealed class RootsFailureTests
{
    /// <summary>A network that can be cut in this process: Akka.Remote's own adapter for tests.</summary>
    private const string Cuttable = """
        akka.remote.dot-netty.tcp.applied-adapters = ["trttl"]
        akka.remote.retry-gate-closed-for = 100ms
        io-actors-cluster { lease = 1s, request-timeout = 1s }
        """;

    [Fact]
    public async Task A_node_that_is_cut_off_ends_the_handle_and_closes_the_file_and_an_append_is_not_doubled()
    {
        using var nodes = await Nodes.Start("io-uring", 1, more: $"{Cuttable}\nio-actors-cluster {{ append-keys.clock-skew = 0s, lease = 4s }}");
        var (there, here) = (nodes[0], nodes[1]);
        var file = await OpenLog(nodes);
        var first = await file.Ask(new Files.Append(ByteString.FromString("first\n")) { Key = Files.Append.NewKey() });
        here.Kit.Watch(file);

        // The answer is lost, not the append.
        await Cut(here, there, cut: true);
        var key = Files.Append.NewKey();
        var second = file.Ask(new Files.Append(ByteString.FromString("second\n")) { Key = key });
        await here.Kit.AwaitConditionAsync(() => Task.FromResult(File.ReadAllText(there.PathOf("log")).EndsWith("second\n", StringComparison.Ordinal)), ClusterNode.Deadline);
        // It may have taken effect, as it says: so it is one that changes nothing.
        var unanswered = file.Ask(new Files.FSync());
        var e = await Assert.ThrowsAsync<FileException>(() => second.WaitAsync(ClusterNode.Deadline));
        Assert.Equal((Errno.ETIMEDOUT, true), (e.Error, e.Failure.OutcomeUnknown));
        e = await Assert.ThrowsAsync<FileException>(() => unanswered.WaitAsync(ClusterNode.Deadline));
        Assert.Contains((e.Error, e.Failure.OutcomeUnknown), new[] { (Errno.ETIMEDOUT, true), (Errno.EBADF, false) });
        await here.Kit.ExpectTerminatedAsync(file, ClusterNode.Deadline);
        e = await Assert.ThrowsAsync<FileException>(() => file.Ask(new Files.Read(1)).WaitAsync(ClusterNode.Deadline));
        Assert.Equal((Errno.EBADF, false), (e.Error, e.Failure.OutcomeUnknown));
        await there.NothingIsOpen();

        await Cut(here, there, cut: false);
        file = await OpenAgain(nodes);
        var again = await file.Ask(new Files.Append(ByteString.FromString("second\n")) { Key = key });
        Assert.Equal((first.Count, 7L), (again.Position, again.Count));
        Assert.Equal(again, await file.Ask(new Files.Append(ByteString.FromString("second\n")) { Key = key }));
        Assert.Equal("first\nsecond\n", await File.ReadAllTextAsync(there.PathOf("log")));
        e = await Assert.ThrowsAsync<FileException>(() => file.Ask(new Files.Append(ByteString.FromString("another\n")) { Key = key }));
        Assert.Equal((Errno.EINVAL, false), (e.Error, e.Failure.OutcomeUnknown));
        e = await Assert.ThrowsAsync<FileException>(() => file.Ask(new Files.Append(ByteString.FromString("x")) { Key = Guid.NewGuid() }));
        Assert.Equal((Errno.EINVAL, false), (e.Error, e.Failure.OutcomeUnknown));
    }

    [Fact]
    public async Task What_the_network_loses_is_noticed_though_the_lease_goes_on()
    {
        // The lease is long: only what is missing tells.
        using var nodes = await Nodes.Start("epoll", 1, more: $"{Cuttable}\nio-actors-cluster.lease = 8s");
        var (there, here) = (nodes[0], nodes[1]);
        var file = await OpenLog(nodes);
        await file.Ask(new Files.Append(ByteString.FromString("a\n")));
        here.Kit.Watch(file);
        await Cut(here, there, cut: true);
        var lost = file.Ask(new Files.Append(ByteString.FromString("b\n")));
        await here.Kit.AwaitConditionAsync(() => Task.FromResult(new FileInfo(there.PathOf("log")).Length == 4), ClusterNode.Deadline);
        await Cut(here, there, cut: false);

        // What comes later is not taken as if nothing were missing.
        var behind = file.Ask(new Files.Append(ByteString.FromString("c\n")));
        foreach (var each in new[] { lost, behind })
        {
            var e = await Assert.ThrowsAsync<FileException>(() => each.WaitAsync(ClusterNode.Deadline));
            Assert.Contains((e.Error, e.Failure.OutcomeUnknown), new[] { (Errno.ECONNRESET, true), (Errno.EBADF, false) });
        }

        await here.Kit.ExpectTerminatedAsync(file, ClusterNode.Deadline);
        await there.NothingIsOpen();
        Assert.StartsWith("a\nb\n", await File.ReadAllTextAsync(there.PathOf("log")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_that_leaves_finishes_what_it_was_sent()
    {
        using var nodes = await Nodes.Start("io-uring", 1);
        var (there, here) = (nodes[0], nodes[1]);
        var file = await OpenLog(nodes);
        here.Kit.Watch(file);
        var asked = Enumerable.Range(0, 200).Select(n => file.Ask(new Files.Append(ByteString.FromString($"{n:000}\n")))).ToList();
        await asked[0];
        var stop = there.System.Terminate();
        var (done, unknown, refused) = (0, 0, 0);
        foreach (var each in asked)
        {
            try
            {
                await each.WaitAsync(ClusterNode.Deadline);
                done++;
            }
            catch (FileException e)
            {
                (unknown, refused) = e.Failure.OutcomeUnknown ? (unknown + 1, refused) : (unknown, refused + 1);
            }
        }

        await stop;
        await here.Kit.ExpectTerminatedAsync(file, ClusterNode.Deadline);
        Assert.Equal(200, done + unknown + refused);
        var lines = await File.ReadAllLinesAsync(there.PathOf("log"));
        Assert.Equal(Enumerable.Range(0, lines.Length).Select(n => $"{n:000}"), lines);
        Assert.InRange(lines.Length, done, done + unknown);
    }

    [Fact]
    public async Task A_key_is_not_believed_by_a_node_that_has_started_since()
    {
        using var nodes = await Nodes.Start("epoll", 1);
        var key = Files.Append.NewKey();
        var there = nodes[0];
        var e = await Assert.ThrowsAsync<FileException>(async () => await (await OpenLog(nodes)).Ask(
            new Files.Append(ByteString.FromString("a")) { Key = Guid.CreateVersion7(DateTimeOffset.UtcNow.AddHours(-1)) }));
        Assert.Equal((Errno.ESTALE, true), (e.Error, e.Failure.OutcomeUnknown));
        Assert.Empty(await File.ReadAllTextAsync(there.PathOf("log")));
        Assert.Equal(7, key.Version);
    }

    [Fact]
    public async Task The_sample_does_what_the_page_says()
    {
        using var nodes = await Nodes.Start("epoll", 1, more: "io-actors-cluster.append-keys.clock-skew = 0s");
        await nodes.Manager.Ask(new Roots.MkDir("data", "app"));
        var (appended, bytes) = await Samples.RemoteFiles.Use(nodes.Client.System, nodes.Client.Probe().Ref).WaitAsync(ClusterNode.Deadline);
        Assert.Equal((0L, 7L, "a line\n"), (appended.Position, appended.Count, bytes.ToString()));
    }

    [Fact]
    public async Task A_stream_ends_with_its_node()
    {
        // That a node has gone is Akka's to find out: soon, here, also when its leave has got lost.
        using var nodes = await Nodes.Start("epoll", 1, more: """
            akka.cluster.downing-provider-class = "Akka.Cluster.AutoDowning, Akka.Cluster"
            akka.cluster.auto-down-unreachable-after = 1s
            akka.cluster.failure-detector.acceptable-heartbeat-pause = 1s
            """);
        var (there, here) = (nodes[0], nodes[1]);
        there.Write("f", 16 << 20);
        var materializer = here.System.Materializer();
        var gate = new TaskCompletionSource();
        var begun = new TaskCompletionSource();
        var read = here.Io.Source("data", "f")
            .SelectAsync(1, async bytes =>
            {
                begun.TrySetResult();
                await gate.Task;
                return bytes;
            })
            .RunWith(Sink.Ignore<ByteString>(), materializer);
        await begun.Task.WaitAsync(ClusterNode.Deadline);
        var (queue, stored) = Source.Queue<ByteString>(1, OverflowStrategy.Backpressure).ToMaterialized(here.Io.Sink("data", "g"), Keep.Both).Run(materializer);
        await queue.OfferAsync(ByteString.FromString("abc"));
        await here.Kit.AwaitConditionAsync(() => Task.FromResult(File.Exists(there.PathOf("g")) && new FileInfo(there.PathOf("g")).Length == 3), ClusterNode.Deadline);
        there.Stop();
        gate.SetResult();
        Assert.IsNotType<TimeoutException>(await Record.ExceptionAsync(() => read.WaitAsync(ClusterNode.Deadline)));
        Assert.True(read.IsFaulted);
        var e = await Assert.ThrowsAsync<FileException>(() => stored.WaitAsync(ClusterNode.Deadline));
        Assert.True(e.Failure.OutcomeUnknown);
    }

    [Fact]
    public async Task A_stream_to_a_node_that_goes_gives_its_file_back()
    {
        using var nodes = await Nodes.Start("epoll", 1, more: """
            akka.cluster.downing-provider-class = "Akka.Cluster.AutoDowning, Akka.Cluster"
            akka.cluster.auto-down-unreachable-after = 1s
            akka.cluster.failure-detector.acceptable-heartbeat-pause = 1s
            """);
        var (there, here) = (nodes[0], nodes[1]);
        there.Write("f", 16 << 20);
        var reading = await here.Manager.Ask(new Roots.ReadBody("data", "f"));
        var begun = new TaskCompletionSource();
        _ = reading.Blocks.Source.SelectAsync(1, async block =>
        {
            begun.TrySetResult();
            await Task.Delay(-1);
            return block;
        }).RunWith(Sink.Ignore<Files.Block>(), here.System.Materializer());
        await begun.Task.WaitAsync(ClusterNode.Deadline);
        await Assert.ThrowsAnyAsync<Exception>(() => there.NothingIsOpen(TimeSpan.FromSeconds(1)));

        // Nobody is told that it goes: its remoting is gone at once.
        await ((IRemoteActorRefProvider)((ExtendedActorSystem)here.System).Provider).Transport.Shutdown();
        await there.NothingIsOpen();
    }

    private static async Task<IActorRef> OpenLog(Nodes nodes) => (await nodes.Manager.Ask(
        new Roots.Open("data", "log", OpenFlags.WriteOnly | OpenFlags.Create | OpenFlags.Append, owner: ActorRefs.Nobody))).File;

    /// <summary>A node that was cut off is asked again until it is there.</summary>
    private static async Task<IActorRef> OpenAgain(Nodes nodes)
    {
        IActorRef? file = null;
        await nodes.Client.Kit.AwaitConditionAsync(
            async () =>
            {
                try
                {
                    file = await OpenLog(nodes);
                }
                catch (FileException e) when (e.Error is Errno.ETIMEDOUT or Errno.EHOSTUNREACH)
                {
                    return false;
                }

                return true;
            },
            ClusterNode.Deadline);
        return file!;
    }

    /// <summary>Has a node hear nothing of another any more, or hear it again.</summary>
    private static async Task Cut(ClusterNode deaf, ClusterNode mute, bool cut)
    {
        var transport = ((IRemoteActorRefProvider)((ExtendedActorSystem)deaf.System).Provider).Transport;
        Akka.Remote.Transport.ThrottleMode mode = cut ? Blackhole.Instance : Unthrottled.Instance;
        Assert.True(await transport.ManagementCommand(new SetThrottle(mute.Address, ThrottleTransportAdapter.Direction.Receive, mode)).WaitAsync(ClusterNode.Deadline));

        // It takes effect when it does: until then somebody there still answers, or does not yet.
        var somebody = deaf.System.ActorSelection(new RootActorPath(mute.Address) / "user");
        await deaf.Kit.AwaitConditionAsync(
            async () =>
            {
                try
                {
                    await somebody.Ask<ActorIdentity>(new Identify(0), TimeSpan.FromMilliseconds(200));
                    return !cut;
                }
                catch (AskTimeoutException)
                {
                    return cut;
                }
            },
            ClusterNode.Deadline);
    }
}
