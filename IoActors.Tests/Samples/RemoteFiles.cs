using System.Threading.Tasks;
using Akka.Actor;
using Akka.IO;
using Akka.IoActors.Clustering;
using Akka.Streams;
using Akka.Streams.Dsl;

namespace Akka.IoActors.Tests.Samples;

/// <summary>docs/cluster.md: a file of another node.</summary>
internal static class RemoteFiles
{
    internal static async Task<(Files.Appended Appended, ByteString Bytes)> Use(ActorSystem system, IActorRef owner)
    {
        var files = system.IoCluster();
        var log = (await files.Manager.Ask(new Roots.Open("data", "app/log", OpenFlags.WriteOnly | OpenFlags.Create | OpenFlags.Append, owner: owner))).File;
        var appended = await log.Ask(new Files.Append(ByteString.FromString("a line\n")) { Key = Files.Append.NewKey() });
        await log.Ask(new Files.Close());

        var bytes = await files.Source("data", "app/log").RunAggregate(ByteString.Empty, (all, part) => all + part, system.Materializer());
        return (appended, bytes);
    }
}
