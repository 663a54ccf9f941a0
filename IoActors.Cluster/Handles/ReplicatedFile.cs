using System;
using System.Collections.Generic;
using System.Linq;
using Akka.Actor;
using Akka.Event;
using Akka.IO;
using Akka.IoActors.Clustering.Export;
using Akka.IoActors.Clustering.Routing;
using Akka.IoActors.OpenFiles;

namespace Akka.IoActors.Clustering.Handles;

/// <summary>
/// A file that is on several nodes, as one: every command goes to the handles of all, in one order, and is answered as soon as a quorum of them has given
/// the same answer. One that has failed where the others have not, or says otherwise than they, is not the same file any more, and is left. Reads
/// at an offset are one handle's, and go on with another when that has gone.
/// </summary>
internal sealed class ReplicatedFile : ActorBase
{
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly HandleContext _context;
    private readonly IReadOnlyList<Target> _targets;
    private readonly int _replicas;
    private readonly int _quorum;
    private readonly Roots.Open _open;
    private readonly IActorRef _opener;
    private readonly IActorRef _owner;
    private readonly string _name;
    private readonly CommandLimits _limits;

    /// <summary>The handles of all replicas, also those that have ended: an answer may be on its way.</summary>
    private readonly HashSet<IActorRef> _handles = [];

    /// <summary>The handles that are the same file, in the order of the root's preference.</summary>
    private readonly List<IActorRef> _live = [];
    private readonly Dictionary<long, Pending> _pending = [];
    private readonly List<Files.Failed> _refusals = [];
    private readonly Dictionary<IActorRef, FileStatus> _statuses = [];
    private int _answers;
    private int _asked;
    private bool _opened;
    private long _ids;
    private long _pendingBytes;
    private bool _closing;

    internal ReplicatedFile(
        HandleContext context, IReadOnlyList<Target> targets, int replicas, int quorum, Roots.Open open, IActorRef opener, IActorRef owner)
    {
        (_context, _targets, _replicas, _quorum, _open, _opener, _owner) = (context, targets, replicas, quorum, open, opener, owner);
        _name = $"{open.Root}/{open.Path}";

        // Also what the slowest replica has not done counts: so none is sent more than its handle takes.
        _limits = new CommandLimits(context.Settings, _name);
    }

    /// <summary>So many have to say the same: of a file that is only read, one.</summary>
    private int Wanted => _open.Writes ? _quorum : 1;

    protected override SupervisorStrategy SupervisorStrategy() => Tcp.ConnectionSupervisorStrategy;

    protected override void PreStart()
    {
        if (!_owner.IsNobody())
        {
            Context.Watch(_owner);
        }

        foreach (var (target, index) in _targets.Select((target, index) => (target, index)))
        {
            var handle = new FileHandle.Producer(_context, target, _open with { Tag = index }, Self, Self);
            _handles.Add(Context.Watch(Context.ActorOf(Props.CreateBy(handle), NameOf(index))));
        }
    }

    protected override void PostStop()
    {
        if (!_opened)
        {
            AnswerOpen(RequestFailures.Of(_open, Errno.ECANCELED, "the handle was stopped", _open.Changes));
        }

        AnswerAll(Errno.ECANCELED, "the handle was stopped");
    }

    protected override bool Receive(object message)
    {
        switch (message)
        {
            case Files.Command command:
                OnCommand(command);
                return true;
            case Files.Event when !_handles.Contains(Sender):
                // Not of one of its replicas.
                return true;
            case Files.Opened opened:
                _answers++;
                _live.Add(opened.File);
                OnAnswered();
                return true;
            case Files.Failed { Command: nameof(Roots.Open) } failed when !_opened:
                _answers++;
                _refusals.Add(failed);
                OnAnswered();
                return true;
            case Files.Opened or Files.Failed { Command: nameof(Roots.Open) }:
                return true;
            case Files.Event answer when !_opened:
                OnStatus(answer);
                return true;
            case Files.Event answer:
                OnAnswer(answer);
                return true;
            case Terminated terminated when terminated.ActorRef.Equals(_owner):
                _closing = true;
                if (_opened)
                {
                    Close();
                }

                return true;
            case Terminated terminated:
                // It has answered before: all but what it was not asked.
                Leave(terminated.ActorRef, null);
                return true;
            default:
                return false;
        }
    }

    private static string NameOf(int index) => FormattableString.Invariant($"replica-{index}");

    // ---- opening --------------------------------------------------------------------------------

    private void OnAnswered()
    {
        if (_answers < _targets.Count)
        {
            return;
        }

        // Reading wants to hear of so many that one of them has what a quorum has written, even if it is that there is no such file.
        var heard = _live.Count + _refusals.Count(each => each.Error == Errno.ENOENT);
        if (_live.Count >= Wanted && (_open.Writes || heard > _replicas - _quorum))
        {
            _live.Sort((a, b) => string.CompareOrdinal(a.Path.Name, b.Path.Name));
            foreach (var refusal in _refusals.Where(each => _open.Writes || each.Error != Errno.ENOENT))
            {
                _log.Warning("{0}: opened without a replica: {1}.", _name, refusal.Message);
            }

            if (_open.Writes || _live.Count == 1)
            {
                Opened();
            }
            else
            {
                _asked = _live.Count;
                _live.ForEach(replica => replica.Tell(new Files.FStat(), Self));
            }

            return;
        }

        var why = _refusals.GroupBy(each => each.Error).MaxBy(group => group.Count())!.First();
        var allSay = _live.Count == 0 && _refusals.All(each => each.Error == why.Error) && (why.Error != Errno.ENOENT || heard > _replicas - _quorum);
        AnswerOpen(allSay
            ? why with { Tag = _open.Tag }
            : RequestFailures.Of(
                _open,
                why.Error == Errno.ENOENT ? Errno.EHOSTUNREACH : why.Error,
                FormattableString.Invariant(
                    $"{_live.Count} of {_replicas} replicas could be opened: {string.Join("; ", _refusals.Select(each => each.Message))}"),
                _open.Changes));
        Context.Stop(Self);
    }

    private void AnswerOpen(object answer)
    {
        _opened = true;
        _opener.Tell(answer, Self);
    }

    private void OnStatus(Files.Event answer)
    {
        _asked--;
        if (answer is Files.Status status)
        {
            _statuses[Sender] = status.File;
        }

        if (_asked > 0)
        {
            return;
        }

        // One that missed a change is older: it is not what the others are, even if it is as long.
        var newest = _statuses.Count == 0 ? null : _statuses.Values.MaxBy(each => each.ModifyTime);
        _live.RemoveAll(replica => !_statuses.TryGetValue(replica, out var file) || file.Size != newest!.Size);
        _live.Sort((a, b) => _statuses[b].ModifyTime.CompareTo(_statuses[a].ModifyTime));
        Opened();
    }

    private void Opened()
    {
        AnswerOpen(_live.Count > 0 ? new Files.Opened(Self) { Tag = _open.Tag } : RequestFailures.Of(_open, Errno.EHOSTDOWN, "its replicas have gone"));
        if (_live.Count == 0)
        {
            Context.Stop(Self);
        }
        else if (_closing)
        {
            Close();
        }
    }

    // ---- commands -------------------------------------------------------------------------------

    private void OnCommand(Files.Command command)
    {
        if (_limits.Refusal(command, !_closing && _opened, _pending.Count, _pendingBytes) is { } refusal)
        {
            Sender.Tell(refusal, Self);
            return;
        }

        if (command is Files.ReadBlocks or Files.ReadLines)
        {
            var reader = Context.ActorOf(Props.CreateBy(new FileReader.Producer(Self, null, _name, command, Sender, remote: false)));
            Sender.Tell(new Files.Reading(reader) { Tag = command.Tag }, Self);
            return;
        }

        _closing |= command is Files.Close;
        var pending = new Pending(command, Sender);
        _pending.Add(++_ids, pending);
        _pendingBytes += command.Weight;
        Ask(_ids, pending);
    }

    private void Ask(long id, Pending pending)
    {
        foreach (var replica in pending.IsRead ? _live.Where(IsUpToDate).Take(1) : _live)
        {
            pending.Asked.Add(replica);
            replica.Tell(pending.Command with { Tag = id }, Self);
        }
    }

    /// <summary>Whether a replica has done all that was said to be done: a read that is asked for behind that is to see it.</summary>
    private bool IsUpToDate(IActorRef replica) => !_pending.Values.Any(pending => pending.IsAnswered && pending.Asked.Contains(replica));

    /// <summary>Asks for reads that no replica was up to date for.</summary>
    private void AskWaiting()
    {
        foreach (var (id, pending) in _pending.Where(each => each.Value is { IsRead: true, IsAnswered: false, Asked.Count: 0 }).OrderBy(each => each.Key).ToList())
        {
            Ask(id, pending);
        }
    }

    // ---- answers --------------------------------------------------------------------------------

    private void OnAnswer(Files.Event answer)
    {
        if (!_pending.TryGetValue(answer.Tag, out var pending) || !pending.Asked.Remove(Sender))
        {
            return;
        }

        if (pending.IsRead)
        {
            if (answer is Files.Failed { Error: Errno.ETIMEDOUT or Errno.ECONNRESET or Errno.EHOSTDOWN or Errno.EBADF or Errno.EIO } && _live.Any(each => !each.Equals(Sender)))
            {
                Leave(Sender, answer);
                AskWaiting();
                return;
            }

            Answer(pending, answer);
        }
        else
        {
            pending.Answers.Add((Sender, answer));
            Judge(pending);
        }

        if (pending.Asked.Count == 0)
        {
            Done(answer.Tag, pending);
        }

        AskWaiting();
    }

    /// <summary>Answers when a quorum says the same, or none can be reached any more; leaves those that say otherwise.</summary>
    private void Judge(Pending pending)
    {
        var verdict = pending.Answers.GroupBy(each => KeyOf(each.Answer)).MaxBy(group => group.Count())!;
        var wanted = pending.Command is Files.Close ? 1 : Wanted;
        if (!pending.IsAnswered && verdict.Count() >= wanted)
        {
            Answer(pending, verdict.First().Answer);
            pending.Verdict = verdict.Key;
        }

        if (pending.IsAnswered && pending.Verdict is { } agreed)
        {
            foreach (var (replica, answer) in pending.Answers.Where(each => KeyOf(each.Answer) != agreed).ToList())
            {
                Leave(replica, answer);
            }
        }
        else if (!pending.IsAnswered && pending.Asked.Count == 0)
        {
            var failed = pending.Answers.Select(each => each.Answer).OfType<Files.Failed>().FirstOrDefault();
            Answer(pending, _limits.Failed(
                pending.Command,
                failed?.Error ?? Errno.EIO,
                FormattableString.Invariant($"{verdict.Count()} of the replicas agree, {wanted} are wanted: {failed?.Message ?? "they differ"}"),
                outcomeUnknown: true));
        }
    }

    /// <summary>What replicas are to agree upon.</summary>
    private static (Type Type, long Value, Errno Error) KeyOf(Files.Event answer) => answer switch
    {
        Files.Failed failed => (typeof(Files.Failed), 0, failed.Error),
        Files.Appended appended => (typeof(Files.Appended), appended.Position, Errno.None),
        Files.Written written => (typeof(Files.Written), written.Count, Errno.None),
        Files.Positioned positioned => (typeof(Files.Positioned), positioned.Position, Errno.None),
        Files.Data data => (typeof(Files.Data), data.Bytes.Count, Errno.None),
        _ => (answer.GetType(), 0, Errno.None),
    };

    private void Answer(Pending pending, Files.Event answer)
    {
        pending.IsAnswered = true;
        pending.Sender.Tell(answer with { Tag = pending.Command.Tag }, Self);
    }

    private void Done(long id, Pending pending)
    {
        _pending.Remove(id);
        _pendingBytes -= pending.Command.Weight;
        if (!pending.IsAnswered)
        {
            Answer(pending, _limits.Failed(pending.Command, Errno.EHOSTDOWN, "its replicas have gone", outcomeUnknown: !pending.IsRead));
        }

        if (_closing && _pending.Count == 0)
        {
            Context.Stop(Self);
        }
    }

    // ---- the end --------------------------------------------------------------------------------

    /// <summary>One replica is not the same file any more, or has gone.</summary>
    private void Leave(IActorRef replica, Files.Event? said)
    {
        if (!_live.Remove(replica))
        {
            return;
        }

        if (!_closing)
        {
            _log.Warning("{0}: goes on without {1}{2}.", _name, replica.Path.Name, said is Files.Failed failed ? $": {failed.Message}" : "");
        }

        replica.Tell(new Files.Close(), ActorRefs.Nobody);
        foreach (var (id, pending) in _pending.OrderBy(each => each.Key).ToList())
        {
            if (pending.Asked.Remove(replica) && pending.Asked.Count == 0)
            {
                if (pending.IsRead && !pending.IsAnswered && _live.Count > 0)
                {
                    // Another one's turn.
                    continue;
                }

                if (pending.Answers.Count > 0)
                {
                    Judge(pending);
                }

                Done(id, pending);
            }
        }

        AskWaiting();
        if (_opened && !_closing && _live.Count < Wanted)
        {
            AnswerAll(Errno.EHOSTDOWN, FormattableString.Invariant($"{_live.Count} replicas are left, {Wanted} are wanted"));
            Context.Stop(Self);
        }
    }

    private void Close()
    {
        foreach (var replica in _live)
        {
            replica.Tell(new Files.Close(), ActorRefs.Nobody);
        }

        if (_pending.Count == 0)
        {
            Context.Stop(Self);
        }
    }

    private void AnswerAll(Errno error, string why)
    {
        foreach (var pending in _pending.OrderBy(each => each.Key).Select(each => each.Value).Where(each => !each.IsAnswered))
        {
            Answer(pending, pending.Command is Files.Close ? new Files.Closed() : _limits.Failed(pending.Command, error, why, !pending.IsRead));
        }

        _pending.Clear();
    }

    internal sealed class Producer(
        HandleContext context, IReadOnlyList<Target> targets, int replicas, int quorum, Roots.Open open, IActorRef opener, IActorRef owner)
        : IIndirectActorProducer
    {
        public Type ActorType => typeof(ReplicatedFile);

        public ActorBase Produce() => new ReplicatedFile(context, targets, replicas, quorum, open, opener, owner);

        public void Release(ActorBase actor)
        {
        }
    }

    private sealed class Pending(Files.Command command, IActorRef sender)
    {
        internal Files.Command Command => command;

        internal IActorRef Sender => sender;

        /// <summary>Whether one replica's answer is enough, and another may be asked instead.</summary>
        internal bool IsRead => command is Files.PRead or Files.FStat;

        /// <summary>Those that have not answered.</summary>
        internal HashSet<IActorRef> Asked { get; } = [];

        internal List<(IActorRef Replica, Files.Event Answer)> Answers { get; } = [];

        internal bool IsAnswered { get; set; }

        internal (Type Type, long Value, Errno Error)? Verdict { get; set; }
    }
}
