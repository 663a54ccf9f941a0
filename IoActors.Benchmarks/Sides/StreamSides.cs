using System;
using System.IO;
using System.Linq;
using System.Net;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.IO;
using Akka.IoActors.Streams;
using Akka.Streams;
using Akka.Streams.Dsl;
using Akka.Streams.IO;

namespace Akka.IoActors.Benchmarks.Sides;

/// <summary>A file through a source of 64 KiB elements, ours or FileIO's. An operation is a MiB.</summary>
internal sealed class StreamReadSide(SideSpec spec) : ServiceSide(spec)
{
    private const int Chunk = 65536;

    public override async Task<Sample> Run(TimeSpan time)
    {
        var materializer = System.Materializer();
        var file = Spec.Get("file");
        var wanted = (long)Spec.Number("mib") << 20;
        var source = Spec.Get("stack") == "ours" ? IoFile.Source(Io.Client, file, Chunk) : FileIO.FromFile(new FileInfo(file), Chunk);
        var meter = new Meter();
        var read = await source.Take(wanted / Chunk).RunAggregate(0L, static (sum, bytes) => sum + bytes.Count, materializer);
        return read == wanted ? meter.Stop(wanted >> 20) : throw new BenchmarkException($"{read} bytes of {wanted} were read.");
    }
}

/// <summary>A sink that 64 KiB elements are written to, ours or FileIO's, then FSync. An operation is a MiB.</summary>
internal sealed class StreamWriteSide(SideSpec spec) : ServiceSide(spec)
{
    private const int Chunk = 65536;

    public override async Task<Sample> Run(TimeSpan time)
    {
        var materializer = System.Materializer();
        var isOurs = Spec.Get("stack") == "ours";
        var file = Path.Combine(Spec.Get("folder"), isOurs ? "streamed-by-us" : "streamed-by-akka");
        var elements = Spec.Number("mib") * ((1 << 20) / Chunk);
        var element = ByteString.FromBytes(Enumerable.Repeat((byte)1, Chunk).ToArray());
        var source = Source.Repeat(element).Take(elements);
        File.Delete(file);
        var meter = new Meter();
        var written = isOurs
            ? await source.RunWith(IoFile.Sink(Io.Client, file, sync: SyncPolicy.AtEnd), materializer)
            : await source.RunWith(FileIO.ToFile(new FileInfo(file), FileMode.Create), materializer);
        if (!isOurs)
        {
            using var handle = File.OpenHandle(file, FileMode.Open, FileAccess.Write);
            RandomAccess.FlushToDisk(handle);
        }

        return written.WasSuccessful && written.Count == (long)elements * Chunk
            ? meter.Stop(Spec.Number("mib"))
            : throw new BenchmarkException($"{written.Count} bytes were written.", written.WasSuccessful ? null : written.Error);
    }
}

/// <summary>An echo of a flow a connection: of our stages (<c>our-stream</c>) or Akka.Streams' (<c>akka-stream</c>).</summary>
internal sealed class StreamEchoServer : IEchoServer
{
    private readonly ActorSystem _system;

    public StreamEchoServer(SideSpec spec)
    {
        _system = ProtocolEchoServer.MakeSystem(spec);
        var materializer = _system.Materializer();
        var connections = spec.Get("stack") == "our-stream"
            ? IoTcp.Bind(_system, new IPEndPoint(IPAddress.Loopback, 0), backlog: 4096)
            : _system.TcpStream().Bind("127.0.0.1", 0, backlog: 4096);
        Address = connections
            .ToMaterialized(
                Sink.ForEach<Akka.Streams.Dsl.Tcp.IncomingConnection>(
                    connection => connection.HandleWith(Flow.Create<ByteString>(), materializer)),
                Keep.Left)
            .Run(materializer).GetAwaiter().GetResult().LocalAddress;
    }

    public EndPoint Address { get; }

    public async ValueTask DisposeAsync() => await _system.Terminate();
}
