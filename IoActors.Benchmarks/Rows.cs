using System;
using System.Collections.Generic;

namespace Akka.IoActors.Benchmarks;

/// <summary>Every row there is.</summary>
internal static class Rows
{
    private static readonly SideSpec FioCached = new("fio, 1 job, batch 32", "fio,qd=32,batch=32,cached=1");

    /// <param name="quick">Smaller trees and files, so that all rows take five minutes.</param>
    internal static IReadOnlyList<Row> All(bool quick)
    {
        var mib = quick ? 256 : 1024;
        List<Row> rows =
        [
            new("file.cached.tell.colocated.1loop", "Tell, requester on the loop, QD 32", Metric.Throughput, 1.0,
                Ours("tell,place=loop,qd=32,cached=1"), FioCached),
            new("file.cached.tell.colocated.2loops", "the same on two loops, QD 32 each", Metric.Throughput, 1.05,
                Ours("tell,place=loop,qd=32,loops=2,cached=1"), ReadAsync("qd=128,cached=1")),
            new("file.cached.tell.remote.qd32", "Tell from the default dispatcher, QD 32", Metric.Throughput, 0.85,
                Ours("tell,place=default,qd=32,cached=1"), FioCached),
            new("file.cached.client.qd32", "IoClient awaits from the default pool, QD 32", Metric.Throughput, 0.90,
                Ours("client,qd=32,cached=1"), FioCached)
            {
                Beside = [new SideSpec("on the loop", "client,place=loop,qd=32,cached=1")],
            },
            new("file.cached.ask.qd32", "backend.Ask<IoResult>, QD 32", Metric.Throughput, 0.75,
                Ours("ask,qd=32,cached=1"), new SideSpec("Ask to an actor that replies at once", "ask,echo=1,qd=32,cached=1")),
            new("file.cached.client.qd1.p50", "one await at a time, off the loop", Metric.P50, 3,
                Ours("client,qd=1,latency=1,cached=1"), new SideSpec("naive completion-thread actor", "naive,qd=1,latency=1,cached=1"))
            {
                Beside = [new SideSpec("on the loop", "client,place=loop,qd=1,latency=1,cached=1")],
            },
            new("file.cached.client.inline.qd1", "inline-cached-reads, one await at a time", Metric.Throughput, 1.15,
                Ours("client,inline=1,qd=1,cached=1"), ReadAsync("qd=1,cached=1")),
            new("file.cached.client.inline.qd128", "inline-cached-reads, 128 tasks", Metric.Throughput, 1.1,
                Ours("client,inline=1,qd=128,cached=1"), ReadAsync("qd=128,cached=1")),
            new("file.direct.tell.qd32", "O_DIRECT, requester on the loop, QD 32", Metric.Throughput, 0.95,
                Ours("tell,place=loop,qd=32,direct=1"), new SideSpec("fio, unbatched", "fio,qd=32,direct=1")),
            new("file.direct.tell.qd128", "O_DIRECT, requester on the loop, QD 128", Metric.Throughput, 1.0,
                Ours("tell,place=loop,qd=128,direct=1"),
                new SideSpec("fio, unbatched", "fio,qd=128,direct=1"), new SideSpec("fio, batch 32", "fio,qd=128,batch=32,direct=1")),
            new("file.direct.readasync.qd128", "O_DIRECT, IoClient, 128 tasks", Metric.Throughput, 2.6,
                Ours("client,qd=128,direct=1"), ReadAsync("qd=128,direct=1")),
            new("file.direct.readasync-tuned.qd128", "O_DIRECT, IoClient, 128 tasks", Metric.Throughput, 0.95,
                Ours("client,qd=128,direct=1"), Tuned("qd=128,direct=1")),
            new("file.direct.cpu.qd128", "CPU an operation, O_DIRECT, requester on the loop, QD 128", Metric.Cpu, 2.2,
                Ours("tell,place=loop,qd=128,direct=1"), Tuned("qd=128,direct=1"), ReadAsync("qd=128,direct=1")),
            new("file.write.seq.1m", $"1 MiB PWrite, QD 8, {mib} MiB, then FSync", Metric.Throughput, 1.0,
                Ours($"write,qd=8,mib={mib}"), new SideSpec("dd bs=1M conv=fsync", $"dd,mib={mib}"),
                new SideSpec("RandomAccess.WriteAsync", $"write-async,qd=8,mib={mib}")),
            new("file.append.fsync", "64 writers, 4 KiB append + FDataSync each", Metric.Throughput, 3,
                Ours("append,qd=64"), new SideSpec("FileStream.Flush(true)", "append-stream,qd=64"))
            {
                Beside = [new SideSpec("a file as an actor", "append-actor,qd=64")],
            },
            new("copy.tree", quick ? "2,000 small files and 2 × 128 MiB, cold" : "20,000 small files and 2 × 1 GiB, cold",
                Metric.Throughput, 1.0,
                new SideSpec("ioactors cp --sync none", "ioactors-cp,sync=none,cold=1"), new SideSpec("cp -r", "cp,cold=1"),
                new SideSpec("File.Copy in Parallel.ForEach", "copy-file,cold=1"))
            {
                Beside =
                [
                    new SideSpec("--sync end", "ioactors-cp,sync=end,cold=1"),
                    new SideSpec("--sync each, the default", "ioactors-cp,sync=each,cold=1"),
                ],
            },
            Protocol("tcp.echo.64x64B", "64 connections, 64 B", Metric.Throughput, 2.0, "conns=64,size=64"),
            Protocol("tcp.echo.64x4K", "64 connections, 4 KiB", Metric.Throughput, 2.3, "conns=64,size=4096"),
            new("tcp.echo.64x64B.socket", "64 connections, 64 B, an actor a connection on the loop", Metric.Throughput, 2.0,
                Ours("echo,conns=64,size=64,recv=own"), new SideSpec("Socket.ReceiveAsync/SendAsync", "echo,stack=socket,conns=64,size=64"))
            {
                Beside = Others("echo,conns=64,size=64,recv=own"),
            },
            Protocol("tcp.echo.1x64B.p50", "one connection, 64 B", Metric.P50, 1.5, "conns=1,size=64"),
            Protocol("tcp.echo.cpu", "the server's CPU a request, 64 connections, 64 B", Metric.Cpu, 2.2, "conns=64,size=64"),
            Protocol("tcp.connections", "connect, a byte there and back, close", Metric.Throughput, 2.0, "mode=connect"),
            Protocol("tcp.idle.memory", $"resident bytes a connection, {(quick ? "2,000" : "10,000")} idle ones", Metric.Value, 2.0,
                $"mode=idle,conns={(quick ? 2000 : 10000)}"),
            Protocol("udp.echo.64x64B", "64 peers of one socket, 64 B", Metric.Throughput, 1.0, "mode=udp,conns=64,size=64"),
            Protocol("udp.echo.1x64B.p50", "one peer, 64 B", Metric.P50, 1.0, "mode=udp,conns=1,size=64"),
            Stream("streams.file.read", $"a source of 64 KiB elements over {mib} MiB, cached, summed up", 1.0, $"stream-read,mib={mib},cached=1"),
            Stream("streams.file.write", $"{mib} MiB in 64 KiB elements into a sink, then FSync", 1.0, $"stream-write,mib={mib}"),
            new("streams.tcp.echo", "64 connections, 64 B, a flow a connection", Metric.Throughput, 1.0,
                Ours("echo,stack=our-stream,conns=64,size=64"), new SideSpec("Akka.Streams' TcpStream", "echo,stack=akka-stream,conns=64,size=64")),
            Telemetry("telemetry.tell", "Tell on the loop, QD 32; telemetry that nobody listens to, and none (its feature switch)", "tell,place=loop,qd=32,cached=1"),
            Telemetry("telemetry.client", "IoClient on the loop, QD 32; telemetry that nobody listens to, and none", "client,place=loop,qd=32,cached=1"),
            .. Web(),
            .. Nodes(),
            // Rounds follow each other sooner than the back-off is forgotten by default: they would measure its doubling.
            new("restart.gap", "ring killed under QD 128: ms until the next completion; the target is the most", Metric.Value, 50,
                Ours("restart,qd=128,reset=100ms,cached=1")),
        ];
        return rows;
    }

    /// <summary>
    /// What single features of the kernel give, at the most: fio with and without, no service of ours between. A feature that
    /// gives less than 5 % here is not worth its code there. Measured when asked for (<c>--only 'feature.*'</c>).
    /// </summary>
    internal static IReadOnlyList<Row> Features()
    {
        var rows = new List<Row>();
        foreach (var (access, parameters) in new[]
                 {
                     ("cached", "qd=32,batch=32,cached=1"), ("direct", "qd=128,batch=32,direct=1"),
                 })
        {
            Add("registered-files", "registerfiles=1");
            Add("registered-buffers", "fixedbufs=1");
            Add("sqpoll", "registerfiles=1,sqthread_poll=1");
            Add("huge-pages", "iomem=mmaphuge");
            Add("huge-registered-buffers", "iomem=mmaphuge,fixedbufs=1");

            void Add(string name, string options) => rows.Add(new Row(
                $"feature.{access}.{name}", "fio with and without", Metric.Throughput, 1.05,
                new SideSpec(options, $"fio,{parameters},{options}"), new SideSpec("without", $"fio,{parameters}")));
        }

        rows.Add(new Row(
            "feature.tcp.multishot", "echo of 64 B over 64 connections, a bare ring with one receive a connection, or one a message",
            Metric.Throughput, 1.05,
            new SideSpec("multishot", "echo,stack=bare,conns=64,size=64,multishot=1"),
            new SideSpec("without", "echo,stack=bare,conns=64,size=64")));
        foreach (var size in new[] { 4096, 65536 })
        {
            rows.Add(new Row(
                FormattableString.Invariant($"feature.tcp.send-zc.{size}"), $"echo of {size} B over 16 connections, a bare ring, on loopback",
                Metric.Throughput, 1.05,
                new SideSpec("IORING_OP_SEND_ZC", $"echo,stack=bare,conns=16,size={size},zc=1"),
                new SideSpec("IORING_OP_SEND", $"echo,stack=bare,conns=16,size={size}")));
        }

        rows.Add(new Row(
            "feature.tcp.multishot-accept", "connect, echo 1 B, reset; a bare ring with one accept for all, or one a connection",
            Metric.Throughput, 1.05,
            new SideSpec("multishot", "echo,stack=bare,mode=connect,accepts=multishot"),
            new SideSpec("without", "echo,stack=bare,mode=connect")));
        rows.Add(new Row(
            "feature.tcp.reuseport", "connect, echo 1 B, reset, on two loops: a listener on each, or one that hands over",
            Metric.Throughput, 1.05,
            new SideSpec("SO_REUSEPORT", "echo,stack=ours,mode=connect,loops=2,listeners=2"),
            new SideSpec("hand-over", "echo,stack=ours,mode=connect,loops=2")));
        rows.Add(new Row(
            "feature.linked-fsync", "append 4 KiB and fdatasync, one at a time, a bare ring", Metric.Throughput, 1.05,
            new SideSpec("IOSQE_IO_LINK", "bare-append,link=1"),
            new SideSpec("without", "bare-append")));
        rows.Add(new Row(
            "feature.cold.fadvise", "sequential read of 1 GiB, cold, fadvise(SEQUENTIAL)", Metric.Throughput, 1.05,
            new SideSpec("fadvise_hint=sequential", "fio,qd=4,cold=1,fadvise_hint=sequential"),
            new SideSpec("without", "fio,qd=4,cold=1,fadvise_hint=0")));
        return rows;
    }

    /// <summary>
    /// Whether cost grows with the load and no faster: the throughput at some load as a part of that at a hundredth to a hundred
    /// times it. Measured when asked for (<c>--only 'cost.*'</c>).
    /// </summary>
    internal static IReadOnlyList<Row> Costs()
    {
        var rows = new List<Row>();
        foreach (var (depth, target) in new[] { (1, 0.25), (10, 0.7), (1_000, 0.8), (10_000, 0.8), (100_000, 0.8) })
        {
            rows.Add(new Row(
                FormattableString.Invariant($"cost.in-flight.{depth}"), "cached reads, Tell on the loop; value: resident bytes an operation in flight",
                Metric.Throughput, target, Ours(InFlight(depth)), new SideSpec("100 in flight", InFlight(100))));
        }

        foreach (var (connections, target) in new[] { (1, 0.05), (1_000, 0.5), (10_000, 0.5) })
        {
            rows.Add(new Row(
                FormattableString.Invariant($"cost.connections.{connections}"), "echo of 64 B, all connections busy",
                Metric.Throughput, target, Ours(Connections(connections)), new SideSpec("100 connections", Connections(100))));
        }

        rows.Add(new Row(
            "cost.affinity.2loops", "two loops bound to a processor each, and not", Metric.Throughput, 1.05,
            new SideSpec("affinity = auto", "tell,place=loop,qd=32,loops=2,affinity=auto,cached=1"),
            new SideSpec("affinity = off", "tell,place=loop,qd=32,loops=2,cached=1")));
        return rows;

        static string InFlight(int depth) => FormattableString.Invariant($"tell,place=loop,qd={depth},memory=1,cached=1");

        static string Connections(int count) => FormattableString.Invariant($"echo,conns={count},size=64");
    }

    /// <summary>The lines of the plots: throughput over queue depth.</summary>
    internal static IReadOnlyList<SideSpec> Sweep(bool direct)
    {
        var access = direct ? "direct=1" : "cached=1";
        return
        [
            new("io_uring, Tell on the loop", $"tell,place=loop,{access}"),
            new("io_uring, IoClient", $"client,latency=1,{access}"),
            new("epoll, IoClient", $"client,latency=1,backend=epoll,{access}"),
            new("thread-pool, IoClient", $"client,latency=1,backend=thread-pool,{access}"),
            new("RandomAccess.ReadAsync", $"read-async,latency=1,{access}"),
            new("fio, io_uring", $"fio,batch=16,{access}"),
        ];
    }

    /// <summary>One program of Akka.IO's protocol, on Akka.IO and on ours.</summary>
    private static Row Protocol(string name, string what, Metric metric, double target, string parameters)
    {
        var ours = $"echo,stack=ours,{parameters}";
        return new Row(name, what, metric, target, Ours(ours), new SideSpec("Akka.IO", $"echo,stack=akka,{parameters}"))
        {
            Beside =
            [
                new SideSpec("handlers on the loops", $"{ours},handlers=loop"),
                new SideSpec("epoll", $"{ours},backend=epoll"),
                new SideSpec("thread-pool", $"{ours},backend=thread-pool"),
            ],
        };
    }

    /// <summary>Files of other processes, over loopback. What Akka.Remote itself carries is the most that can be reached on it.</summary>
    private static IEnumerable<Row> Nodes()
    {
        yield return new Row(
            "cluster.read.1m", "1 MiB blocks of another node's file, 4 at a time", Metric.Throughput, 0.5,
            Ours("remote-read,qd=4,cached=1"), new SideSpec("a socket, read and sent in turn", "remote-read,stack=socket,cached=1"))
        {
            Beside =
            [
                new SideSpec("Akka.Remote, one array over and over", "remote-read,stack=akka,qd=4,cached=1"),
                new SideSpec("the same on our transport", "remote-read,stack=akka,transport=ring,qd=4,cached=1"),
            ],
        };
        yield return new Row(
            "cluster.read.nodes", "the same of three nodes at once, and of one", Metric.Throughput, 1.0,
            Ours("remote-read,qd=4,nodes=3,cached=1"), new SideSpec("one node", "remote-read,qd=4,nodes=1,cached=1"))
        {
            Beside = [new SideSpec("two nodes", "remote-read,qd=4,nodes=2,cached=1")],
        };
    }

    /// <summary>Web servers under wrk: the least that there is, and files.</summary>
    private static IEnumerable<Row> Web()
    {
        foreach (var (connections, target) in new[] { (1, 1.0), (64, 1.15), (512, 1.15) })
        {
            yield return Plain(FormattableString.Invariant($"web.plaintext.{connections}"), Metric.Throughput, target, connections);
        }

        yield return Plain("web.plaintext.cpu.64", Metric.Cpu, 1.0, 64);
        foreach (var (path, what) in new[] { ("4k", "a file of 4 KiB"), ("1m", "a file of 1 MiB") })
        {
            foreach (var connections in new[] { 1, 64, 512 })
            {
                yield return new Row(
                    FormattableString.Invariant($"web.static.{path}.{connections}"), $"{what}, {Count(connections)}", Metric.Throughput, 1.0,
                    new SideSpec("ioactors serve", Side("serve", path, connections)),
                    new SideSpec("Kestrel's sockets, UseStaticFiles", Side("sockets", path, connections)))
                {
                    Beside =
                    [
                        new SideSpec("our transport, UseStaticFiles", Side("ours", path, connections)),
                        new SideSpec("nginx", Side("nginx", path, connections)),
                    ],
                };
            }
        }

        yield return new Row(
            "web.restart.gap", "a ring killed under wrk, two loops: ms until every further connection has its answer; the target is the most",
            Metric.Value, 100, new SideSpec("ioactors serve", "web-restart"));

        static Row Plain(string name, Metric metric, double target, int connections) => new(
            name, $"\"Hello, World!\", {Count(connections)}", metric, target,
            new SideSpec("ours, on the loop", Side("ours", "plain", connections) + ",place=loop"),
            new SideSpec("Kestrel's sockets", Side("sockets", "plain", connections)))
        {
            Beside =
            [
                new SideSpec("ours, on the thread pool", Side("ours", "plain", connections)),
                new SideSpec("ours, on the loop, epoll", Side("ours", "plain", connections) + ",place=loop,backend=epoll"),
                new SideSpec("nginx", Side("nginx", "plain", connections)),
            ],
        };

        static string Side(string stack, string path, int connections) =>
            FormattableString.Invariant($"web,stack={stack},path={path},conns={connections}");

        static string Count(int connections) => connections == 1 ? "one connection" : FormattableString.Invariant($"{connections} connections");
    }

    private static Row Stream(string name, string what, double target, string text) =>
        new(name, what, Metric.Throughput, target, Ours($"{text},stack=ours"), new SideSpec("Akka.Streams' FileIO", $"{text},stack=akka"));

    private static Row Telemetry(string name, string what, string text) =>
        new(name, what, Metric.Throughput, 0.98, new SideSpec("nobody listens", text), new SideSpec("none", $"{text},telemetry=none"))
        {
            Beside = [new SideSpec("metrics and spans listened to", $"{text},telemetry=heard")],
        };

    private static SideSpec Ours(string text) => new("io_uring", text);

    private static IReadOnlyList<SideSpec> Others(string text) =>
        [
            new SideSpec("epoll", $"{text},backend=epoll"),
            new SideSpec("thread-pool", $"{text},backend=thread-pool"),
            text.Contains("recv=own", StringComparison.Ordinal)
                ? new SideSpec("io_uring, RecvPooled", text.Replace(",recv=own", "", StringComparison.Ordinal))
                : new SideSpec("io_uring, Recv", $"{text},recv=own"),
        ];

    private static SideSpec ReadAsync(string parameters) =>
        new("RandomAccess.ReadAsync", $"read-async,bimodal=1,{parameters}");

    private static SideSpec Tuned(string parameters) => new(
        "ReadAsync, 128 threads", $"read-async,bimodal=1,{parameters}", "DOTNET_ThreadPool_ForceMinWorkerThreads=80");
}
