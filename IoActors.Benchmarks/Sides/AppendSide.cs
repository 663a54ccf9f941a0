using System;
using System.IO;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.IO;
using Microsoft.Win32.SafeHandles;

namespace Akka.IoActors.Benchmarks.Sides;

/// <summary>Writers that append 4 KiB and wait until it is on the device. An operation is both.</summary>
internal sealed class AppendSide : ServiceSide
{
    private readonly SafeFileHandle _file;

    public AppendSide(SideSpec spec)
        : base(spec)
    {
        _file = Io.Client.OpenAsync(
                Path.Combine(spec.Get("folder"), "appended-by-us"),
                OpenFlags.WriteOnly | OpenFlags.Create | OpenFlags.Truncate | OpenFlags.Append)
            .AsTask().GetAwaiter().GetResult().ThrowIfFailed().Handle;
    }

    public override async Task<Sample> Run(TimeSpan time)
    {
        (await Io.Client.FTruncateAsync(_file, 0)).ThrowIfFailed();
        return await TaskLoad.Run(Spec.Number("qd"), time, latencies: true, async (_, load) =>
        {
            var buffer = Buffers.Make();
            do
            {
                (await Io.Client.WriteAsync(_file, buffer)).ThrowIfFailed();
                (await Io.Client.FDataSyncAsync(_file)).ThrowIfFailed();
            }
            while (load.Next());
        });
    }
}

/// <summary>The same by a file as an actor: a durable Append, asked for.</summary>
internal sealed class AppendActorSide : ServiceSide
{
    private readonly IActorRef _file;

    public AppendActorSide(SideSpec spec)
        : base(spec)
    {
        var path = Path.Combine(spec.Get("folder"), "appended-by-an-actor");
        _file = Io.Files
            .Ask(new Files.Open(path, OpenFlags.WriteOnly | OpenFlags.Create | OpenFlags.Truncate | OpenFlags.Append, owner: ActorRefs.Nobody))
            .GetAwaiter().GetResult().File;
    }

    public override async Task<Sample> Run(TimeSpan time)
    {
        await _file.Ask(new Files.FTruncate(0));
        return await TaskLoad.Run(Spec.Number("qd"), time, latencies: true, async (_, load) =>
        {
            var append = new Files.Append(ByteString.FromBytes(Buffers.Make().ToArray()));
            do
            {
                await _file.Ask(append);
            }
            while (load.Next());
        });
    }
}

/// <summary>The same by FileStream.Flush(true), a stream a task.</summary>
internal sealed class AppendStreamSide(SideSpec spec) : ISide
{
    public async Task<Sample> Run(TimeSpan time)
    {
        var path = Path.Combine(spec.Get("folder"), "appended-by-net");
        File.Delete(path);
        return await TaskLoad.Run(spec.Number("qd"), time, latencies: true, async (_, load) =>
        {
            var buffer = Buffers.Make();
            var stream = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite, 0, useAsync: true);
            do
            {
                await stream.WriteAsync(buffer);
                stream.Flush(flushToDisk: true);
            }
            while (load.Next());
        });
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
