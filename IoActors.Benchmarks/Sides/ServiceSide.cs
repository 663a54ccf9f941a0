using System;
using System.IO;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.Configuration;
using Microsoft.Win32.SafeHandles;

namespace Akka.IoActors.Benchmarks.Sides;

/// <summary>The ground of our sides: an actor system with an I/O service.</summary>
internal abstract class ServiceSide : ISide
{
    protected ServiceSide(SideSpec spec)
    {
        Spec = spec;
        System = ActorSystem.Create("bench", ConfigurationFactory.ParseString(
            $$"""
            io-actors.backend = {{spec.Get("backend", "io-uring")}}
            io-actors.loops = {{spec.Number("loops")}}
            io-actors.client.inline-cached-reads = {{(spec.Is("inline") ? "on" : "off")}}
            io-actors.offload.threads = {{spec.Number("threads", 32)}}
            io-actors.max-in-flight = 200000
            io-actors.max-waiting-per-requester = 200000
            io-actors.max-waiting = 200000
            io-actors.loop-dispatcher.affinity = {{spec.Get("affinity", "off")}}
            io-actors.restart.reset-after = {{spec.Get("reset", "10s")}}
            akka.loglevel = WARNING
            akka.log-dead-letters = off
            """));
        Io = System.IoActors();
    }

    protected SideSpec Spec { get; }

    protected ActorSystem System { get; }

    protected IoActorsExtension Io { get; }

    public abstract Task<Sample> Run(TimeSpan time);

    public virtual async ValueTask DisposeAsync() => await System.Terminate();

    /// <summary>Opens the file that is read.</summary>
    protected SafeFileHandle OpenData() => Io.Client.OpenAsync(
            Spec.Get("file"), Spec.Is("direct") ? OpenFlags.ReadOnly | OpenFlags.Direct : OpenFlags.ReadOnly)
        .AsTask().GetAwaiter().GetResult().ThrowIfFailed().Handle;

    /// <summary>A block of the file, at random.</summary>
    internal static long RandomOffset(Random random, long blocks) => random.NextInt64(blocks) * Buffers.Size;

    internal static long BlocksOf(SideSpec spec) => new FileInfo(spec.Get("file")).Length / Buffers.Size;
}
