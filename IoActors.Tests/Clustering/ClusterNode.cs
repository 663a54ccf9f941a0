using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.Configuration;
using Akka.IoActors.Clustering;
using Akka.IoActors.Remoting;
using Akka.TestKit;
using Xunit;

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
            {{IoTcpTransport.Hocon}}
            {{hocon.Replace("FOLDER", folder, StringComparison.Ordinal)}}
            io-actors.backend = {{backend}}
            io-actors.loops = 1
            io-actors-cluster.request-timeout = 1s
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

    internal static ClusterNode Make(string backend, string hocon) => new(backend, Directory.CreateTempSubdirectory("node").FullName, hocon);

    internal TestProbe Probe() => Kit.CreateTestProbe();

    internal string PathOf(string name) => Path.Combine(Folder, name);

    internal byte[] Write(string name, int size, int seed = 1)
    {
        var bytes = new byte[size];
        new Random(seed).NextBytes(bytes);
        File.WriteAllBytes(PathOf(name), bytes);
        return bytes;
    }

    /// <summary>Waits until no file in its directory is open any more: it need not be closed yet when the answer is here.</summary>
    internal Task NothingIsOpen(TimeSpan? deadline = null) => Kit.AwaitConditionAsync(
        () => Task.FromResult(!Directory.GetFiles("/proc/self/fd").Any(fd => TargetOf(fd).StartsWith(Folder + "/", StringComparison.Ordinal))), deadline ?? Deadline);

    private static string TargetOf(string link)
    {
        try
        {
            return File.ResolveLinkTarget(link, returnFinalTarget: false)?.FullName ?? "";
        }
        catch (IOException)
        {
            // Closed meanwhile.
            return "";
        }
    }

    internal void Stop()
    {
        if (!System.Terminate().Wait(Deadline))
        {
            throw new TimeoutException("the node did not stop");
        }

        Assert.Equal((0, 0), Attachments.Of(System).Count);
    }

    public void Dispose()
    {
        Stop();
        if (Directory.Exists(Folder))
        {
            Directory.Delete(Folder, recursive: true);
        }
    }
}

/// <summary>Nodes that export "data", in one cluster, each knowing what all export; and one that exports nothing, the last, which uses them.</summary>
internal sealed class Nodes : IDisposable
{
    private readonly List<ClusterNode> _nodes = [];

    internal ClusterNode this[int index] => _nodes[index];

    /// <summary>The one that exports nothing.</summary>
    internal ClusterNode Client => _nodes[^1];

    internal IActorRef Manager => Client.Manager;

    /// <summary>Starts them.</summary>
    /// <param name="backend">The backend.</param>
    /// <param name="exporters">How many export.</param>
    /// <param name="root">How.</param>
    /// <param name="more">Settings beside.</param>
    /// <param name="plainClient">Whether these are not for the last.</param>
    internal static async Task<Nodes> Start(string backend, int exporters, string root = "writable = on", string more = "", bool plainClient = false)
    {
        var nodes = new Nodes();
        for (var i = 0; i <= exporters; i++)
        {
            nodes._nodes.Add(ClusterNode.Make(backend, i == exporters
                ? plainClient ? "" : more
                : $$"""
                akka.cluster.roles = [io]
                io-actors-cluster.node-name = n{{i}}
                io-actors-cluster.roots.data { path = FOLDER }
                io-actors-cluster.roots.data { {{root}} }
                {{more}}
                """));
        }

        foreach (var node in nodes._nodes)
        {
            await Akka.Cluster.Cluster.Get(node.System).JoinAsync(nodes[0].Address).WaitAsync(ClusterNode.Deadline);
        }

        foreach (var node in nodes._nodes)
        {
            await node.Kit.AwaitConditionAsync(() => Task.FromResult(node.Io.Nodes.Count == exporters), ClusterNode.Deadline);
        }

        return nodes;
    }

    internal async Task<Errno> ErrorOf<TReply>(Roots.Request<TReply> request) =>
        (await Xunit.Assert.ThrowsAsync<FileException>(() => Manager.Ask(request).WaitAsync(ClusterNode.Deadline))).Error;

    public void Dispose()
    {
        foreach (var node in Enumerable.Reverse(_nodes))
        {
            node.Dispose();
        }
    }
}
