using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.Configuration;
using Akka.IO;
using Akka.IoActors.Clustering.Export;
using Akka.IoActors.Clustering.Handles;
using Akka.IoActors.Clustering.Routing;
using Akka.IoActors.Supervision;
using Akka.Streams;
using Akka.Streams.Dsl;

namespace Akka.IoActors.Clustering;

/// <summary>
/// Files of other nodes: <c>system.IoCluster()</c>. A node exports the roots that its configuration names (<c>io-actors-cluster.roots</c>), and uses those of
/// the others; a node without roots needs no I/O service of its own.
/// </summary>
public sealed class IoCluster : IExtension
{
    private readonly ActorSystem _system;
    private readonly Lazy<ActorMaterializer> _materializer;

    // Written by the manager, read by the exporter and whoever asks.
    private volatile RootTable _table = RootTable.Empty;

    internal IoCluster(ExtendedActorSystem system)
    {
        system.Settings.InjectTopLevelFallback(ClusterSettings.DefaultConfig());
        ClusterSerializer.Register(system);

        // What is said to a handle that has ended is answered, too.
        UndeliveredOperations.Watch(system);
        _system = system;
        _materializer = new Lazy<ActorMaterializer>(() => system.Materializer());
        Settings = new ClusterSettings(system.Settings.Config);
        var address = Exporter.ClusterOf(system)?.SelfAddress ?? system.Provider.DefaultAddress;
        var name = Settings.NodeName.Length > 0 ? Settings.NodeName
            : address.Host is null ? "local" : FormattableString.Invariant($"{address.Host}:{address.Port}");
        RootNode? own = null;
        if (Settings.Roots.Count > 0)
        {
            if (Exporter.ClusterOf(system) is { } cluster && !cluster.SelfRoles.Contains(ClusterManager.Role))
            {
                throw new ConfigurationException("io-actors-cluster.roots: a node that exports roots needs the role \"io\" (akka.cluster.roles).");
            }

            var io = system.IoActors();
            var roots = Settings.Roots.ToDictionary(
                each => each.Export.Name, each => ExportedRoot.Open(io.Client, each.Export, each.Path).GetAwaiter().GetResult(), StringComparer.Ordinal);
            var service = new ExportService(io, Settings, roots, new AppendLedger(Settings, TimeProvider.System));
            own = new RootNode(name, address, service.Exports);
            _table = _table.With(own);
            var exporter = system.SystemActorOf(Props.CreateBy(new Exporter.Producer(service, () => _table)), Exporter.Name);
            io.Supervisor.Tell(new IoSupervisor.Serve(exporter));
        }

        Manager = system.SystemActorOf(Props.CreateBy(new ClusterManager.Producer(Settings, own, Ledger, table => _table = table)), ClusterManager.Name);
    }

    /// <summary>Takes the requests of this node: tell or ask it <see cref="Roots.Open"/> and the others.</summary>
    public IActorRef Manager { get; }

    /// <summary>The nodes that are known to export something, this one included.</summary>
    public IReadOnlyList<RootNode> Nodes => _table.Nodes;

    internal ClusterSettings Settings { get; }

    /// <summary>Counts what this node asks of others.</summary>
    internal OperationLedger Ledger { get; } = new();

    /// <summary>Asks a node that is no member of this one's cluster, by host:port, what it and its cluster export.</summary>
    internal async Task Learn(string node, CancellationToken cancellation)
    {
        try
        {
            await Manager.Ask<Roots.Described>(new ClusterManager.Learn(node), Settings.RequestTimeout, cancellation).ConfigureAwait(false);
        }
        catch (AskTimeoutException)
        {
            throw new FileException(RequestFailures.Of(
                new Roots.Describe(), Errno.ETIMEDOUT, $"{node} has not answered within {Settings.RequestTimeout}"));
        }
    }

    /// <summary>The entries of a directory.</summary>
    /// <param name="root">The name of the root.</param>
    /// <param name="path">The directory beneath it.</param>
    /// <param name="node">The node; see <see cref="Roots.Request.Node"/>.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="FileException">It cannot be listed.</exception>
    public async IAsyncEnumerable<Roots.Entry> ListAsync(
        string root, string path, string? node = null, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        var request = new Roots.List(root, path) { Node = node };
        var listing = await Manager.Ask(request, cancellation).ConfigureAwait(false);
        await foreach (var batch in listing.Batches.Guarded(_system, listing.Exporter, request).RunAsAsyncEnumerable(_materializer.Value).WithCancellation(cancellation).ConfigureAwait(false))
        {
            foreach (var entry in batch.Items)
            {
                yield return entry;
            }
        }
    }

    /// <summary>A file's bytes as a source, with back-pressure over the wire (StreamRefs). It is opened when the stream is run.</summary>
    /// <param name="root">The name of the root.</param>
    /// <param name="path">The file beneath it.</param>
    /// <param name="offset">Where to start, in bytes from the start of the file.</param>
    /// <param name="node">The node; see <see cref="Roots.Request.Node"/>.</param>
    /// <returns>The source. It fails with a <see cref="FileException"/> if the file cannot be opened, and when its node goes.</returns>
    public Source<ByteString, NotUsed> Source(string root, string path, long offset = 0, string? node = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        var request = new Roots.ReadBody(root, path, offset) { Node = node };
        return Akka.Streams.Dsl.Source
            .Lazily(() => Akka.Streams.Dsl.Source.FromTaskSource(Blocks(request)))
            .Select(block => block.Bytes)
            .MapMaterializedValue(_ => NotUsed.Instance);

        async Task<Source<Files.Block, NotUsed>> Blocks(Roots.ReadBody read)
        {
            var reading = await Manager.Ask(read).ConfigureAwait(false);
            return reading.Blocks.Guarded(_system, reading.Exporter, read);
        }
    }

    /// <summary>A sink into a file of a plain root, with back-pressure over the wire (StreamRefs).</summary>
    /// <param name="root">The name of the root.</param>
    /// <param name="path">The file beneath it.</param>
    /// <param name="flags">How it is opened; made, or cut to nothing, unless told otherwise.</param>
    /// <param name="sync">Whether it is on the device before the sink completes.</param>
    /// <param name="node">The node; see <see cref="Roots.Request.Node"/>.</param>
    /// <returns>
    /// The sink. It materializes the bytes that are in the file, once that is closed; or a <see cref="FileException"/>, which says if it is unknown how much is.
    /// </returns>
    public Sink<ByteString, Task<long>> Sink(
        string root, string path, OpenFlags flags = OpenFlags.WriteOnly | OpenFlags.Create | OpenFlags.Truncate, bool sync = false, string? node = null)
    {
        var request = new Roots.WriteBody(root, path, flags, Sync: sync) { Node = node };
        var frame = Settings.Frame;
        return Flow.Create<ByteString>()
            .SelectMany(bytes => Cut(bytes, frame))
            .ToMaterialized(Akka.Streams.Dsl.Sink.AsPublisher<Files.Block>(fanout: false), (_, blocks) => Store(request, blocks));
    }

    /// <summary>Asks for a way into the file, and sends the stream there.</summary>
    private async Task<long> Store(Roots.WriteBody request, Reactive.Streams.IPublisher<Files.Block> blocks)
    {
        var answers = new BodyAnswers();
        _ = _system.ActorOf(Props.CreateBy(new BodyReceiver.Producer(Manager, request, answers)));
        var source = Akka.Streams.Dsl.Source.FromPublisher(blocks);
        Sink<Files.Block, NotUsed> sink;
        try
        {
            sink = (await answers.Writing.Task.ConfigureAwait(false)).Blocks.Sink;
        }
        catch (FileException)
        {
            source.RunWith(Akka.Streams.Dsl.Sink.Cancelled<Files.Block>(), _materializer.Value);
            throw;
        }

        var stream = source.ViaMaterialized(KillSwitches.Single<Files.Block>(), Akka.Streams.Dsl.Keep.Right).To(sink).Run(_materializer.Value);
        try
        {
            return (await answers.Stored.Task.ConfigureAwait(false)).Count;
        }
        catch (FileException e)
        {
            // A node that has gone asks for no more, and ends nothing.
            stream.Abort(e);
            throw;
        }
    }

    private static IEnumerable<Files.Block> Cut(ByteString bytes, int frame)
    {
        for (var start = 0; start < bytes.Count; start += frame)
        {
            yield return new Files.Block(0, bytes.Slice(start, Math.Min(frame, bytes.Count - start)));
        }
    }
}

/// <summary>Gives an actor system its part in the cluster's files.</summary>
public static class IoClusterExtensions
{
    /// <summary>The files of the cluster, as this system exports and uses them; started by the first call.</summary>
    /// <param name="system">The actor system, with the provider <c>cluster</c> or <c>remote</c>.</param>
    /// <exception cref="ConfigurationException">The configuration is wrong, or a root cannot be opened.</exception>
    public static IoCluster IoCluster(this ActorSystem system)
    {
        ArgumentNullException.ThrowIfNull(system);
        return system.WithExtension<IoCluster, Provider>();
    }

    private sealed class Provider : ExtensionIdProvider<IoCluster>
    {
        public override IoCluster CreateExtension(ExtendedActorSystem system) => new(system);
    }
}
