using System;
using System.IO;
using System.Linq;
using System.Threading.Tasks;

namespace Akka.IoActors.Benchmarks.Sides;

/// <summary>1 MiB writes, <c>qd</c> of them at once, in ascending order, then FSync. An operation is a MiB.</summary>
internal sealed class WriteSide(SideSpec spec) : ServiceSide(spec)
{
    public override async Task<Sample> Run(TimeSpan time)
    {
        var path = Path.Combine(Spec.Get("folder"), "written-by-us");
        using var file = (await Io.Client.OpenAsync(path, OpenFlags.WriteOnly | OpenFlags.Create | OpenFlags.Truncate))
            .ThrowIfFailed().Handle;
        var next = -1;
        var meter = new Meter();
        await Task.WhenAll(Enumerable.Range(0, Spec.Number("qd")).Select(n => Task.Run(async () =>
        {
            var buffer = Buffers.Make(1 << 20);
            buffer.Span.Fill((byte)n);
            for (int block; (block = global::System.Threading.Interlocked.Increment(ref next)) < Spec.Number("mib");)
            {
                (await Io.Client.WriteAllAsync(file, buffer, (long)block << 20)).ToString();
            }
        })));
        (await Io.Client.FSyncAsync(file)).ThrowIfFailed();
        return meter.Stop(Spec.Number("mib"));
    }
}

/// <summary>The same by RandomAccess.WriteAsync.</summary>
internal sealed class WriteAsyncSide(SideSpec spec) : ISide
{
    public async Task<Sample> Run(TimeSpan time)
    {
        var path = Path.Combine(spec.Get("folder"), "written-by-net");
        using var file = File.OpenHandle(path, FileMode.Create, FileAccess.Write, FileShare.None, FileOptions.Asynchronous);
        var next = -1;
        var meter = new Meter();
        await Task.WhenAll(Enumerable.Range(0, spec.Number("qd")).Select(n => Task.Run(async () =>
        {
            var buffer = Buffers.Make(1 << 20);
            buffer.Span.Fill((byte)n);
            for (int block; (block = global::System.Threading.Interlocked.Increment(ref next)) < spec.Number("mib");)
            {
                await RandomAccess.WriteAsync(file, buffer, (long)block << 20);
            }
        })));
        RandomAccess.FlushToDisk(file);
        return meter.Stop(spec.Number("mib"));
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
