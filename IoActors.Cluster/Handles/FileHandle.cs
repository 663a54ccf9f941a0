using System;
using System.Collections.Generic;
using System.Linq;
using Akka.Actor;
using Akka.Event;
using Akka.IO;
using Akka.IoActors.Clustering.Export;
using Akka.IoActors.Clustering.Routing;
using Akka.IoActors.OpenFiles;
using Akka.IoActors.Remoting;

namespace Akka.IoActors.Clustering.Handles;

/// <summary>
/// A file of another node, on this one: takes the commands of a file, of any size, and answers each once. It stops, and so is seen by who
/// watches it, when the file is closed, when its node has gone or not been heard of for the time of the lease, and when anything that
/// was said between the two has been lost; what was not answered by then is told to be unknown.
/// </summary>
internal sealed class FileHandle : ActorBase, IWithTimers
{
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly HandleContext _context;
    private readonly ClusterSettings _settings;
    private readonly Target _target;
    private readonly Roots.Open _open;
    private readonly IActorRef _opener;
    private readonly IActorRef _owner;
    private readonly string _name;
    private readonly CommandLimits _limits;
    private readonly Session _session;
    private readonly Dictionary<long, (Files.Command Command, IActorRef Sender)> _pending = [];
    private IActorRef _gate = ActorRefs.Nobody;
    private long _ids;
    private long _pendingBytes;

    /// <summary>Bytes of answers that the gate does not know to be here.</summary>
    private long _unsaid;
    private long _heard;
    private TimeSpan _lease;
    private bool _closing;
    private bool _refused;
    private bool _ended;

    internal FileHandle(HandleContext context, Target target, Roots.Open open, IActorRef opener, IActorRef owner)
    {
        (_context, _settings, _target, _open, _opener, _owner) = (context, context.Settings, target, open, opener, owner);
        _name = $"{open.Root}/{open.Path} on {target.Name}";
        _limits = new CommandLimits(_settings, _name);
        _session = new Session(_settings.Frame);
        _lease = _settings.Lease;
    }

    /// <summary>Given by Akka.</summary>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>Whether its node says it; this one, if that is its node.</summary>
    private bool IsFromTarget => Sender.Path.Address == _target.Exporter.Path.Address;

    protected override SupervisorStrategy SupervisorStrategy() => Tcp.ConnectionSupervisorStrategy;

    protected override void PreStart()
    {
        if (!_owner.IsNobody())
        {
            Context.Watch(_owner);
        }

        Timers.StartSingleTimer(nameof(Tick), Tick.Instance, _settings.RequestTimeout);
        _context.Ledger.Send();
        _target.Exporter.Tell(new OpenFileRequest(_open, _settings.Frame, Attachments.Of(Context.System).IsSupported), Self);
    }

    protected override void PostStop()
    {
        _session.End();
        if (_gate.IsNobody())
        {
            if (!_refused && !_ended)
            {
                Refuse(RequestFailures.Of(_open, Errno.ECANCELED, "the handle was stopped", _open.Changes));
            }

            return;
        }

        // Stopped from outside: otherwise there is nothing left.
        _gate.Tell(new End("its handle was stopped"), Self);
        AnswerAll(Errno.ECANCELED, "the handle was stopped");
    }

    protected override bool Receive(object message)
    {
        switch (message)
        {
            case Files.Command command:
                OnCommand(command);
                return true;
            case SessionMessage when !Sender.Equals(_gate):
                // Of somebody else, or of a file that this handle has given up.
                return true;
            case Piece piece:
                _heard = Environment.TickCount64;
                OnPiece(piece);
                return true;
            case Handles.Keep keep:
                _heard = Environment.TickCount64;
                if (!_session.IsUpTo(keep))
                {
                    Break(Errno.ECONNRESET, "answers of its node were lost");
                }

                return true;
            case End end:
                Break(Errno.ECONNRESET, end.Why);
                return true;
            case FileOpenedReply opened when _gate.IsNobody() && IsFromTarget:
                OnOpened(opened);
                return true;
            case Files.Failed failed when _gate.IsNobody() && IsFromTarget:
                Refuse(failed);
                return true;
            case Tick when _gate.IsNobody():
                _context.Manager.Tell(new Suspect(_target.Address));
                Refuse(RequestFailures.Of(_open, Errno.ETIMEDOUT, $"{_target.Name} has not answered within {_settings.RequestTimeout}", _open.Changes));
                return true;
            case Tick:
                OnTick();
                return true;
            case Terminated terminated when terminated.ActorRef.Equals(_gate):
                Break(Errno.EHOSTDOWN, "its node has gone");
                return true;
            case Terminated terminated when terminated.ActorRef.Equals(_owner):
                OnOwnerGone();
                return true;
            default:
                return false;
        }
    }

    // ---- opening --------------------------------------------------------------------------------

    private void OnOpened(FileOpenedReply opened)
    {
        _gate = opened.Gate;
        _session.Limit(opened.Frame);
        if (opened.Attaches)
        {
            _session.Attach(Attachments.Of(Context.System));
        }

        _lease = opened.Lease < _lease ? opened.Lease : _lease;
        _heard = Environment.TickCount64;
        Context.Watch(_gate);
        Timers.StartPeriodicTimer(nameof(Tick), Tick.Instance, _lease / 4);
        var answer = new Files.Opened(Self) { Tag = _open.Tag };
        _context.Ledger.Answer(answer);
        _opener.Tell(answer, Self);
        if (_closing)
        {
            Send(new Files.Close(), ActorRefs.Nobody);
        }
    }

    private void Refuse(Files.Failed failed)
    {
        var answer = failed with { Tag = _open.Tag, Message = $"{failed.Message}, on {_target.Name}" };
        _context.Ledger.Answer(answer);
        _opener.Tell(answer, Self);
        _refused = true;
        Context.Stop(Self);
    }

    private void OnOwnerGone()
    {
        if (!_closing)
        {
            _closing = true;
            if (!_gate.IsNobody())
            {
                Send(new Files.Close(), ActorRefs.Nobody);
            }
        }
    }

    // ---- commands -------------------------------------------------------------------------------

    private void OnCommand(Files.Command command)
    {
        if (_limits.Refusal(command, !_closing && !_gate.IsNobody(), _pending.Count, _pendingBytes) is { } refusal)
        {
            Sender.Tell(refusal, Self);
        }
        else if (command is Files.ReadBlocks or Files.ReadLines)
        {
            var reader = Context.ActorOf(Props.CreateBy(new FileReader.Producer(Self, null, _name, command, Sender, remote: false)));
            Sender.Tell(new Files.Reading(reader) { Tag = command.Tag }, Self);
        }
        else
        {
            _closing |= command is Files.Close;
            Send(command, Sender);
        }
    }

    private void Send(Files.Command command, IActorRef sender)
    {
        _unsaid = 0;
        _context.Ledger.Send();
        _pending.Add(++_ids, (command, sender));
        _pendingBytes += command.Weight;
        var body = command.Body;
        _session.Send(_gate, Self, _ids, body.Count == 0 ? command : command.WithBody(ByteString.Empty), body);
    }

    // ---- answers --------------------------------------------------------------------------------

    private void OnPiece(Piece piece)
    {
        if (!_session.TryReceive(piece, out var head, out var body))
        {
            Break(Errno.ECONNRESET, "answers of its node were lost");
            return;
        }

        _unsaid += piece.Data.Count;
        if (_unsaid > _settings.QuotaBytes / 64)
        {
            _unsaid = 0;
            _gate.Tell(_session.Keep, Self);
        }

        if (head is Files.Event answer && _pending.Remove(piece.Id, out var pending))
        {
            _pendingBytes -= pending.Command.Weight;
            Answer(pending.Command, pending.Sender, body.Count == 0 ? answer : answer.WithBody(body));
            if (pending.Command is Files.Close)
            {
                End();
            }
        }
    }

    // ---- the end --------------------------------------------------------------------------------

    private void OnTick()
    {
        if (Environment.TickCount64 - _heard > _lease.TotalMilliseconds)
        {
            _context.Manager.Tell(new Suspect(_target.Address));
            Break(Errno.ETIMEDOUT, $"its node has not been heard of for {_lease}");
        }
        else
        {
            _unsaid = 0;
            _gate.Tell(_session.Keep, Self);
        }
    }

    private void Break(Errno error, string why)
    {
        if (_gate.IsNobody())
        {
            return;
        }

        if (!_closing)
        {
            _log.Warning("{0}: the handle ends with {1} commands pending: {2}.", _name, _pending.Count, why);
        }

        _gate.Tell(new End("its handle has ended"), Self);
        AnswerAll(error, why);
        End();
    }

    private void AnswerAll(Errno error, string why)
    {
        foreach (var (command, sender) in _pending.OrderBy(each => each.Key).Select(each => each.Value))
        {
            Answer(command, sender, command is Files.Close
                ? new Files.Closed()
                : _limits.Failed(command, error, why, command is not (Files.Read or Files.PRead or Files.FStat or Files.LSeek)));
        }

        _pending.Clear();
    }

    private void Answer(Files.Command command, IActorRef sender, Files.Event answer)
    {
        _context.Ledger.Answer(answer);
        sender.Tell(answer with { Tag = command.Tag }, Self);
    }

    private void End()
    {
        _gate = ActorRefs.Nobody;
        _ended = true;
        Context.Stop(Self);
    }

    internal sealed class Producer(
        HandleContext context, Target target, Roots.Open open, IActorRef opener, IActorRef owner) : IIndirectActorProducer
    {
        public Type ActorType => typeof(FileHandle);

        public ActorBase Produce() => new FileHandle(context, target, open, opener, owner);

        public void Release(ActorBase actor)
        {
        }
    }

    private sealed record Tick : LocalMessage
    {
        internal static readonly Tick Instance = new();
    }
}
