using System;
using System.Collections.Generic;
using System.Linq;
using Akka.Actor;
using Akka.Event;
using Akka.IO;
using Akka.IoActors.Native;
using Akka.IoActors.Operations;
using Microsoft.Win32.SafeHandles;

namespace Akka.IoActors.OpenFiles;

/// <summary>An open file, on the loop that owns its descriptor.</summary>
/// <remarks>
/// <code>
/// command ─▶ queue ─▶ operation ─▶ result ─▶ event
///              └────▶ batch of writes ──────▶ event
/// </code>
/// Operations need no queue: the backend keeps their order. It is there for writes to gather in while others are written; whatever comes
/// behind a write waits with it.
/// </remarks>
internal sealed class FileActor : ActorBase
{
    private static readonly Stop s_stop = new();

    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly IoLoop _loop;
    private readonly OpenFile _open;
    private readonly SafeFileHandle _file;
    private readonly IoSettings _settings;
    private readonly bool _appends;

    private readonly Queue<FilePending> _queue = new();
    private readonly HashSet<FilePending> _pending = [];
    private long _pendingBytes;

    /// <summary>FTruncates in the queue: positional commands do not overtake those.</summary>
    private int _truncates;

    private FileBatch? _batch;

    /// <summary>A flush has failed by this: what was written may be lost.</summary>
    private Errno _lost;

    private bool _closing;
    private FilePending? _closer;
    private bool _closed;

    internal FileActor(IoLoop loop, OpenFile open, IoSettings settings)
    {
        _loop = loop;
        _open = open;
        _file = open.File;
        _settings = settings;
        _appends = (open.Command.Flags & OpenFlags.Append) != 0;
    }

    protected override SupervisorStrategy SupervisorStrategy() => Tcp.ConnectionSupervisorStrategy;

    protected override void PreStart()
    {
        if (!_open.Owner.IsNobody())
        {
            Context.Watch(_open.Owner);
        }

        _open.Opener.Tell(new Files.Opened(Self) { Tag = _open.Command.Tag }, Self);
    }

    protected override void PostStop()
    {
        if (!_closed)
        {
            // Stopped from outside, or by a fault.
            _loop.Backend.Tell(new Close(_file), ActorRefs.Nobody);
        }

        foreach (var pending in _pending)
        {
            var started = !_queue.Contains(pending);
            Answer(pending, Failed(pending.Command, Errno.ECANCELED, "the file was stopped", started));
        }
    }

    protected override bool Receive(object message)
    {
        switch (message)
        {
            case Files.Command command:
                OnCommand(command);
                return true;
            case IoResult { Operation.Tag: FilePending pending } result:
                OnResult(result, pending);
                GoOn();
                return true;
            case IoResult { Operation: Close }:
                Context.Stop(Self);
                return true;
            case FileBatch batch:
                OnWritten(batch);
                GoOn();
                return true;
            case Terminated or Stop:
                _closing = true;
                GoOn();
                return true;
            case Akka.Actor.Status.Failure failure:
                throw new InvalidOperationException("A batch of writes has failed.", failure.Cause);
            default:
                return false;
        }
    }

    /// <summary>What the manager says when the service ends: as a <see cref="Files.Close"/> that nobody waits for.</summary>
    internal static object End => s_stop;

    // ---- commands -------------------------------------------------------------------------------

    private void OnCommand(Files.Command command)
    {
        if (Refusal(command) is { } refusal)
        {
            Sender.Tell(refusal, Self);
            return;
        }

        var pending = new FilePending(command, Sender);
        _pending.Add(pending);
        _pendingBytes += command.Weight;
        switch (command)
        {
            case Files.Close:
                _closing = true;
                _closer = pending;
                break;
            case Files.PRead or Files.PWrite or Files.ReadBlocks or Files.ReadLines when _truncates == 0:
                Start(pending);
                return;
            default:
                _truncates += command is Files.FTruncate ? 1 : 0;
                _queue.Enqueue(pending);
                break;
        }

        GoOn();
    }

    /// <summary>Why a command is not taken in; null if it is.</summary>
    private Files.Failed? Refusal(Files.Command command)
    {
        if (command.IsRemote && !_settings.FilesRemote)
        {
            return FileFailures.Remote(command, _open.Command.Path);
        }

        if (command is Files.Append { Key: not null })
        {
            return Failed(command, Errno.EINVAL, "a key is for a file of another node");
        }

        if (command is Files.Open or Files.Demand)
        {
            return Failed(command, Errno.EINVAL, command is Files.Open ? "it is for the manager" : "it is for a reader");
        }

        if (_closing)
        {
            return Failed(command, Errno.EBADF, "the file is being closed");
        }

        if (command is Files.Append && !_appends)
        {
            return Failed(command, Errno.EINVAL, "the file was opened without OpenFlags.Append");
        }

        if (_lost != Errno.None && command is Files.Write or Files.PWrite or Files.Append or Files.FSync or Files.FTruncate)
        {
            return Failed(command, _lost, "a flush has failed, and what was written may be lost; open the file again");
        }

        if (command.Weight > _settings.FilesMaxPendingBytes)
        {
            return Failed(command, Errno.EMSGSIZE, FormattableString.Invariant(
                $"{command.Weight} bytes are more than io-actors.files.max-pending-bytes ({_settings.FilesMaxPendingBytes})"));
        }

        if (command is not Files.Close
            && (_pending.Count >= _settings.FilesMaxPending || _pendingBytes + command.Weight > _settings.FilesMaxPendingBytes))
        {
            return Failed(command, Errno.EAGAIN, FormattableString.Invariant(
                $"{_pending.Count} commands with {_pendingBytes} bytes are pending"));
        }

        return null;
    }

    /// <summary>Starts what can be started.</summary>
    private void GoOn()
    {
        while (_batch is null && _queue.TryPeek(out var next))
        {
            if (next.Command is Files.Write or Files.Append)
            {
                StartBatch();
            }
            else
            {
                _queue.Dequeue();
                _truncates -= next.Command is Files.FTruncate ? 1 : 0;
                Start(next);
            }
        }

        if (_closing && _batch is null && _queue.Count == 0 && !_closed)
        {
            _closed = true;
            Submit(_closer is { } closer ? new Close(_file) { Tag = closer } : new Close(_file));
        }
    }

    private void StartBatch()
    {
        _batch = new FileBatch();
        while (_queue.TryPeek(out var next) && next.Command is Files.Write or Files.Append && _batch.TryAdd(next))
        {
            _queue.Dequeue();
        }

        _batch.WriteTo(_loop.Client, _file, _appends).PipeTo(Self);
    }

    private void Start(FilePending pending)
    {
        switch (pending.Command)
        {
            case Files.Read { Part: > 0 } read when read.Part < read.Count:
                Submit(new ReadV(_file, Parts(read.Count, read.Part)) { Tag = pending });
                break;
            case Files.PRead { Part: > 0 } read when read.Part < read.Count:
                Submit(new PReadV(_file, Parts(read.Count, read.Part), read.Offset) { Tag = pending });
                break;
            case Files.Read read:
                Submit(new Read(_file, GC.AllocateUninitializedArray<byte>(read.Count)) { Tag = pending });
                break;
            case Files.PRead read:
                Submit(new PRead(_file, GC.AllocateUninitializedArray<byte>(read.Count), read.Offset) { Tag = pending });
                break;
            case Files.PWrite write:
                Submit(new PWrite(_file, write.Bytes.ToArray(), write.Offset) { Tag = pending });
                break;
            case Files.FSync { DataOnly: true }:
                Submit(new FDataSync(_file) { Tag = pending });
                break;
            case Files.FSync:
                Submit(new FSync(_file) { Tag = pending });
                break;
            case Files.FTruncate truncate:
                Submit(new FTruncate(_file, truncate.Length) { Tag = pending });
                break;
            case Files.LSeek seek:
                Submit(new LSeek(_file, seek.Offset, seek.Whence) { Tag = pending });
                break;
            case Files.FStat:
                Submit(new FStat(_file) { Tag = pending });
                break;
            case Files.ReadBlocks or Files.ReadLines:
                var (command, requester) = (pending.Command, pending.Sender);
                var reader = Context.ActorOf(Props.CreateBy(new FileReader.Producer(_loop.Backend, _file, _open.Command.Path, command, requester, _settings.FilesRemote)).OnLoop(_loop));
                Answer(pending, new Files.Reading(reader));
                break;
            default:
                Answer(pending, Failed(pending.Command, Errno.EINVAL, "a file knows no such command"));
                break;
        }
    }

    private void Submit(IoOperation operation) => _loop.Backend.Tell(operation, Self);

    // ---- results --------------------------------------------------------------------------------

    private void OnResult(IoResult result, FilePending pending)
    {
        if (result.Operation is PWrite write && result.IsSuccess && result.Value < write.Buffer.Length)
        {
            // An error stood in the way of the rest, and comes with that.
            pending.Done += result.Value;
            Submit(new PWrite(_file, write.Buffer[(int)result.Value..], write.Offset + result.Value) { Tag = pending });
            return;
        }

        if (!result.IsSuccess)
        {
            Lose(result);
        }

        Answer(pending, result.IsSuccess ? EventOf(result, pending) : Failed(pending.Command, result, pending.Done));
        if (result.Operation is Close)
        {
            Context.Stop(Self);
        }
    }

    private static Files.Event EventOf(IoResult result, FilePending pending) => result.Operation switch
    {
        Read read => new Files.Data(Bytes(read.Buffer, result.Value)),
        PRead read => new Files.Data(Bytes(read.Buffer, result.Value)),
        ReadV read => new Files.Data(Bytes(read.Buffers, result.Value)),
        PReadV read => new Files.Data(Bytes(read.Buffers, result.Value)),
        PWrite => new Files.Written(pending.Done + result.Value),
        FSync or FDataSync => new Files.Synced(),
        FTruncate => new Files.Truncated(),
        LSeek => new Files.Positioned(result.Value),
        FStat => new Files.Status(result.Status),
        Close => new Files.Closed(),
        var other => throw new InvalidOperationException($"{other} is no operation of a file."),
    };

    private static ByteString Bytes(ReadOnlyMemory<byte> buffer, long count) => ByteString.FromBytes(ArrayOf(buffer), 0, (int)count);

    private static ByteString Bytes(IReadOnlyList<Memory<byte>> parts, long count)
    {
        var bytes = new List<ArraySegment<byte>>(parts.Count);
        foreach (var part in parts)
        {
            if (count <= 0)
            {
                break;
            }

            bytes.Add(new ArraySegment<byte>(ArrayOf(part), 0, (int)Math.Min(count, part.Length)));
            count -= part.Length;
        }

        return ByteString.FromBytes(bytes);
    }

    /// <summary>Arrays for so many bytes; no more of them than one call takes.</summary>
    private static Memory<byte>[] Parts(int count, int part)
    {
        const int most = 1024;
        return Array.ConvertAll(ByteArrays.Of(count, Math.Max(part, (int)((count + most - 1L) / most))), static array => array.AsMemory());
    }

    private static byte[] ArrayOf(ReadOnlyMemory<byte> buffer) =>
        System.Runtime.InteropServices.MemoryMarshal.TryGetArray(buffer, out var segment) ? segment.Array! : buffer.ToArray();

    private void OnWritten(FileBatch batch)
    {
        _batch = null;
        if (batch.SyncFailure is { } lost)
        {
            Lose(lost);
        }

        var start = 0;
        foreach (var (write, end) in batch.Writes)
        {
            var durable = write.Command is Files.Append { Durable: true };
            if (end > batch.Written)
            {
                Answer(write, Failed(write.Command, batch.WriteFailure!, Math.Max(0, batch.Written - start)));
            }
            else if (durable && batch.SyncFailure is { } failure)
            {
                Answer(write, Failed(write.Command, failure, end - start));
            }
            else
            {
                Answer(write, write.Command is Files.Append ? new Files.Appended(batch.Position + start, end - start) : new Files.Written(end - start));
            }

            start = end;
        }
    }

    /// <summary>Takes notice of a flush that failed: the kernel may have thrown away what it could not write.</summary>
    private void Lose(IoResult result)
    {
        if (result.Operation is FSync or FDataSync && result.Error is Errno.EIO or Errno.ENOSPC or Errno.EDQUOT && _lost == Errno.None)
        {
            _lost = result.Error;
            _log.Error("{0}: {1} has failed with {2}: the file takes no more writes.", _open.Command.Path, result.Operation.Kind, result.Error.Name());
        }
    }

    private void Answer(FilePending pending, Files.Event answer)
    {
        if (_pending.Remove(pending))
        {
            _pendingBytes -= pending.Command.Weight;
            pending.Sender.Tell(answer with { Tag = pending.Command.Tag }, Self);
        }
    }

    private Files.Failed Failed(Files.Command command, IoResult result, long done)
    {
        var partly = done > 0 ? FormattableString.Invariant($"{result.Error.Description()}; {done} bytes of it are in the file") : result.Error.Description();
        return Failed(command, result.Error, partly, result.OutcomeUnknown);
    }

    private Files.Failed Failed(Files.Command command, Errno error, string why, bool outcomeUnknown = false) =>
        FileFailures.Of(command, _open.Command.Path, error, why, outcomeUnknown);

    private sealed record Stop : LocalMessage;
}

/// <summary>The one place where a failure becomes a sentence.</summary>
internal static class FileFailures
{
    /// <summary>Files are for their own node unless it says otherwise.</summary>
    internal static Files.Failed Remote(Files.Command command, string? path) =>
        Of(command, path, Errno.EACCES, "it comes from another node, and io-actors.files.remote is off");

    internal static Files.Failed Of(Files.Command command, string? path, Errno error, string why, bool outcomeUnknown = false)
    {
        var name = command.GetType().Name;
        var of = path is null ? "" : $" of {path}";
        var unknown = outcomeUnknown ? "; it may have taken effect" : "";
        return new Files.Failed(name, error, $"{name}{of}: {error.Name()} ({why}){unknown}", outcomeUnknown) { Tag = command.Tag };
    }
}
