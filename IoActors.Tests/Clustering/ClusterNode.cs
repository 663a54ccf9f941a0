using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.Configuration;
using Akka.IoActors.Clustering;
using Akka.TestKit;

namespace Akka.IoActors.Tests.Clustering;

/// <summary>A node of a real cluster, over real sockets, in this process.</summary>
internal sealed class ClusterNode : IDisposable
{
    internal static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private ClusterNode(string backend, string folder, string hocon)
    {
        Folder = folder;
        System = ActorSystem.Create("nodes", ConfigurationFactory.ParseString(
            $$"""
            {{hocon}}
            io-actors.backend = {{backend}}
            io-actors.loops = 1
            io-actors-cluster.request-timeout = 2s
            akka {
              loglevel = {{Environment.GetEnvironmentVariable("IOACTORS_LOGLEVEL") ?? "OFF"}}
              log-dead-letters = off
              actor.provider = cluster
              remote.dot-netty.tcp { hostname = 127.0.0.1, port = 0 }
              cluster { gossip-interval = 50ms, leader-actions-interval = 50ms, periodic-tasks-initial-delay = 50ms }
              coordinated-shutdown.run-by-clr-shutdown-hook = off
            }
            """));
        Kit = new TestKit.Xunit2.TestKit(System);
        Io = System.IoCluster();
    }

    internal ActorSystem System { get; }

    internal TestKit.Xunit2.TestKit Kit { get; }

    internal IoCluster Io { get; }

    internal IActorRef Manager => Io.Manager;

    /// <summary>The directory of its root.</summary>
    internal string Folder { get; }

    internal Address Address => Akka.Cluster.Cluster.Get(System).SelfAddress;

    internal string Name => FormattableString.Invariant($"{Address.Host}:{Address.Port}");

    /// <summary>Nodes that export "data", in one cluster, each knowing what all export; and one that exports nothing, the last.</summary>
    internal static async Task<IReadOnlyList<ClusterNode>> Start(string backend, int exporters, string root = "writable = on", string more = "")
    {
        var nodes = new List<ClusterNode>();
        for (var i = 0; i <= exporters; i++)
        {
            var folder = Directory.CreateTempSubdirectory("node").FullName;
            nodes.Add(new ClusterNode(backend, folder, i == exporters
                ? more
                : $$"""
                akka.cluster.roles = [io]
                io-actors-cluster.roots.data { path = {{folder}} }
                io-actors-cluster.roots.data { {{root}} }
                {{more}}
                """));
        }

        foreach (var node in nodes)
        {
            await Akka.Cluster.Cluster.Get(node.System).JoinAsync(nodes[0].Address).WaitAsync(Deadline);
        }

        foreach (var node in nodes)
        {
            await node.Kit.AwaitConditionAsync(() => Task.FromResult(node.Io.Nodes.Count == exporters), Deadline);
        }

        return nodes;
    }

    internal TestProbe Probe() => Kit.CreateTestProbe();

    internal string PathOf(string name) => Path.Combine(Folder, name);

    internal byte[] Write(string name, int size, int seed = 1)
    {
        var bytes = new byte[size];
        new Random(seed).NextBytes(bytes);
        File.WriteAllBytes(PathOf(name), bytes);
        return bytes;
    }

    public void Dispose()
    {
        if (!System.Terminate().Wait(Deadline))
        {
            throw new TimeoutException("the node did not stop");
        }

        if (Directory.Exists(Folder))
        {
            Directory.Delete(Folder, recursive: true);
        }
    }
}
