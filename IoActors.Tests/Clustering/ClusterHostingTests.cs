using System;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.Configuration;
using Akka.Hosting;
using Akka.IO;
using Akka.IoActors.Clustering;
using Akka.IoActors.Remoting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Akka.IoActors.Tests.Clustering;

/// <summary>Roots in .NET's generic host, and what is wrong with their configuration.</summary>
public sealed class ClusterHostingTests
{
    [Fact]
    public async Task A_host_exports_and_uses_roots()
    {
        var folder = Directory.CreateTempSubdirectory("root").FullName;
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.ClearProviders();
        builder.Services.AddAkka("hosted", akka => akka
            .AddHocon(
                """
                akka.actor.provider = cluster
                akka.cluster.roles = [io]
                akka.remote.dot-netty.tcp { hostname = 127.0.0.1, port = 0 }
                """,
                HoconAddMode.Prepend)
            .AddHocon(IoTcpTransport.Hocon, HoconAddMode.Prepend)
            .WithIoActorsCluster(options =>
            {
                options.NodeName = "a \"node\"";
                options.Lease = TimeSpan.FromSeconds(7);
                options.Hocon = "quota.open = 5";
                options.Export("data", folder, root => (root.Writable, root.Sharded, root.Replicas, root.Quorum, root.MinNodes) = (true, true, 3, 1, 1))
                    .Export("pub.lic", folder);
            }));
        using var host = builder.Build();
        await host.StartAsync().WaitAsync(ClusterNode.Deadline);
        var system = host.Services.GetRequiredService<ActorSystem>();
        Assert.True(Attachments.Of(system).IsSupported);
        var cluster = system.IoCluster();
        Assert.Same(cluster.Manager, host.Services.GetRequiredService<IRequiredActor<IoClusterManager>>().ActorRef);
        var node = Assert.Single(cluster.Nodes);
        Assert.Equal("a \"node\"", node.Name);
        Assert.Equal([new RootExport("data", true, true, 3, 1, 1), new RootExport("pub.lic", false, false, 1, 1, 1)], node.Exports.OrderBy(each => each.Name));
        Assert.Equal((TimeSpan.FromSeconds(7), 5), (cluster.Settings.Lease, cluster.Settings.QuotaOpen));
        var file = (await cluster.Manager.Ask(new Roots.Open("data", "f", OpenFlags.WriteOnly | OpenFlags.Create, owner: ActorRefs.Nobody))).File;
        await file.Ask(new Files.Write(ByteString.FromString("abc")));
        Assert.Equal(3, (await cluster.Manager.Ask(new Roots.Stat("pub.lic", "f"))).File.Size);
        await host.StopAsync().WaitAsync(ClusterNode.Deadline);
        Assert.Equal("abc", await File.ReadAllTextAsync(Path.Combine(folder, "f")));
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData("roots.data { path = /none }", "io-actors-cluster.roots.data.path = /none: wanted is a directory.")]
    [InlineData("roots.data { }", "io-actors-cluster.roots.data.path = : wanted is a directory.")]
    [InlineData("roots.data { path = /tmp, writeable = on }", "io-actors-cluster: unknown key 'io-actors-cluster.roots.data.writeable'.")]
    [InlineData("roots.data { path = /tmp, replicas = 2 }", "io-actors-cluster.roots.data: replicas and min-nodes are for a root that is sharded.")]
    [InlineData("roots.data { path = /tmp, sharded = on, replicas = 2, quorum = 3 }", "io-actors-cluster.roots.data.quorum = 3: wanted is a whole number from 0 to 2.")]
    [InlineData("lease = 1ms", "io-actors-cluster.lease = 1ms: wanted is a time from 00:00:00.5000000 to 01:00:00, such as 5s.")]
    [InlineData("quota.open = 0", "io-actors-cluster.quota.open = 0: wanted is a whole number from 1 to 1000000.")]
    [InlineData("peers = all", "io-actors-cluster.peers = all: wanted is members or anyone.")]
    [InlineData("node-name = a/b", "io-actors-cluster.node-name = a/b: wanted is a name without \"/\".")]
    [InlineData("leese = 1s", "io-actors-cluster: unknown key 'io-actors-cluster.leese'.")]
    public async Task A_mistake_in_the_configuration_is_named(string hocon, string error)
    {
        var system = ActorSystem.Create("io", ConfigurationFactory.ParseString($"akka.loglevel = OFF\nio-actors-cluster {{ {hocon} }}"));
        Assert.Equal(error, Assert.Throws<ConfigurationException>(() => system.IoCluster()).Message);
        await system.Terminate();
    }

    [Fact]
    public async Task A_node_that_exports_needs_its_role()
    {
        var system = ActorSystem.Create("io", ConfigurationFactory.ParseString(
            """
            akka.loglevel = OFF
            akka.actor.provider = cluster
            akka.remote.dot-netty.tcp { hostname = 127.0.0.1, port = 0 }
            io-actors-cluster.roots.data.path = /tmp
            """));
        Assert.Equal(
            "io-actors-cluster.roots: a node that exports roots needs the role \"io\" (akka.cluster.roles).",
            Assert.Throws<ConfigurationException>(() => system.IoCluster()).Message);
        await system.Terminate();
    }
}
