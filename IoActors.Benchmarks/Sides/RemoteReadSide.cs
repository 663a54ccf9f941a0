using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.Configuration;
using Akka.IoActors.Clustering;
using Akka.IoActors.Remoting;

namespace Akka.IoActors.Benchmarks.Sides;

/// <summary>
/// Blocks of a file of another process over loopback. An operation is a block. Ours: <c>ioactors node</c>, one or more, and a handle on each; or
/// a plain socket, by which one process sends what it reads and the other receives it.
/// </summary>
internal sealed class RemoteReadSide(SideSpec spec) : ISide
{
    private readonly int _block = spec.Number("block", 1 << 20);
    private readonly int _depth = spec.Number("qd", 4);
    private readonly List<Process> _processes = [];
    private readonly List<IActorRef> _files = [];
    private ActorSystem? _system;
    private TcpClient? _client;
    private long _next;

    private string Data => spec.Get("file");

    private long Blocks => Math.Min(new FileInfo(Data).Length, 256L << 20) / _block;

    public Task<Sample> Run(TimeSpan time) => spec.Get("stack") switch
    {
        "socket" => RunSocket(time),
        "akka" => RunAkka(time),
        _ => RunOurs(time),
    };

    public async ValueTask DisposeAsync()
    {
        _client?.Dispose();
        if (_system is not null)
        {
            await _system.Terminate();
        }

        foreach (var process in _processes)
        {
            process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
        }
    }

    /// <summary>The other end of the plain socket: a process of its own, which sends blocks of the file for as long as somebody takes them.</summary>
    internal static async Task Serve(string file, int block)
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Console.WriteLine(((IPEndPoint)listener.LocalEndpoint).Port);
        using var socket = await listener.AcceptSocketAsync();
        using var handle = File.OpenHandle(file);
        var buffer = new byte[block];
        var blocks = Math.Min(RandomAccess.GetLength(handle), 256L << 20) / block;
        for (var next = 0L; ; next = (next + 1) % blocks)
        {
            await RandomAccess.ReadAsync(handle, buffer, next * block);
            for (var sent = 0; sent < block;)
            {
                sent += await socket.SendAsync(buffer.AsMemory(sent));
            }
        }
    }

    /// <summary>What Akka.Remote itself carries: one array, sent over and over, in messages of the size of our pieces.</summary>
    internal static async Task ServeAkka(string transport)
    {
        var system = ActorSystem.Create("ioactors", Remote(transport));
        system.ActorOf(Props.Create(() => new Feeder()), "sender");
        Console.WriteLine(((ExtendedActorSystem)system).Provider.DefaultAddress);
        await system.WhenTerminated;
    }

    private static Config Remote(string transport) => ConfigurationFactory.ParseString($"""
        {(transport == "ring" ? IoTcpTransport.Hocon : "")}
        akka.actor.provider = remote
        akka.loglevel = OFF
        akka.stdout-loglevel = OFF
        akka.remote.dot-netty.tcp.hostname = 127.0.0.1
        akka.remote.dot-netty.tcp.port = 0
        akka.remote.dot-netty.tcp.send-buffer-size = 0b
        akka.remote.dot-netty.tcp.receive-buffer-size = 0b
        """);

    private async Task<Sample> RunAkka(TimeSpan time)
    {
        if (_system is null)
        {
            var transport = spec.Get("transport", "akka");
            var address = await Start(Environment.ProcessPath!, "serve-akka", transport);
            _system = ActorSystem.Create("ioactors", Remote(transport));
            _files.Add(await _system.ActorSelection($"{address}/user/sender").ResolveOne(TimeSpan.FromSeconds(10)));
        }

        var meter = new Meter();
        var done = await Task.WhenAll(Enumerable.Range(0, _depth).Select(async _ =>
        {
            var own = 0L;
            for (; meter.Elapsed < time; own++)
            {
                var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _system.ActorOf(Props.CreateBy(new Receivers(_files[0], _block, all)));
                await all.Task;
            }

            return own;
        }));
        return meter.Stop(done.Sum());
    }

    private async Task<Sample> RunSocket(TimeSpan time)
    {
        if (_client is null)
        {
            var port = await Start(Environment.ProcessPath!, "serve-blocks", Data, _block.ToString(CultureInfo.InvariantCulture));
            _client = new TcpClient();
            await _client.ConnectAsync(IPAddress.Loopback, int.Parse(port, CultureInfo.InvariantCulture));
        }

        var buffer = new byte[_block];
        var meter = new Meter();
        var done = 0L;
        for (; meter.Elapsed < time; done++)
        {
            for (var received = 0; received < _block;)
            {
                var count = await _client.Client.ReceiveAsync(buffer.AsMemory(received));
                received += count > 0 ? count : throw new BenchmarkException("the other end has gone");
            }
        }

        return meter.Stop(done);
    }

    private async Task<Sample> RunOurs(TimeSpan time)
    {
        if (_system is null)
        {
            await StartOurs();
        }

        var meter = new Meter();
        var done = await Task.WhenAll(_files.SelectMany(file => Enumerable.Range(0, _depth).Select(async _ =>
        {
            var own = 0L;
            for (; meter.Elapsed < time; own++)
            {
                var next = System.Threading.Interlocked.Increment(ref _next) % Blocks;
                var data = await file.Ask(new Files.PRead(_block, next * _block));
                _ = data.Bytes.Count == _block ? 0 : throw new BenchmarkException($"{data.Bytes.Count} bytes have come");
            }

            return own;
        })));
        return meter.Stop(done.Sum());
    }

    private async Task StartOurs()
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(Data))!;
        var program = Path.GetFullPath("artifacts/program/IoActors.Service");
        var addresses = new List<string>();
        for (var i = 0; i < spec.Number("nodes"); i++)
        {
            addresses.Add((await Start(program, "node", "--root", $"data={folder}")).Split(" at ")[1].Split(' ')[0]);
        }

        _system = ActorSystem.Create("ioactors", Remote("ring"));
        var cluster = _system.IoCluster();
        foreach (var address in addresses)
        {
            _files.Add((await cluster.Manager.Ask(new Roots.Open("data", Path.GetFileName(Data), owner: ActorRefs.Nobody) { Node = address })).File);
        }
    }

    /// <summary>Starts the other end.</summary>
    /// <returns>The first line that it says.</returns>
    private async Task<string> Start(string program, params string[] arguments)
    {
        var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        _processes.Add(process);
        return await process.StandardOutput.ReadLineAsync() ?? throw new BenchmarkException($"{program} {arguments[0]} has ended; what it said stands above.");
    }

    private sealed class Feeder : ReceiveActor
    {
        public Feeder()
        {
            var array = new byte[65536];
            Receive<int>(count =>
            {
                for (; count > 0; count -= array.Length)
                {
                    Sender.Tell(array);
                }
            });
        }
    }

    /// <summary>Makes receivers, without compiling an expression for each.</summary>
    private sealed class Receivers(IActorRef sender, int block, TaskCompletionSource all) : IIndirectActorProducer
    {
        public Type ActorType => typeof(Receiver);

        public ActorBase Produce() => new Receiver(sender, block, all);

        public void Release(ActorBase actor)
        {
        }
    }

    private sealed class Receiver : ReceiveActor
    {
        public Receiver(IActorRef sender, int block, TaskCompletionSource all)
        {
            sender.Tell(block);
            Receive<byte[]>(bytes =>
            {
                block -= bytes.Length;
                if (block <= 0)
                {
                    all.SetResult();
                    Context.Stop(Self);
                }
            });
        }
    }
}
