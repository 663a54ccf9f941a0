using System;
using System.Collections.Generic;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.Event;
using Akka.IO;
using Akka.IoActors.Clustering.Handles;
using Akka.IoActors.OpenFiles;
using Akka.IoActors.Operations;
using Akka.IoActors.Remoting;
using Akka.IoActors.Supervision;

namespace Akka.IoActors.Clustering.Export;

/// <summary>
/// A file of this node that a handle elsewhere has open: takes the handle's commands, within its peer's quota, and gives them to the
/// file's actor; closes the file when the handle has gone, or has not been heard of for the time of the lease.
/// </summary>
internal sealed class FileGate : ActorBase, IWithTimers
{
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly ExportService _service;
    private readonly ExportedRoot _root;
    private readonly Peer _peer;
    private readonly IActorRef _handle;
    private readonly OpenFileRequest _request;
    private readonly string _name;
    private readonly Session _session;
    private readonly bool _attaches;

    /// <summary>What the commands in flight hold of the quota, by their ids.</summary>
    private readonly Dictionary<long, long> _inFlight = [];
    private readonly Dictionary<long, Guid> _keys = [];

    /// <summary>What answers hold that are on the wire.</summary>
    private readonly Queue<(long Sequence, long Weight)> _onTheWire = new();
    private IActorRef _file = ActorRefs.Nobody;
    private long _heard = Environment.TickCount64;
    private bool _ended;

    internal FileGate(ExportService service, ExportedRoot root, Peer peer, IActorRef handle, OpenFileRequest request)
    {
        (_service, _root, _peer, _handle, _request) = (service, root, peer, handle, request);
        _name = $"{request.Open.Root}/{request.Open.Path}";
        _session = new Session(service.Settings.Frame);
        _session.Limit(request.Frame);

        // A handle on this node gets what it gets without any wire.
        _attaches = request.Attaches && handle.Path.Address.HasGlobalScope && Attachments.Of(Context.System).IsSupported;
        if (_attaches)
        {
            _session.Attach(Attachments.Of(Context.System));
        }
    }

    /// <summary>Given by Akka.</summary>
    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        Context.Watch(_handle);
        Open().PipeTo(Self);
    }

    protected override void PostStop()
    {
        _session.End();
        foreach (var (id, key) in _keys)
        {
            // Only if we are stopped before the file has answered.
            _service.Ledger.Settle(key, FileFailures.Of(new Files.Append(ByteString.Empty) { Tag = id }, _name, Errno.ECANCELED, "the file was stopped", outcomeUnknown: true));
        }

        foreach (var weight in _inFlight.Values)
        {
            _peer.Leave(weight);
        }

        foreach (var (_, weight) in _onTheWire)
        {
            _peer.Leave(weight);
        }

        _peer.Close();
    }

    protected override bool Receive(object message)
    {
        switch (message)
        {
            case Piece piece when Sender.Equals(_handle):
                _heard = Environment.TickCount64;
                OffTheWire(piece.Received);
                OnPiece(piece);
                return true;
            case Keep keep when Sender.Equals(_handle):
                _heard = Environment.TickCount64;
                OnKeep(keep);
                return true;
            case SessionMessage:
                _log.Warning("{0}: {1} is not the handle of this file, and says something to it: ignored.", _name, Sender);
                return true;
            case Files.Opened when Sender.Equals(_file):
                _handle.Tell(new FileOpenedReply(Self, _service.Settings.Frame, _service.Settings.Lease, _attaches) { Tag = _request.Open.Tag }, Self);
                return true;
            case Files.Event answer when Sender.Equals(_file):
                OnAnswer(answer.Tag, answer);
                return true;
            case Answer answer:
                Reply(answer.Id, answer.Event);
                return true;
            case OpenedFile opened:
                OnOpened(opened);
                return true;
            case Tick:
                OnTick();
                return true;
            case Terminated terminated when terminated.ActorRef.Equals(_file):
                if (!_ended)
                {
                    _handle.Tell(new End("the file has been closed"), Self);
                }

                Context.Stop(Self);
                return true;
            case Terminated:
                Finish();
                return true;
            case IoSupervisor.StopServing when _file.IsNobody():
                Finish("the node stops");
                return true;
            case IoSupervisor.StopServing:
                // What it has been sent is finished and answered; we end with it.
                _file.Tell(FileActor.End, Self);
                return true;
            default:
                return false;
        }
    }

    // ---- opening --------------------------------------------------------------------------------

    private async Task<OpenedFile> Open()
    {
        var (result, error) = await _root.OpenFile(_request.Open.Path, _request.Open.Flags, _request.Open.Mode).ConfigureAwait(false);
        return new OpenedFile(result, error);
    }

    private void OnOpened(OpenedFile opened)
    {
        if (opened.Error != Errno.None)
        {
            _handle.Tell(RequestFailures.Of(_request.Open, opened.Error, opened.Error.Description(), opened.Result?.OutcomeUnknown ?? false), Self);
            Context.Stop(Self);
            return;
        }

        var file = opened.Result.Handle;
        if (_ended)
        {
            file.Dispose();
            Context.Stop(Self);
            return;
        }

        // The name that messages give is the exported one: the path on this machine is nobody's business.
        var open = new Files.Open(_name, _request.Open.Flags, _request.Open.Mode);
        var loop = _service.Io.LoopOf(file);
        _file = Context.ActorOf(
            Props.CreateBy(new FileManager.Producer(loop, new OpenFile(file, open, Self, Self), _service.Io.Settings)).OnLoop(loop));
        Context.Watch(_file);
        Timers.StartPeriodicTimer(nameof(Tick), Tick.Instance, _service.Settings.Lease / 4);
    }

    // ---- commands -------------------------------------------------------------------------------

    private void OnPiece(Piece piece)
    {
        if (_ended)
        {
            return;
        }

        // At the first piece of a command: before its bytes are taken in.
        if (piece.Head is not null && !TryTake(piece))
        {
            return;
        }

        if (!_session.TryReceive(piece, out var head, out var body))
        {
            Finish("messages to it were lost");
        }
        else if (head is Files.Command command && _inFlight.ContainsKey(piece.Id))
        {
            Carry(piece.Id, command.WithBody(body) with { Tag = piece.Id, IsRemote = false });
        }
        else if (head is not null || !_inFlight.ContainsKey(piece.Id))
        {
            // Refused at its first piece.
            _session.Drop(piece.Id);
        }
    }

    /// <summary>Gives a command its place in the quota; answers it if it has none.</summary>
    private bool TryTake(Piece piece)
    {
        if (piece.Head is not Files.Command command || _inFlight.ContainsKey(piece.Id) || piece.Length < 0)
        {
            Finish("it was sent what makes no sense");
            return false;
        }

        var weight = Math.Max(command.Weight, piece.Length);
        var (error, why) =
            command is Files.Open or Files.Demand or Files.ReadBlocks or Files.ReadLines ? (Errno.EINVAL, "it is for a handle")
            : weight > _service.Settings.QuotaBytes ? (Errno.EMSGSIZE, "it is more than the quota of a peer")
            : !_peer.TryEnter(weight) ? (Errno.EAGAIN, "the quota of the peer is used up")
            : (Errno.None, "");
        if (error == Errno.None)
        {
            _inFlight.Add(piece.Id, weight);
        }
        else
        {
            Send(piece.Id, FileFailures.Of(command, _name, error, why));
        }

        return true;
    }

    private void Carry(long id, Files.Command command)
    {
        if (command is Files.Append { Key: { } key } append)
        {
            var self = Self;
            if (!_service.Ledger.TryBegin(append, _name, answer => self.Tell(new Answer(id, answer))))
            {
                return;
            }

            _keys.Add(id, key);
            command = append with { Key = null };
        }

        // What is read is cut where it is going to be.
        var part = Math.Min(_session.Frame, ByteArrays.Length);
        _file.Tell(
            command switch
            {
                Files.PRead read => read with { Part = part },
                Files.Read read => read with { Part = part },
                _ => command,
            },
            Self);
    }

    private void OnAnswer(long id, Files.Event answer)
    {
        if (_keys.Remove(id, out var key))
        {
            _service.Ledger.Settle(key, answer);
        }

        Reply(id, answer);
    }

    private void Reply(long id, Files.Event answer)
    {
        if (!_inFlight.Remove(id, out var weight))
        {
            return;
        }

        Send(id, answer);
        if (answer.Body.Count > 0)
        {
            _onTheWire.Enqueue((_session.Sent, weight));
        }
        else
        {
            _peer.Leave(weight);
        }
    }

    private void Send(long id, Files.Event answer)
    {
        if (!_ended)
        {
            _session.Send(_handle, Self, id, answer.Body.Count == 0 ? answer : answer.WithBody(ByteString.Empty), answer.Body);
        }
    }

    // ---- the lease ------------------------------------------------------------------------------

    private void OnKeep(Keep keep)
    {
        if (!_ended && !_session.IsUpTo(keep))
        {
            Finish("messages to it were lost");
        }

        OffTheWire(keep.Received);
    }

    /// <summary>What the handle has got does not count for its peer any more.</summary>
    private void OffTheWire(long received)
    {
        while (_onTheWire.TryPeek(out var sent) && sent.Sequence <= received)
        {
            _onTheWire.Dequeue();
            _peer.Leave(sent.Weight);
        }
    }

    private void OnTick()
    {
        if (_ended)
        {
            return;
        }

        if (Environment.TickCount64 - _heard > _service.Settings.Lease.TotalMilliseconds)
        {
            Finish("its handle has not been heard of");
        }
        else
        {
            _handle.Tell(_session.Keep, Self);
        }
    }

    /// <summary>Has the file finish what it was sent, and close.</summary>
    private void Finish(string? why = null)
    {
        if (_ended)
        {
            return;
        }

        _ended = true;
        if (why is not null)
        {
            _log.Info("{0}: closed, since {1}.", _name, why);
            _handle.Tell(new End(why), Self);
        }

        _file.Tell(FileActor.End, Self);
    }

    internal sealed class Producer(ExportService service, ExportedRoot root, Peer peer, IActorRef handle, OpenFileRequest request)
        : IIndirectActorProducer
    {
        public Type ActorType => typeof(FileGate);

        public ActorBase Produce() => new FileGate(service, root, peer, handle, request);

        public void Release(ActorBase actor)
        {
        }
    }

    private sealed record OpenedFile(IoResult Result, Errno Error) : LocalMessage;

    private sealed record Answer(long Id, Files.Event Event) : LocalMessage;

    private sealed record Tick : LocalMessage
    {
        internal static readonly Tick Instance = new();
    }
}

/// <summary>What a handle asks of a node.</summary>
/// <param name="Open">What is to be opened.</param>
/// <param name="Frame">The bytes of a piece that the handle takes, at the most.</param>
/// <param name="Attaches">Whether they may come beside messages.</param>
internal sealed record OpenFileRequest(Roots.Open Open, int Frame, bool Attaches = false);

/// <summary>The file is open.</summary>
/// <param name="Gate">Takes the commands.</param>
/// <param name="Frame">The bytes of a piece that it takes, at the most.</param>
/// <param name="Lease">The time that it lasts without a word.</param>
/// <param name="Attaches">Whether bytes may come beside messages, and will.</param>
internal sealed record FileOpenedReply(IActorRef Gate, int Frame, TimeSpan Lease, bool Attaches = false) : Roots.Reply;
