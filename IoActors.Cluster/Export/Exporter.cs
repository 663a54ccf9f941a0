using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.Event;
using Akka.IoActors.Clustering.Routing;
using Akka.IoActors.OpenFiles;
using Akka.IoActors.Supervision;
using Akka.Streams;
using Akka.Streams.Dsl;
using Akka.Util;
using Microsoft.Win32.SafeHandles;

namespace Akka.IoActors.Clustering.Export;

/// <summary>What other nodes speak to: <c>/system/io-actors-roots</c>. Answers each request for a root of this node, and is the parent of its open files.</summary>
internal sealed class Exporter : ActorBase, IWithTimers
{
    internal const string Name = "io-actors-roots";

    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly ExportService _service;
    private readonly Func<RootTable> _table;
    private readonly ActorMaterializer _materializer = Context.Materializer();
    private readonly Dictionary<Address, Peer> _peers = [];
    private readonly Akka.Cluster.Cluster? _cluster;
    private bool _stopping;

    internal Exporter(ExportService service, Func<RootTable> table)
    {
        (_service, _table) = (service, table);
        _cluster = ClusterOf(Context.System);
    }

    /// <summary>Given by Akka.</summary>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>The cluster that a system is in; null if its provider is another.</summary>
    internal static Akka.Cluster.Cluster? ClusterOf(ActorSystem system) =>
        ((ExtendedActorSystem)system).Provider is Akka.Cluster.IClusterActorRefProvider ? Akka.Cluster.Cluster.Get(system) : null;

    protected override SupervisorStrategy SupervisorStrategy() => Akka.IO.Tcp.ConnectionSupervisorStrategy;

    protected override void PostStop()
    {
        foreach (var root in _service.Roots.Values)
        {
            root.Dispose();
        }
    }

    protected override bool Receive(object message)
    {
        switch (message)
        {
            case OpenFileRequest open when Refusal(open.Open) is { } refusal:
                Sender.Tell(refusal, Self);
                return true;
            case OpenFileRequest open:
                OnOpen(open);
                return true;
            case Roots.Request request when Refusal(request) is { } refusal:
                Sender.Tell(refusal, Self);
                return true;
            case Roots.Request request:
                OnRequest(request);
                return true;
            case UnknownRequest unknown:
                Sender.Tell(
                    new Files.Failed("Request", Errno.EPROTONOSUPPORT, $"Request: EPROTONOSUPPORT (this node knows no {unknown.What}: is the other node newer?)")
                    {
                        Tag = unknown.Tag,
                    },
                    Self);
                return true;
            case IoSupervisor.StopServing stop:
                OnStop(stop);
                return true;
            case StopNow:
                Context.Stop(Self);
                return true;
            case Terminated terminated:
                OnTerminated(terminated.ActorRef);
                return true;
            default:
                return false;
        }
    }

    /// <summary>Why a request is not taken in; null if it is.</summary>
    private Files.Failed? Refusal(Roots.Request request)
    {
        var address = Sender.Path.Address;
        if (!address.HasLocalScope && !_service.Settings.Outsiders && _cluster is { } cluster
            && !cluster.State.Members.Any(member => member.Address == address))
        {
            _log.Info("{0} is no member of the cluster, and was refused {1}.", address, request.Name);
            return RequestFailures.Of(request, Errno.EACCES, $"{address} is no member of the cluster, and io-actors-cluster.peers does not allow others");
        }

        if (!address.HasLocalScope && !_service.Settings.Outsiders && _cluster is null)
        {
            return RequestFailures.Of(request, Errno.EACCES, "there is no cluster, and io-actors-cluster.peers does not allow others");
        }

        if (_stopping)
        {
            return RequestFailures.Of(request, Errno.ECANCELED, "the node stops");
        }

        return request is Roots.Describe || _service.Roots.ContainsKey(request.Root)
            ? null
            : RequestFailures.Of(request, Errno.ENOENT, "this node exports no such root");
    }

    // ---- files ----------------------------------------------------------------------------------

    private void OnOpen(OpenFileRequest request)
    {
        if (TryEnter(request.Open, out var peer))
        {
            var gate = new FileGate.Producer(_service, _service.Roots[request.Open.Root], peer, Sender, request);
            Context.Watch(Context.ActorOf(Props.CreateBy(gate)));
        }
    }

    /// <summary>Gives an open file or stream its place in the quota of who asks for it.</summary>
    private bool TryEnter(Roots.Request request, out Peer peer)
    {
        var address = Sender.Path.Address;
        if (!_peers.TryGetValue(address, out peer!))
        {
            // Those that have nothing open any more are forgotten: programs come and go.
            foreach (var (gone, _) in _peers.Where(each => each.Value.IsIdle).ToList())
            {
                _peers.Remove(gone);
            }

            _peers.Add(address, peer = new Peer(_service.Settings));
        }

        if (peer.TryOpen())
        {
            if (request is not Roots.Open)
            {
                // Whoever asked need not last: its node's manager does, as long as the node.
                Context.Watch(((ExtendedActorSystem)Context.System).Provider.ResolveActorRef(new RootActorPath(address) / "system" / ClusterManager.Name));
            }

            return true;
        }

        Sender.Tell(RequestFailures.Of(request, Errno.EMFILE, FormattableString.Invariant(
            $"{address} has {_service.Settings.QuotaOpen} files and streams open")), Self);
        return false;
    }

    // ---- other requests -------------------------------------------------------------------------

    private void OnRequest(Roots.Request request)
    {
        switch (request)
        {
            case Roots.Describe:
                Sender.Tell(new Roots.Described(_table().Nodes) { Tag = request.Tag }, Self);
                return;
            case Roots.Stat:
                Answer(request, Stat(request));
                return;
            case Roots.MkDir make:
                Answer(request, RootOf(request).MkDir(request.Path, make.Mode));
                return;
            case Roots.Unlink:
                Answer(request, RootOf(request).Unlink(request.Path));
                return;
            case Roots.RmDir:
                Answer(request, RootOf(request).RmDir(request.Path));
                return;
            case Roots.Rename rename:
                Answer(request, RootOf(request).Rename(request.Path, rename.NewName));
                return;
            case Roots.List when TryEnter(request, out var peer):
                Answer(request, List(request, peer));
                return;
            case Roots.ReadBody read when TryEnter(request, out var peer):
                Answer(request, ReadBody(read, peer));
                return;
            case Roots.WriteBody write when TryEnter(request, out var peer):
                Answer(request, WriteBody(write, peer, Sender, Self));
                return;
            case Roots.Open:
                Sender.Tell(RequestFailures.Of(request, Errno.EINVAL, "it is for the manager"), Self);
                return;
        }
    }

    private ExportedRoot RootOf(Roots.Request request) => _service.Roots[request.Root];

    private void Answer(Roots.Request request, Task<Errno> work) => Answer(request, Done(request, work));

    private static async Task<object> Done(Roots.Request request, Task<Errno> work)
    {
        var error = await work.ConfigureAwait(false);
        return error == Errno.None ? new Roots.Done { Tag = request.Tag } : RequestFailures.Of(request, error, error.Description());
    }

    private void Answer(Roots.Request request, Task<object> work) => work.PipeTo(
        Sender,
        Self,
        failure: e => RequestFailures.Of(request, (e as IoException)?.Error ?? Errno.EIO, e.Message, request.Changes));

    private async Task<object> Stat(Roots.Request request)
    {
        var (status, error) = await RootOf(request).Stat(request.Path).ConfigureAwait(false);
        return error == Errno.None
            ? new Files.Status(status!) { Tag = request.Tag }
            : RequestFailures.Of(request, error, error.Description());
    }

    // ---- streams --------------------------------------------------------------------------------

    private async Task<object> List(Roots.Request request, Peer peer)
    {
        var opened = await RootOf(request).OpenDirectory(request.Path).ConfigureAwait(false);
        if (!opened.IsSuccess)
        {
            peer.Close();
            return RequestFailures.Of(request, opened.Error, opened.Error.Description());
        }

        var batches = Source.UnfoldResourceAsync(
            () => Task.FromResult(opened.Handle),
            async directory =>
            {
                var read = await _service.Io.Client.ReadDirectoryAsync(directory).ConfigureAwait(false);
                read.ThrowIfFailed();
                return read.Value == 0
                    ? Option<Roots.Entries>.None
                    : new Roots.Entries([.. read.Entries.Select(each => new Roots.Entry(each.Name, each.Type))]);
            },
            directory => Close(directory, peer))
            .SelectMany(batch => Cut(batch, _service.Settings.Frame))
            .Via(peer.Streams.Flow<Roots.Entries>());
        return new Roots.Listing(await batches.RunWith(StreamRefs.SourceRef<Roots.Entries>(), _materializer).ConfigureAwait(false)) { Tag = request.Tag };
    }

    /// <summary>As many entries as fit into a message.</summary>
    private static IEnumerable<Roots.Entries> Cut(Roots.Entries batch, int frame)
    {
        // Beside its name an entry has its type, two tags and two lengths.
        const int beside = 16;
        var (part, size) = (new List<Roots.Entry>(), 0);
        foreach (var entry in batch.Items)
        {
            var more = System.Text.Encoding.UTF8.GetByteCount(entry.Name) + beside;
            if (size + more > frame && part.Count > 0)
            {
                yield return new Roots.Entries(part);
                (part, size) = ([], 0);
            }

            part.Add(entry);
            size += more;
        }

        yield return new Roots.Entries(part);
    }

    private async Task<object> ReadBody(Roots.ReadBody request, Peer peer)
    {
        var (result, error) = await RootOf(request).OpenFile(request.Path, OpenFlags.ReadOnly, 0).ConfigureAwait(false);
        if (error != Errno.None)
        {
            peer.Close();
            return RequestFailures.Of(request, error, error.Description());
        }

        var position = request.Offset;
        var blocks = Source.UnfoldResourceAsync(
            () => Task.FromResult(result.Handle),
            async file =>
            {
                var buffer = new byte[_service.Settings.Frame];
                var read = await _service.Io.Client.PReadAsync(file, buffer, position).ConfigureAwait(false);
                read.ThrowIfFailed();
                if (read.Value == 0)
                {
                    return Option<Files.Block>.None;
                }

                var block = new Files.Block(position, Akka.IO.ByteString.FromBytes(buffer, 0, (int)read.Value));
                position += read.Value;
                return block;
            },
            file => Close(file, peer)).Via(peer.Streams.Flow<Files.Block>());
        return new Roots.Reading(await blocks.RunWith(StreamRefs.SourceRef<Files.Block>(), _materializer).ConfigureAwait(false)) { Tag = request.Tag };
    }

    private async Task<object> WriteBody(Roots.WriteBody request, Peer peer, IActorRef requester, IActorRef self)
    {
        var (result, error) = await RootOf(request).OpenFile(request.Path, request.Flags, request.Mode).ConfigureAwait(false);
        if (error != Errno.None)
        {
            peer.Close();
            return RequestFailures.Of(request, error, error.Description());
        }

        var file = result.Handle;
        var sink = Flow.Create<Files.Block>()
            .Via(peer.Streams.Flow<Files.Block>())
            .SelectAsync(1, async block =>
            {
                var written = await _service.Io.Client.WriteAllAsync(file, block.Bytes.ToArray()).ConfigureAwait(false);
                return written.IsComplete
                    ? written.Transferred
                    : throw new FileException(RequestFailures.Of(request, written.Error, written.Error.Description(), outcomeUnknown: true));
            })
            .ToMaterialized(Sink.Aggregate<long, long>(0, (sum, count) => sum + count), (NotUsed _, Task<long> ended) => ended);
        Task<long> ended = null!;
        var reference = StreamRefs.SinkRef<Files.Block>()
            .ToMaterialized(sink, (way, end) =>
            {
                ended = end;
                return way;
            })
            .Run(_materializer);
        _ = Stored(request, ended, file, peer).PipeTo(requester, self);
        return new Roots.Writing(await reference.ConfigureAwait(false)) { Tag = request.Tag };
    }

    /// <summary>Closes the file when its stream has ended, however, and says what has become of it.</summary>
    private async Task<object> Stored(Roots.WriteBody request, Task<long> ended, SafeFileHandle file, Peer peer)
    {
        object answer;
        try
        {
            answer = new Roots.Stored(await ended.ConfigureAwait(false)) { Tag = request.Tag };
            if (request.Sync)
            {
                (await _service.Io.Client.FSyncAsync(file).ConfigureAwait(false)).ThrowIfFailed();
            }
        }
        catch (Exception e)
        {
            answer = e is FileException { Failure: var failure }
                ? failure
                : RequestFailures.Of(request, (e as IoException)?.Error ?? Errno.ECONNRESET, e.Message, outcomeUnknown: true);
        }

        await Close(file, peer).ConfigureAwait(false);
        return answer;
    }

    private async Task<Akka.Done> Close(SafeFileHandle file, Peer peer)
    {
        peer.Close();
        await _service.Io.Client.CloseAsync(file).ConfigureAwait(false);
        return Akka.Done.Instance;
    }

    // ---- the end --------------------------------------------------------------------------------

    /// <summary>A file has been closed; or a peer has gone, whose streams end.</summary>
    private void OnTerminated(IActorRef actor)
    {
        if (actor.Path.Name == ClusterManager.Name && _peers.Remove(actor.Path.Address, out var peer))
        {
            peer.Streams.Abort(new FileException(new Files.Failed("Stream", Errno.EHOSTDOWN, $"{actor.Path.Address} has gone", OutcomeUnknown: true)));
        }

        StopIfIdle();
    }

    /// <summary>Has the files finish what they have; those that take too long are stopped.</summary>
    private void OnStop(IoSupervisor.StopServing stop)
    {
        _stopping = true;
        _materializer.Shutdown();
        foreach (var gate in Context.GetChildren())
        {
            gate.Tell(stop, Self);
        }

        Timers.StartSingleTimer(nameof(StopNow), StopNow.Instance, stop.Deadline);
        StopIfIdle();
    }

    private void StopIfIdle()
    {
        if (_stopping && !Context.GetChildren().Any(child => child.Path.Name[0] == '$'))
        {
            Context.Stop(Self);
        }
    }

    internal sealed class Producer(ExportService service, Func<RootTable> table) : IIndirectActorProducer
    {
        public Type ActorType => typeof(Exporter);

        public ActorBase Produce() => new Exporter(service, table);

        public void Release(ActorBase actor)
        {
        }
    }

    private sealed record StopNow : LocalMessage
    {
        internal static readonly StopNow Instance = new();
    }
}

/// <summary>A request of a kind that is not known here.</summary>
internal sealed record UnknownRequest(string What, long Tag);
