using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Cluster;
using Akka.Configuration;
using Akka.IoActors.Remoting;
using Akka.IoActors.Tests.Support;
using Akka.Remote.Transport.DotNetty;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using Xunit;

namespace Akka.IoActors.Tests.Remoting;

/// <summary>Akka.Remote and Akka.Cluster on the transport, with nodes of both kinds.</summary>
public sealed class RemotingTests : IDisposable
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(30);

    private readonly List<ActorSystem> _systems = [];

    /// <summary>The backend of one node, or "akka" for Akka's own transport, and that of the other.</summary>
    public static TheoryData<string, string> Pairs => new()
    {
        { "io-uring", "io-uring" },
        { "epoll", "epoll" },
        { "thread-pool", "thread-pool" },
        { "io-uring", "akka" },
        { "akka", "io-uring" },
    };

    public static TheoryData<string> Backends => ["io-uring", "epoll", "thread-pool"];

    public void Dispose()
    {
        Assert.True(Task.WaitAll([.. _systems.Select(system => system.Terminate())], s_deadline));
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task Messages_of_every_size_arrive_once_and_in_order(string one, string other) => await Exchange(Start(one), Start(other));

    [Theory]
    [MemberData(nameof(Backends))]
    public async Task So_they_do_where_the_transport_refuses_most_of_them_at_first(string backend)
    {
        // Akka.Remote keeps what is refused, and tries again some milliseconds later.
        const string little = "akka.remote.dot-netty.tcp.write-buffer-high-water-mark = 300000b";
        await Exchange(Start(backend, little), Start(backend, little));
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task So_they_do_behind_TLS_with_certificates_of_both_sides(string one, string other)
    {
        using var certificate = Certificates.SelfSigned();
        var setup = new DotNettySslSetup(certificate, suppressValidation: true);
        await Exchange(Start(one, setup: setup), Start(other, setup: setup));
    }

    [Fact]
    public async Task A_node_with_another_certificate_than_the_validator_wants_gets_no_word_in()
    {
        using var known = Certificates.SelfSigned();
        using var unknown = Certificates.SelfSigned();
        var here = Start("io-uring", setup: Only(known, known));
        var there = Start("io-uring", setup: Only(unknown, known));
        var echo = here.ActorOf(Props.Create(() => new Echo()), "echo");
        var kit = new TestKit.Xunit2.TestKit(there);
        var answer = kit.CreateTestProbe();
        there.ActorSelection(new RootActorPath(AddressOf(here)) / "user" / "echo").Tell("let me in", answer.Ref);
        there.ActorSelection(new RootActorPath(AddressOf(here)) / "user" / "echo").Tell(new Identify(1), answer.Ref);
        await Assert.ThrowsAsync<ActorNotFoundException>(
            () => there.ActorSelection(new RootActorPath(AddressOf(here)) / "user" / "echo").ResolveOne(TimeSpan.FromSeconds(1)));
        Assert.Equal(0, await echo.Ask<int>(Echo.Count, s_deadline));

        // And one with the right certificate does.
        var friend = Start("akka", setup: Only(known, known));
        Assert.Equal("hello", await (await Find(friend, here)).Ask<string>("hello", s_deadline));
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public async Task No_loop_waits_for_who_looks_at_certificates(string backend)
    {
        using var certificate = Certificates.SelfSigned();
        var looked = new System.Collections.Concurrent.ConcurrentBag<string?>();
        var setup = new DotNettySslSetup(certificate, false, true, (_, _, _, _, _) =>
        {
            looked.Add(System.Threading.Thread.CurrentThread.Name);
            return true;
        });
        var (here, there) = (Start(backend, setup: setup), Start(backend, setup: setup));
        there.ActorOf(Props.Create(() => new Echo()), "echo");
        Assert.Equal("hello", await (await Find(here, there)).Ask<string>("hello", s_deadline));
        Assert.InRange(looked.Count, 2, int.MaxValue);
        Assert.All(looked, thread => Assert.DoesNotContain("loop", thread ?? "", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_a_certificate_nobody_shakes_hands_and_the_others_do_not_wait()
    {
        using var certificate = Certificates.SelfSigned();
        var setup = new DotNettySslSetup(certificate, suppressValidation: true);
        var here = Start("epoll", "akka.remote.dot-netty.tcp.connection-timeout = 1s", setup);
        here.ActorOf(Props.Create(() => new Echo()), "echo");
        using var silent = new TcpClient();
        await silent.ConnectAsync("127.0.0.1", AddressOf(here).Port!.Value);
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", AddressOf(here).Port!.Value);
        await using var stream = new SslStream(client.GetStream(), leaveInnerStreamOpen: false, (_, presented, _, _) => presented is not null);

        // In TLS 1.3 the client hears by its first read that it was not accepted.
        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await stream.AuthenticateAsClientAsync("node").WaitAsync(s_deadline);
            Assert.Equal(0, await stream.ReadAsync(new byte[1]).AsTask().WaitAsync(s_deadline));
            throw new IOException("closed");
        });
        Assert.Equal("hello", await (await Find(Start("akka", setup: setup), here)).Ask<string>("hello", s_deadline));

        // Who says nothing is not waited for.
        Assert.Equal(0, await silent.GetStream().ReadAsync(new byte[1]).AsTask().WaitAsync(s_deadline));
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public async Task Loops_that_break_are_not_noticed(string backend)
    {
        var (here, there) = (Start(backend), Start(backend));
        there.ActorOf(Props.Create(() => new Echo()), "echo");
        var echo = await Find(here, there);
        var io = here.IoActors();
        var random = new Random(9);
        for (var n = 1; n <= 3; n++)
        {
            var bytes = new byte[random.Next(100_000)];
            random.NextBytes(bytes);
            var answer = echo.Ask<byte[]>(bytes, s_deadline);
            io.Loops[0].Backend.Tell(Kill.Instance);
            Assert.Equal(bytes, await answer);
            while ((await io.Client.GetInfoAsync().AsTask().WaitAsync(s_deadline)).Counters.Restarts < n)
            {
            }

            Assert.Equal(bytes, await echo.Ask<byte[]>(bytes, s_deadline));
        }
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task Who_watches_a_node_that_ends_is_told(string one, string other)
    {
        var (here, there) = (Start(one), Start(other));
        there.ActorOf(Props.Create(() => new Echo()), "echo");
        var echo = await Find(here, there);
        var kit = new TestKit.Xunit2.TestKit(here);
        var watcher = kit.CreateTestProbe();
        await watcher.WatchAsync(echo);
        await there.Terminate().WaitAsync(s_deadline);
        Assert.Equal(echo, (await watcher.ExpectMsgAsync<Terminated>(s_deadline)).ActorRef);
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public async Task A_cluster_of_both_kinds_comes_together_and_a_member_leaves_it(string backend)
    {
        const string cluster = "akka.actor.provider = cluster\nakka.cluster { gossip-interval = 50ms, leader-actions-interval = 50ms, periodic-tasks-initial-delay = 50ms }";
        ActorSystem[] nodes = [Start(backend, cluster), Start("akka", cluster), Start(backend, cluster)];
        foreach (var node in nodes)
        {
            Cluster.Cluster.Get(node).Join(AddressOf(nodes[0]));
        }

        await Members(3);

        // In order: it says good-bye to all, and its transport is the last that ends.
        await CoordinatedShutdown.Get(nodes[2]).Run(CoordinatedShutdown.ClrExitReason.Instance).WaitAsync(s_deadline);
        nodes = nodes[..2];
        await Members(2);

        async Task Members(int count)
        {
            var kit = new TestKit.Xunit2.TestKit(nodes[0]);
            await kit.AwaitAssertAsync(
                () => Assert.All(nodes, node => Assert.Equal(
                    (count, 0),
                    (Cluster.Cluster.Get(node).State.Members.Count(member => member.Status == MemberStatus.Up), Cluster.Cluster.Get(node).State.Unreachable.Count))),
                s_deadline,
                TimeSpan.FromMilliseconds(20));
        }
    }

    [Fact]
    public async Task A_service_that_is_stopped_takes_the_transport_with_it()
    {
        var (here, there) = (Start("io-uring"), Start("io-uring"));
        there.ActorOf(Props.Create(() => new Echo()), "echo");
        var echo = await Find(here, there);
        Assert.Equal("hello", await echo.Ask<string>("hello", s_deadline));
        await here.IoActors().StopAsync().WaitAsync(s_deadline);
        using var late = new TcpClient();
        await Assert.ThrowsAsync<SocketException>(() => late.ConnectAsync("127.0.0.1", AddressOf(here).Port!.Value));
    }

    private static async Task Exchange(ActorSystem here, ActorSystem there)
    {
        there.ActorOf(Props.Create(() => new Echo()), "echo");
        here.ActorOf(Props.Create(() => new Echo()), "echo");
        await Task.WhenAll(Send(here, there), Send(there, here));

        static async Task Send(ActorSystem from, ActorSystem to)
        {
            var echo = await Find(from, to);
            var kit = new TestKit.Xunit2.TestKit(from);
            var answers = kit.CreateTestProbe();
            var random = new Random(from.GetHashCode());
            var sent = new List<byte[]>();
            for (var n = 0; n < 400; n++)
            {
                var bytes = new byte[n % 4 == 0 ? random.Next(127_000) : random.Next(2_000)];
                random.NextBytes(bytes);
                sent.Add(bytes);
                echo.Tell(bytes, answers.Ref);
            }

            foreach (var bytes in sent)
            {
                Assert.Equal(bytes, await answers.ExpectMsgAsync<byte[]>(s_deadline));
            }

            Assert.Equal(400, await echo.Ask<int>(Echo.Count, s_deadline));
        }
    }

    /// <summary>A node.</summary>
    /// <param name="transport">Its backend, or "akka" for Akka's own transport.</param>
    /// <param name="more">Settings beside it.</param>
    /// <param name="setup">Certificates.</param>
    private ActorSystem Start(string transport, string more = "", DotNettySslSetup? setup = null)
    {
        var config = ConfigurationFactory.ParseString(
            $$"""
            {{more}}
            akka.loglevel = OFF
            akka.stdout-loglevel = OFF
            akka.actor.provider = remote
            akka.coordinated-shutdown.run-by-clr-shutdown-hook = off
            akka.remote.retry-gate-closed-for = 200ms
            akka.remote.dot-netty.tcp { hostname = 127.0.0.1, port = 0, enable-ssl = {{(setup is null ? "off" : "on")}} }
            {{(transport == "akka" ? "" : $"{IoTcpTransport.Hocon}\nio-actors.backend = {transport}\nio-actors.loops = 1")}}
            """);
        config = more.Length > 0 ? ConfigurationFactory.ParseString(more).WithFallback(config) : config;
        var bootstrap = BootstrapSetup.Create().WithConfig(config);
        var system = ActorSystem.Create("nodes", setup is null ? ActorSystemSetup.Create(bootstrap) : ActorSystemSetup.Create(bootstrap, setup));
        _systems.Add(system);
        return system;
    }

    private static Address AddressOf(ActorSystem system) => ((ExtendedActorSystem)system).Provider.DefaultAddress;

    private static Task<IActorRef> Find(ActorSystem from, ActorSystem to) =>
        from.ActorSelection(new RootActorPath(AddressOf(to)) / "user" / "echo").ResolveOne(s_deadline);

    /// <summary>One certificate, and one that it wants to see.</summary>
    private static DotNettySslSetup Only(X509Certificate2 own, X509Certificate2 wanted) => new(
        own,
        suppressValidation: false,
        requireMutualAuthentication: true,
        customValidator: CertificateValidation.PinnedCertificate(wanted.Thumbprint));

    private sealed class Echo : UntypedActor
    {
        internal const string Count = "how many?";

        private int _count;

        protected override void OnReceive(object message)
        {
            if (message is Count)
            {
                Sender.Tell(_count);
                return;
            }

            _count++;
            Sender.Tell(message);
        }
    }
}
