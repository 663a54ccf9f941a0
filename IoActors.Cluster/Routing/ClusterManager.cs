using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.Cluster;
using Akka.Event;
using Akka.IoActors.Clustering.Export;
using Akka.IoActors.Clustering.Handles;
using Akka.IoActors.OpenFiles;
using Akka.Streams;
using Akka.Streams.Dsl;

namespace Akka.IoActors.Clustering.Routing;

/// <summary>
/// Knows which nodes export what, sends each request where it belongs, and answers it once, at the latest when the time for it is over. The parent of
/// the handles. <c>/system/io-actors-cluster</c>.
/// </summary>
/// <remarks>
/// The nodes are the members of the cluster with the role "io", asked for their roots when they come up, and again until they have answered. From outside
/// of a cluster they are what the node that a request names knows.
/// </remarks>
internal sealed class ClusterManager : ActorBase, IWithTimers
{
    internal const string Name = "io-actors-cluster";
    internal const string Role = "io";

    private static readonly TimeSpan s_ask = TimeSpan.FromMilliseconds(500);

    /// <summary>How often those that wait are looked at.</summary>
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(100);

    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly ClusterSettings _settings;
    private readonly Action<RootTable> _publish;
    private readonly Akka.Cluster.Cluster? _cluster;
    private readonly IActorRefProvider _provider;
    private readonly ActorMaterializer _materializer = Context.Materializer();
    private readonly RootNode? _own;
    private readonly HandleContext _context;

    /// <summary>Who is to be asked for roots until it answers: those that are new, and those that did not answer a request.</summary>
    private readonly HashSet<Address> _asking = [];
    private readonly HashSet<Address> _suspects = [];
    private readonly List<IActorRef> _learning = [];
    private readonly List<(Roots.Request Request, IActorRef Sender, long Until)> _waiting = [];
    private RootTable _table = RootTable.Empty;

    internal ClusterManager(ClusterSettings settings, RootNode? own, OperationLedger ledger, Action<RootTable> publish)
    {
        (_settings, _own, _publish) = (settings, own, publish);
        _context = new HandleContext(settings, Self, ledger);
        _cluster = Exporter.ClusterOf(Context.System);
        _provider = ((ExtendedActorSystem)Context.System).Provider;
    }

    /// <summary>Given by Akka.</summary>
    public ITimerScheduler Timers { get; set; } = null!;

    protected override SupervisorStrategy SupervisorStrategy() => Akka.IO.Tcp.ConnectionSupervisorStrategy;

    protected override void PreStart()
    {
        if (_own is not null)
        {
            Update(_table.With(_own));
        }

        _cluster?.Subscribe(Self, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsEvents, typeof(ClusterEvent.MemberUp), typeof(ClusterEvent.MemberRemoved));
        Timers.StartPeriodicTimer(nameof(AskAgain), AskAgain.Instance, s_ask);
    }

    protected override void PostStop()
    {
        _cluster?.Unsubscribe(Self);
        foreach (var (request, sender, _) in _waiting)
        {
            sender.Tell(RequestFailures.Of(request, Errno.ECANCELED, "the system ends"), Self);
        }
    }

    protected override bool Receive(object message)
    {
        switch (message)
        {
            case Roots.Describe describe:
                Sender.Tell(new Roots.Described(_table.Nodes) { Tag = describe.Tag }, Self);
                return true;
            case Learn learn when AddressOf(learn.Node) is { } address:
                _asking.Add(address);
                Describe(address);
                _learning.Add(Sender);
                return true;
            case Roots.Open { Owner: null } open when Refs.IsTemporary(Sender):
                Sender.Tell(RequestFailures.Of(open, Errno.EINVAL, "an Ask must name an owner, or ActorRefs.Nobody"), Self);
                return true;
            case Roots.Request request when !Sender.Path.Address.HasLocalScope && Sender.Path.Address != _provider.DefaultAddress:
                Sender.Tell(RequestFailures.Of(request, Errno.EACCES, "it comes from another node, and a manager is for its own"), Self);
                return true;
            case Roots.Request request:
                if (_waiting.Count >= _settings.QuotaInFlight)
                {
                    Refuse(request, Sender, Errno.EAGAIN, FormattableString.Invariant($"{_waiting.Count} requests wait for a node"));
                }
                else if (!TryRoute(request, Sender, isLate: false))
                {
                    _waiting.Add((request, Sender, Environment.TickCount64 + (long)_settings.RequestTimeout.TotalMilliseconds));
                    Timers.StartSingleTimer(nameof(Tick), Tick.Instance, s_look);
                }

                return true;
            case Roots.Described when !_asking.Contains(Sender.Path.Address):
                // Late, or made up.
                return true;
            case Roots.Described described:
                OnDescribed(described);
                return true;
            case Files.Failed failed:
                // It is asked again: it may not know yet that this node is in the cluster.
                _log.Debug("{0} does not say what it exports: {1}", Sender.Path.Address, failed.Message);
                return true;
            case ClusterEvent.MemberUp { Member: var member } when member.HasRole(Role) && member.Address != _cluster!.SelfAddress:
                AskFor(member.Address);
                return true;
            case ClusterEvent.MemberRemoved { Member: var member }:
                _asking.Remove(member.Address);
                _suspects.Remove(member.Address);
                Update(_table.Without(member.Address));
                return true;
            case ClusterEvent.IMemberEvent:
                return true;
            case Suspect suspect:
                if (suspect.Address != _own?.Address && _suspects.Add(suspect.Address))
                {
                    AskFor(suspect.Address);
                }

                return true;
            case AskAgain:
                foreach (var address in _asking)
                {
                    Describe(address);
                }

                return true;
            case Tick:
                Retry();
                return true;
            default:
                return false;
        }
    }

    // ---- who there is ---------------------------------------------------------------------------

    private void AskFor(Address address)
    {
        if (_asking.Add(address))
        {
            Describe(address);
        }
    }

    private void Describe(Address address) => ExporterAt(address).Tell(new Roots.Describe(), Self);

    private void OnDescribed(Roots.Described described)
    {
        var from = Sender.Path.Address;
        _asking.Remove(from);
        _suspects.Remove(from);
        var isMember = _cluster?.State.Members.Any(member => member.Address == from) ?? false;
        var table = _table;
        foreach (var node in described.Nodes.Where(node => node.Address == from || !isMember))
        {
            table = node.Address == _own?.Address ? table : table.With(node);
        }

        Update(table);
        Retry();
        _learning.ForEach(each => each.Tell(described, Self));
        _learning.Clear();
    }

    private void Update(RootTable table)
    {
        _table = table;
        _publish(table);
    }

    private IActorRef ExporterAt(Address address) => _provider.ResolveActorRef(new RootActorPath(address) / "system" / Exporter.Name);

    private Target TargetOf(RootNode node) => new(node.Name, node.Address, ExporterAt(node.Address));

    // ---- requests -------------------------------------------------------------------------------

    private void Retry()
    {
        var now = Environment.TickCount64;
        for (var i = _waiting.Count - 1; i >= 0; i--)
        {
            var (request, sender, until) = _waiting[i];
            if (TryRoute(request, sender, isLate: now >= until))
            {
                _waiting.RemoveAt(i);
            }
        }

        if (_waiting.Count > 0)
        {
            Timers.StartSingleTimer(nameof(Tick), Tick.Instance, s_look);
        }
    }

    /// <summary>Sends a request where it belongs, or answers that it belongs nowhere.</summary>
    /// <returns>False if it has to wait for a node that is to be known.</returns>
    private bool TryRoute(Roots.Request request, IActorRef sender, bool isLate)
    {
        var named = request.Node is { } wanted ? _table.Nodes.FirstOrDefault(node => IsNamed(node, wanted)) : null;
        if (request.Node is { } name && named is null)
        {
            // From outside of a cluster it may be any node, which is to be asked.
            var address = _cluster is null ? AddressOf(name) : null;
            if (_cluster is null && address is null)
            {
                return Refuse(request, sender, Errno.EINVAL, $"{name} is no node that is known, and no host:port");
            }

            if (address is not null && !isLate)
            {
                AskFor(address);
            }

            if (address is not null && isLate)
            {
                // Whoever asks for it next has it asked again: names are the user's, and without number.
                _asking.Remove(address);
            }

            return isLate && Refuse(request, sender, Errno.EHOSTUNREACH, $"no node {name} has answered within {_settings.RequestTimeout}");
        }

        var exporters = _table.Exporters(request.Root);
        if (exporters.Count == 0)
        {
            return (named is not null || isLate) && Refuse(request, sender, Errno.ENOENT, $"no node exports a root {request.Root}");
        }

        var export = exporters[0].Export;
        if (!export.Sharded)
        {
            var nodes = exporters.Select(each => each.Node).Where(node => named is null || node == named).ToList();
            return nodes switch
            {
                [] => Refuse(request, sender, Errno.ENOENT, $"{request.Node} exports no root {request.Root}"),
                [var node] => Send(request, sender, export, [TargetOf(node)]),
                _ => Refuse(request, sender, Errno.EINVAL, $"the root is exported by {string.Join(", ", nodes.Select(node => node.Name))}: name one"),
            };
        }

        if (exporters.FirstOrDefault(each => each.Export != export) is { Node: { } other })
        {
            return Refuse(request, sender, Errno.EINVAL, $"{exporters[0].Node.Name} and {other.Name} do not say the same of the root");
        }

        if (exporters.Count < export.MinNodes)
        {
            return isLate && Refuse(request, sender, Errno.EAGAIN, FormattableString.Invariant($"{exporters.Count} of {export.MinNodes} nodes export the root"));
        }

        return Send(request, sender, export, [.. RootTable.Prefer(exporters.Select(each => each.Node), request.Path).Select(TargetOf)]);
    }

    private bool Refuse(Roots.Request request, IActorRef sender, Errno error, string why)
    {
        sender.Tell(RequestFailures.Of(request, error, why), Self);
        return true;
    }

    private static bool IsNamed(RootNode node, string name) =>
        node.Name == name || FormattableString.Invariant($"{node.Address.Host}:{node.Address.Port}") == name;

    /// <summary>host:port as an address of a system that is named as this one.</summary>
    private Address? AddressOf(string name) =>
        Uri.TryCreate($"tcp://{name}", UriKind.Absolute, out var uri) && uri.Port > 0 && uri.AbsolutePath.Length <= 1
            ? _provider.DefaultAddress.WithHost(uri.Host).WithPort(uri.Port)
            : null;

    private bool Send(Roots.Request request, IActorRef sender, RootExport export, IReadOnlyList<Target> targets)
    {
        var replicas = targets.Take(export.Replicas).ToList();
        switch (request)
        {
            case Roots.Open open:
                var owner = open.Owner ?? sender;
                IIndirectActorProducer handle = export.Replicas == 1
                    ? new FileHandle.Producer(_context, replicas[0], open, sender, owner)
                    : new ReplicatedFile.Producer(_context, Prompt(replicas, export), export.Replicas, export.Quorum, open, sender, owner);
                Context.ActorOf(Props.CreateBy(handle));
                return true;
            case Roots.Rename rename when export.Sharded && !IsSamePlace(rename, targets, export):
                return Refuse(request, sender, Errno.EXDEV, "the new name belongs to other nodes");
            case Roots.WriteBody when export.Replicas > 1:
                return Refuse(request, sender, Errno.EOPNOTSUPP, "a stream goes to one node: open the file, and write to its handle");
            case Roots.List when export.Sharded:
                Reply(request, ListAll(request, targets, export), sender);
                return true;
            case Roots.MkDir or Roots.RmDir when export.Sharded:
                // So many that a quorum of any file's nodes has it.
                Reply(request, Everywhere(request, targets, targets.Count - replicas.Count + export.Quorum), sender);
                return true;
            case Roots.Unlink or Roots.Rename:
                Reply(request, Everywhere(request, replicas, export.Quorum), sender);
                return true;
            case Roots.WriteBody write:
                Context.ActorOf(Props.CreateBy(new BodyWriter.Producer(_settings, write, targets[0], sender)));
                return true;
            default:
                Reply(request, FirstOf(request, replicas), sender);
                return true;
        }
    }

    /// <summary>Whatever becomes of it is an answer.</summary>
    private void Reply(Roots.Request request, Task<object> work, IActorRef sender) =>
        work.PipeTo(sender, Self, failure: e => RequestFailures.Of(request, Errno.EIO, e.Message, request.Changes));

    /// <summary>Those that are not suspected, unless too few would be left: nobody waits for a node that did not answer a moment ago.</summary>
    private List<Target> Prompt(List<Target> replicas, RootExport export)
    {
        var prompt = replicas.Where(target => !_suspects.Contains(target.Address)).ToList();
        return prompt.Count >= export.Quorum ? prompt : replicas;
    }

    private bool IsSamePlace(Roots.Rename rename, IReadOnlyList<Target> targets, RootExport export)
    {
        var newPath = RootPath.Join(RootPath.Split(rename.Path).Directory, rename.NewName);
        var there = RootTable.Prefer(_table.Exporters(rename.Root).Select(each => each.Node), newPath).Take(export.Replicas).Select(node => node.Name);
        return targets.Take(export.Replicas).Select(target => target.Name).ToHashSet().SetEquals(there);
    }

    /// <summary>Asks one node, and answers for it if it does not.</summary>
    private Task<object> AskOne(Roots.Request request, Target target) => AskOne(request, target, _suspects.Contains(target.Address));

    private async Task<object> AskOne(Roots.Request request, Target target, bool isSuspect)
    {
        if (isSuspect)
        {
            return RequestFailures.Of(request, Errno.EHOSTUNREACH, $"{target.Name} has not answered of late");
        }

        object answer;
        _context.Ledger.Send();
        try
        {
            answer = await target.Exporter.Ask<object>(request with { Node = null }, _settings.RequestTimeout).ConfigureAwait(false);
            answer = answer switch
            {
                Files.Failed failed => failed with { Message = $"{failed.Message}, on {target.Name}" },
                Roots.Listing listing => listing with { Exporter = target.Exporter },
                Roots.Reading reading => reading with { Exporter = target.Exporter },
                _ => answer,
            };
        }
        catch (AskTimeoutException)
        {
            _context.Manager.Tell(new Suspect(target.Address));
            answer = RequestFailures.Of(request, Errno.ETIMEDOUT, $"{target.Name} has not answered within {_settings.RequestTimeout}", request.Changes);
        }

        _context.Ledger.Answer(answer);
        return answer;
    }

    /// <summary>Asks one node after another until one has it.</summary>
    private async Task<object> FirstOf(Roots.Request request, IReadOnlyList<Target> targets)
    {
        // Looked up here, on the actor's own thread: what it knows of suspects is its own.
        var asked = targets.Select(target => (Target: target, IsSuspect: _suspects.Contains(target.Address))).ToList();
        object? best = null;
        foreach (var (target, isSuspect) in asked)
        {
            var answer = await AskOne(request, target, isSuspect).ConfigureAwait(false);
            if (answer is not Files.Failed failed)
            {
                return answer;
            }

            best = best is Files.Failed { Error: not Errno.ENOENT } ? best : failed;
        }

        return best!;
    }

    /// <summary>Asks all at once, and is content when enough have done it.</summary>
    private async Task<object> Everywhere(Roots.Request request, IReadOnlyList<Target> targets, int wanted)
    {
        var answers = await Task.WhenAll(targets.Select(target => AskOne(request, target)).ToList()).ConfigureAwait(false);
        var done = answers.FirstOrDefault(answer => answer is not Files.Failed);
        var failures = answers.OfType<Files.Failed>().ToList();

        // Where it is so already, nothing was left to be done. A name that is missing cannot be given another, though.
        Errno? already = request switch { Roots.MkDir => Errno.EEXIST, Roots.Unlink or Roots.RmDir => Errno.ENOENT, _ => null };
        var good = answers.Length - failures.Count(failed => done is null || failed.Error != already);
        if (done is not null && good >= wanted)
        {
            return done;
        }

        var worst = failures.Count == 0 ? Errno.EHOSTUNREACH : failures.GroupBy(failed => failed.Error).MaxBy(group => group.Count())!.Key;
        return failures.Count == 1 && targets.Count == 1
            ? failures[0]
            : RequestFailures.Of(
                request,
                worst,
                FormattableString.Invariant(
                    $"done by {good} of {targets.Count} nodes, {wanted} are wanted{string.Concat(failures.Select(failed => $"; {failed.Message}"))}"),
                outcomeUnknown: done is not null || failures.Exists(failed => failed.OutcomeUnknown));
    }

    /// <summary>The listings of all nodes as one, each name once.</summary>
    private async Task<object> ListAll(Roots.Request request, IReadOnlyList<Target> targets, RootExport export)
    {
        var system = Context.System;
        var answers = await Task.WhenAll(targets.Select(target => AskOne(request, target)).ToList()).ConfigureAwait(false);
        var listings = answers.OfType<Roots.Listing>().ToList();
        var failures = answers.OfType<Files.Failed>().Where(failed => failed.Error != Errno.ENOENT || listings.Count == 0).ToList();
        if (listings.Count == 0 || failures.Count >= export.Quorum)
        {
            // So many are missing that a file that was said to be written may be on those alone.
            return failures[0];
        }

        var names = new HashSet<string>();
        var all = Source.From(listings)
            .ConcatMany(listing => listing.Batches.Guarded(system, listing.Exporter, request))
            .Select(batch => new Roots.Entries([.. batch.Items.Where(entry => names.Add(entry.Name))]));
        return new Roots.Listing(await all.RunWith(StreamRefs.SourceRef<Roots.Entries>(), _materializer).ConfigureAwait(false)) { Tag = request.Tag };
    }

    internal sealed class Producer(ClusterSettings settings, RootNode? own, OperationLedger ledger, Action<RootTable> publish) : IIndirectActorProducer
    {
        public Type ActorType => typeof(ClusterManager);

        public ActorBase Produce() => new ClusterManager(settings, own, ledger, publish);

        public void Release(ActorBase actor)
        {
        }
    }

    /// <summary>A node is to be asked what it knows.</summary>
    internal sealed record Learn(string Node) : LocalMessage;

    private sealed record AskAgain : LocalMessage
    {
        internal static readonly AskAgain Instance = new();
    }

    private sealed record Tick : LocalMessage
    {
        internal static readonly Tick Instance = new();
    }
}

/// <summary>A node has not answered: it is asked again, and others are preferred until it answers.</summary>
/// <param name="Address">The node.</param>
internal sealed record Suspect(Address Address) : LocalMessage;
