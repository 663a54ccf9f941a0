using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Akka.IoActors.Clustering;

namespace Akka.IoActors.Service.Nodes;

/// <summary><c>ioactors cluster-demo</c>: three nodes, a tree copied in and out, one node killed meanwhile.</summary>
internal static class ClusterDemoCommand
{
    private const string Help =
        """
        Starts three nodes, each a process of its own, in one cluster on this machine, which export a root with three replicas and a quorum of
        two; copies a tree into it and out again, kills one node (SIGKILL) when half of the tree is in, and compares the two trees by diff -r.
        Every operation that has failed on a node is named. The last line says how many operations were asked of nodes, how many of them failed, and
        how many were never answered: lost, which is to be 0. Exit code: 0 OK, 1 not.
        """;

    private const int Nodes = 3;

    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(60);

    internal static Command Create()
    {
        var size = new Option<int>("--size") { Description = "The size of the tree in MiB", DefaultValueFactory = _ => 1024 };
        var folder = new Option<string>("--folder") { Description = "Where to do it: takes five times the size", DefaultValueFactory = _ => Path.GetTempPath() };
        var seed = new Option<int>("--random-seed") { Description = "Of the tree's bytes", DefaultValueFactory = _ => Environment.TickCount };
        var backend = ServiceHost.BackendOption();
        var command = new Command("cluster-demo", Help) { size, folder, seed, backend };
        command.SetAction(async (parsed, cancellation) =>
        {
            if (parsed.GetValue(size) is < 1 or > 1 << 20)
            {
                await Console.Error.WriteLineAsync("cluster-demo: --size must be 1 to 1048576.");
                return ServiceHost.BadUsage;
            }

            var there = Path.Combine(Path.GetFullPath(parsed.GetValue(folder)!), FormattableString.Invariant($"ioactors-demo-{Environment.ProcessId}"));
            try
            {
                Directory.CreateDirectory(there);
                return await Run(there, parsed.GetValue(size), parsed.GetValue(seed), parsed.GetValue(backend)!, cancellation);
            }
            catch (IOException e)
            {
                await Console.Error.WriteLineAsync($"cluster-demo: {e.Message}");
                return 1;
            }
            finally
            {
                Directory.Delete(there, recursive: true);
            }
        });
        return command;
    }

    private static async Task<int> Run(string folder, int size, int seed, string backend, CancellationToken cancellation)
    {
        var source = Path.Combine(folder, "source");
        var bytes = MakeTree(source, size * 1L << 20, seed);
        Say($"tree: {Directory.GetFiles(source, "*", SearchOption.AllDirectories).Length} files, {bytes} bytes, seed {seed}");

        var nodes = new List<NodeProcess>();
        try
        {
            for (var i = 0; i < Nodes; i++)
            {
                var name = FormattableString.Invariant($"n{i + 1}");
                var root = Directory.CreateDirectory(Path.Combine(folder, name)).FullName;
                string[] join = i == 0 ? [] : ["--seed", nodes[0].Address];
                nodes.Add(await NodeProcess.Start(
                    name, s_deadline, ["--root", $"data={root},writable,sharded,replicas={Nodes},quorum={(Nodes / 2) + 1},min-nodes={Nodes - 1}", "--lease", "3", "--backend", backend, .. join]));
                Say($"{name}: process {nodes[i].Id} at {nodes[i].Address}");
            }

            return await ServiceHost.Run("cluster-demo", backend, host => Copy(host, folder, source, bytes, nodes, cancellation), $"""
                {NodeHost.Client(nodes[0].Address)}
                io-actors-cluster.lease = 3s
                io-actors-cluster.request-timeout = 3s
                """);
        }
        finally
        {
            foreach (var node in nodes)
            {
                await node.DisposeAsync();
            }
        }
    }

    private static async Task<int> Copy(
        ServiceHost host, string folder, string source, long bytes, List<NodeProcess> nodes, CancellationToken cancellation)
    {
        var cluster = host.System.IoCluster();
        var failures = new ConcurrentQueue<Files.Failed>();
        cluster.Ledger.OnFailed = failures.Enqueue;
        using var copy = new RemoteCopy(cluster, host.Io.Client, jobs: 16, Say);
        await AllAreKnown(cluster, nodes, cancellation);
        var expected = failures.Count;
        Say($"the nodes know each other: {string.Join(", ", cluster.Nodes.Select(node => node.Name))}");

        var victim = nodes[^1];
        var done = 0L;
        var killed = 0;
        copy.OnBytes = count =>
        {
            if (Interlocked.Add(ref done, count) >= bytes / 2 && Interlocked.Exchange(ref killed, 1) == 0)
            {
                victim.Kill();
                Say($"{victim.Name}: killed, {done} of {bytes} bytes are in");
            }
        };
        var url = new RemoteUrl(nodes[0].Address, "data", "tree");
        var start = Stopwatch.GetTimestamp();
        await copy.Upload(source, url, cancellation);
        Say(Rate("in", bytes, Stopwatch.GetElapsedTime(start)));

        var target = Path.Combine(folder, "copy");
        start = Stopwatch.GetTimestamp();
        await copy.Download(url, target, cancellation);
        Say(Rate("out", bytes, Stopwatch.GetElapsedTime(start)));

        using var diff = Process.Start("diff", ["-r", source, target]);
        await diff.WaitForExitAsync(cancellation);
        Say($"diff -r: {(diff.ExitCode == 0 ? "clean" : "DIFFERENT")}");

        var named = failures.Skip(expected).ToList();
        foreach (var failed in named)
        {
            Say($"failed: {failed.Message}");
        }

        // A failure that is no part of what was done to the node, nor of finding out what is there and for what there is room, would be ours.
        var strange = named.Where(failed => failed.Error is not (Errno.ETIMEDOUT or Errno.ECONNRESET or Errno.EHOSTDOWN or Errno.ENOENT or Errno.EEXIST or Errno.EAGAIN)).ToList();
        var lost = await Lost(cluster, cancellation);
        var ok = diff.ExitCode == 0 && copy.Failed == 0 && killed == 1 && lost == 0 && strange.Count == 0;
        Console.WriteLine(FormattableString.Invariant(
            $"cluster-demo: {(ok ? "OK" : "FAILED")} nodes={nodes.Count} killed={killed} operations={cluster.Ledger.Sent} failed={named.Count} lost={lost}"));
        return ok ? 0 : 1;
    }

    /// <summary>Waits until the first node knows all.</summary>
    private static async Task AllAreKnown(IoCluster cluster, List<NodeProcess> nodes, CancellationToken cancellation)
    {
        var start = Stopwatch.GetTimestamp();
        while (cluster.Nodes.Count < nodes.Count)
        {
            Check.That(Stopwatch.GetElapsedTime(start) < s_deadline, $"after {s_deadline} only {cluster.Nodes.Count} nodes know each other");
            await cluster.Learn(nodes[0].Address, cancellation);
            await Task.Delay(100, cancellation);
        }
    }

    /// <summary>What is asked and not answered, once the last handle has had the time to say that its node has gone.</summary>
    private static async Task<long> Lost(IoCluster cluster, CancellationToken cancellation)
    {
        var start = Stopwatch.GetTimestamp();
        while (cluster.Ledger.Sent != cluster.Ledger.Answered && Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(20))
        {
            await Task.Delay(100, cancellation);
        }

        return cluster.Ledger.Sent - cluster.Ledger.Answered;
    }

    /// <summary>A tree of files of all sizes: half of the bytes in large ones, the rest in smaller and smaller ones.</summary>
    private static long MakeTree(string folder, long size, int seed)
    {
        var random = new Random(seed);
        var (left, each, total) = (size, Math.Min(size / 8, 64L << 20), 0L);
        for (var level = 0; left > 0 && level < 8; level++)
        {
            var directory = Directory.CreateDirectory(Path.Combine(folder, FormattableString.Invariant($"level-{level}"), "files")).FullName;
            var share = level == 7 ? left : left / 2;
            for (var n = 0; share > 0; n++)
            {
                var count = Math.Min(share, Math.Max(1, each));
                var bytes = new byte[count];
                random.NextBytes(bytes);
                File.WriteAllBytes(Path.Combine(directory, FormattableString.Invariant($"f{n}")), bytes);
                (share, left, total) = (share - count, left - count, total + count);
            }

            each = Math.Max(16 << 10, each / 4);
        }

        File.WriteAllBytes(Path.Combine(folder, "empty"), []);
        return total;
    }

    private static string Rate(string way, long bytes, TimeSpan time) => string.Create(
        CultureInfo.InvariantCulture, $"{way}: {bytes} bytes in {time.TotalSeconds:0.0} s, {bytes / 1e6 / time.TotalSeconds:0} MB/s");

    private static void Say(string text) => Console.WriteLine($"cluster-demo: {text}");
}
