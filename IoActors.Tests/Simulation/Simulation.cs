using System;
using System.Collections.Generic;
using System.Linq;
using Akka.Actor;
using Akka.Configuration;
using Akka.IoActors.Native;
using Akka.IoActors.Operations;

namespace Akka.IoActors.Tests.Simulation;

/// <summary>The laws do not hold.</summary>
internal sealed class LawBroken(string message) : Exception(message);

/// <summary>
/// Operations, faults, restarts, cancellations and timeouts in an order that a seed decides, on one thread and a clock
/// of its own, over the table of the product and a kernel that is made up. After each step the laws are looked at.
/// </summary>
internal sealed class Simulation : IOperationExecutor, IDisposable
{
    private const int MaxInFlight = 12;
    private const int MaxWaiting = 40;

    private readonly Random _random;
    private readonly OperationTable _table;
    private readonly SimulatedClock _clock = new();
    private readonly List<int> _descriptors = [];
    private readonly List<SimulatedRequester> _requesters;

    /// <summary>What has been submitted, in that order; the answered ones stay.</summary>
    private readonly List<Life> _lives = [];
    private readonly Dictionary<IoOperation, Life> _byOperation = [];

    /// <summary>What the made-up kernel has.</summary>
    private readonly List<ulong> _running = [];

    /// <summary>What it had before it was lost, and may still report.</summary>
    private readonly List<ulong> _lost = [];

    private (long Due, Action Action)? _alarm;
    private bool _full;
    private bool _up;

    internal Simulation(int seed)
    {
        _random = new Random(seed);
        _requesters = [.. Enumerable.Range(0, 4).Select(i => new SimulatedRequester(i, OnReply))];
        var settings = IoSettings.Parse(ConfigurationFactory.ParseString(
            $"io-actors.max-in-flight = {MaxInFlight}\nio-actors.max-waiting = {MaxWaiting}\n"
            + "io-actors.max-waiting-per-requester = 25"));
        _table = new OperationTable(settings, () => { }, (due, action) => _alarm = (due, action), _clock)
        {
            Buffers = new BufferPool(1, 64, () => { }),
        };
        _descriptors.Add((int)SimulatedFiles.Open());
        _descriptors.Add((int)SimulatedFiles.Open());
        Sys.Pipe(out var read, out var write);
        Sys.SocketPair(out var first, out var second);
        _descriptors.AddRange([read, write, first, second]);
        Up();
    }

    /// <summary>What has happened, for a report.</summary>
    internal SimulationTotals Totals { get; } = new();

    public void Dispose()
    {
        _table.Dispose();
        _descriptors.ForEach(fd => Sys.Close(fd));
    }

    /// <summary>Runs so many steps, then ends everything.</summary>
    /// <exception cref="LawBroken">A law does not hold.</exception>
    internal void Run(int steps)
    {
        for (var i = 0; i < steps; i++)
        {
            Step();
            LookAtLaws();
        }

        if (!_up)
        {
            Up();
        }

        _table.Refuses = true;
        _table.CancelAll(static _ => true);
        while (_running.Count > 0)
        {
            CompleteOne();
            LookAtLaws();
        }

        Require(_lives.TrueForAll(life => life.Replies == 1), "each operation has one reply at the end");
        Require(_table.Unanswered == 0 && _table.Count(0, 0, 0).PinnedBuffers == 0, "nothing is left");
    }

    private void Step()
    {
        switch (_random.Next(100))
        {
            case < 42:
                Submit();
                break;
            case < 80:
                CompleteOne();
                break;
            case < 86:
                CancelOne();
                break;
            case < 93:
                Advance();
                break;
            case < 95:
                _full = !_full;
                break;
            case < 97 when _lost.Count > 0:
                ReportLate();
                break;
            default:
                if (_up)
                {
                    Break();
                }
                else
                {
                    Up();
                }

                break;
        }

        _table.Pump();
    }

    // ---- the users -----------------------------------------------------------------------------

    private void Submit()
    {
        var operation = Make();
        var life = new Life(operation, _requesters[_random.Next(_requesters.Count)], _lives.Count, _clock.Now);
        _lives.Add(life);
        _byOperation.Add(operation, life);
        Totals.Operations++;
        _table.Submit(operation, life.Requester);
    }

    private IoOperation Make()
    {
        var fd = _descriptors[_random.Next(_descriptors.Count)];
        var buffer = new byte[_random.Next(1, 100)];
        TimeSpan? timeout = _random.Next(5) == 0 ? TimeSpan.FromMilliseconds(_random.Next(1, 50)) : null;
        return _random.Next(13) switch
        {
            0 or 1 => new Read(fd, buffer) { Timeout = timeout },
            2 or 3 => new Write(fd, buffer) { Timeout = timeout },
            4 or 5 => new PRead(_descriptors[0], buffer, _random.Next(100)) { Timeout = timeout },
            6 => new PWrite(_descriptors[1], buffer, _random.Next(100)) { Timeout = timeout },
            7 => new Recv(_descriptors[4], buffer) { Timeout = timeout },
            8 => new Send(_descriptors[5], buffer) { Timeout = timeout },
            9 => new FSync(fd) { Timeout = timeout },
            10 => new FTruncate(_descriptors[_random.Next(2)], _random.Next(100)) { Timeout = timeout },
            11 => new CopyRange(_descriptors[0], 0, _descriptors[_random.Next(2)], 200, 100) { Timeout = timeout },
            _ => new Close(fd) { Timeout = timeout },
        };
    }

    private void CancelOne()
    {
        if (Pick(_lives.Where(life => life.Replies == 0)) is { } life)
        {
            life.MayEndEarly = true;
            Totals.Cancels++;
            Require(_table.Cancel(life.Operation) == 0, "what is not answered can be cancelled");
        }
    }

    private void Advance()
    {
        _clock.Now += _random.Next(1, 20) * SimulatedClock.Millisecond;
        while (_alarm is { } alarm && alarm.Due <= _clock.Now)
        {
            _alarm = null;
            alarm.Action();
        }

        // An operation that nobody works on ends at its time.
        Require(
            !_lives.Exists(life => life.Replies == 0 && life.Starts == 0 && life.IsDue(_clock.Now)),
            "what waits past its time is answered");
    }

    private void OnReply(SimulatedRequester requester, IoResult reply)
    {
        var life = _byOperation[reply.Operation];
        Require(++life.Replies == 1, $"one reply, not two, to {reply.Operation}");
        Require(life.Requester == requester, "the reply is the requester's");
        Totals.Replies++;
        var value = reply.Value;
        switch (reply.Error)
        {
            case Errno.None when life.IsTransfer:
                Require(value == life.Moved, $"{reply}: {life.Moved} bytes were moved");
                break;
            case Errno.EAGAIN:
                Require(life.Starts == 0, $"{reply}: no EAGAIN of the kernel's leaks");
                Totals.Rejected++;
                break;
            case Errno.ETIMEDOUT:
                Require(life.IsDue(_clock.Now), $"{reply}: not before its time");
                Totals.Timeouts++;
                break;
            case Errno.EINTR:
                throw new LawBroken("EINTR surfaces");
            case Errno.ECANCELED when !reply.OutcomeUnknown:
                var closed = _lives.Exists(other => other.Operation is Close && other.Fd == life.Fd
                    && other.Number > life.Number);
                Require(life.MayEndEarly || closed || _table.Refuses, $"{reply}: nobody has cancelled it");
                break;
        }
    }

    // ---- the kernel ----------------------------------------------------------------------------

    public bool TryStart(Slot slot)
    {
        if (_full)
        {
            return false;
        }

        var life = _byOperation[slot.Operation];
        Require(life.Replies == 0, $"{slot.Operation} is answered, and starts");
        Require(!slot.CancelRequested, $"{slot.Operation} was to end, and starts over");
        LookAtOrder(life);
        life.Starts++;
        _running.Add(slot.UserData);
        Require(_running.Count <= MaxInFlight, "max-in-flight");
        return true;
    }

    public void Cancel(Slot slot) =>
        Require(_running.Contains(slot.UserData), "what is to be cancelled is running");

    private void CompleteOne()
    {
        if (_running.Count == 0)
        {
            return;
        }

        var index = _random.Next(_running.Count);
        var userData = _running[index];
        var slot = _table.FindRunning(userData) ?? throw new LawBroken("the kernel has what the table has not");
        Require(slot.Operation.Pinned.IsEmpty || slot.PinCount > 0, "what the kernel works on is pinned");
        _running.RemoveAt(index);
        var life = _byOperation[slot.Operation];
        _table.Complete(userData, Answer(slot));
        if (_random.Next(20) == 0 && _table.FindRunning(userData) is null && life.Replies == 1)
        {
            // The kernel may say it twice.
            _lost.Add(userData);
        }
    }

    private long Answer(Slot slot)
    {
        var life = _byOperation[slot.Operation];
        var dice = _random.Next(100);
        if (slot.CancelRequested && dice < 60)
        {
            return -(long)Errno.ECANCELED;
        }

        if (slot.Polling)
        {
            return 1;
        }

        if (dice < 8)
        {
            Totals.Faults++;
            return -(long)Errno.EINTR;
        }

        if (dice < 16 && slot.IsStream)
        {
            Totals.Faults++;
            return -(long)Errno.EAGAIN;
        }

        if (dice < 22)
        {
            Totals.Faults++;
            return -(long)Errno.EIO;
        }

        if (!life.IsTransfer)
        {
            return slot.Operation is CopyRange ? slot.Operation.Requested - slot.Done : 0;
        }

        var left = (int)(slot.Operation.Requested - slot.Done);
        var moved = _random.Next(3) == 0 ? _random.Next(1, left + 1) : left;
        life.Moved += moved;
        return moved;
    }

    /// <summary>The executor fails: what it has is settled in each of the ways there are.</summary>
    private void Break()
    {
        Totals.Restarts++;
        _up = false;
        _table.UseExecutor(null);
        _table.Resumes = true;
        foreach (var userData in _running.OrderBy(_ => _random.Next()).ToList())
        {
            _running.Remove(userData);
            var slot = _table.FindRunning(userData) ?? throw new LawBroken("the kernel has what the table has not");
            switch (_random.Next(4))
            {
                case 0:
                    _table.Unstart(userData);
                    break;
                case 1:
                    _table.Complete(userData, -(long)Errno.ECANCELED);
                    break;
                case 2:
                    _table.Complete(userData, Answer(slot));
                    break;
                default:
                    Totals.Abandoned += slot.PinCount;
                    _lost.Add(userData);
                    _table.Abandon(other => other.UserData == userData);
                    break;
            }
        }

        _table.Resumes = false;
        Require(_table.Running == 0, "nothing runs without an executor");
    }

    private void Up()
    {
        _up = true;
        _full = false;
        _table.UseExecutor(this);
    }

    private void ReportLate()
    {
        var index = _random.Next(_lost.Count);
        var before = _table.Count(0, 0, 0);
        _table.Complete(_lost[index], _random.Next(-20, 50));
        _lost.RemoveAt(index);
        var after = _table.Count(0, 0, 0);
        Require(after.LateCompletions == before.LateCompletions + 1, "a late completion is counted");
        Require(after.Replied == before.Replied, "and answers nobody");
        Totals.Late++;
    }

    // ---- the laws ------------------------------------------------------------------------------

    private void LookAtLaws()
    {
        var counters = _table.Count(0, 0, 0);
        Require(counters.Submitted == _lives.Count, "all submissions are counted");
        Require(counters.Replied == Totals.Replies, "all replies are counted");
        Require(counters.Submitted - counters.Replied == _table.Unanswered, "what is not answered is there");
        Require(counters.InFlight == _running.Count, "what is in flight is in the kernel");
        Require(counters.Waiting <= MaxWaiting + MaxInFlight, "max-waiting");
        Require(counters.TimedOut == Totals.Timeouts && counters.Rejected == Totals.Rejected, "what is refused is counted");
        Require(counters.LeakedBuffers == Totals.Abandoned, "what is given up is counted");
        var holding = _lives.Count(life => life.Replies == 0 && !life.Operation.Pinned.IsEmpty);
        Require(counters.PinnedBuffers == holding, $"{counters.PinnedBuffers} pinned, {holding} unanswered with a buffer");
    }

    /// <summary>Group commit: an earlier one that has not started is carried out by a later one that does as much.</summary>
    private static bool StandsFor(Life life, Life earlier) =>
        earlier.Starts == 0
        && ((life.Operation is FSync && earlier.Operation is (FSync or FDataSync))
            || (life.Operation is FDataSync && earlier.Operation is FDataSync));

    private void LookAtOrder(Life life)
    {
        foreach (var earlier in _lives.Take(life.Number).Where(other => other.Replies == 0))
        {
            var same = earlier.Fd == life.Fd;
            if (same && earlier.Operation.Order == OrderClass.Exclusive)
            {
                throw new LawBroken($"{life.Operation} starts before {earlier.Operation}");
            }

            if (same && StandsFor(life, earlier))
            {
                continue;
            }

            if (same && life.Operation.Order is OrderClass.Sync or OrderClass.Exclusive)
            {
                throw new LawBroken($"{life.Operation} starts before {earlier.Operation} has finished");
            }

            var oneCursor = life.Fd == _descriptors[0] || life.Fd == _descriptors[1];
            if (same && life.IsOrdered && earlier.IsOrdered
                && (oneCursor || life.Operation.Order == earlier.Operation.Order))
            {
                throw new LawBroken($"{life.Operation} overtakes {earlier.Operation}");
            }
        }
    }

    private static void Require(bool holds, string law)
    {
        if (!holds)
        {
            throw new LawBroken(law);
        }
    }

    private Life? Pick(IEnumerable<Life> lives)
    {
        var all = lives.ToList();
        return all.Count == 0 ? null : all[_random.Next(all.Count)];
    }

    /// <summary>An operation from its submission to its reply, as the simulation knows it.</summary>
    private sealed class Life(IoOperation operation, SimulatedRequester requester, int number, long submitted)
    {
        internal IoOperation Operation { get; } = operation;

        internal SimulatedRequester Requester { get; } = requester;

        internal int Number { get; } = number;

        internal int Fd { get; } = operation.Descriptor is { } descriptor
            ? ((Descriptor.Number)descriptor.Target).Value
            : -1;

        internal long Submitted { get; } = submitted;

        internal int Starts { get; set; }

        internal int Replies { get; set; }

        internal long Moved { get; set; }

        internal bool MayEndEarly { get; set; }

        internal bool IsTransfer => Operation is Read or Write or PRead or PWrite or Recv or Send;

        internal bool IsOrdered => Operation.Order is OrderClass.In or OrderClass.Out;

        internal bool IsDue(long now) => Operation.Timeout is { } timeout
            && now - Submitted >= (long)timeout.TotalMilliseconds * SimulatedClock.Millisecond;
    }
}

/// <summary>What happened in a simulation.</summary>
internal sealed class SimulationTotals
{
    internal long Operations { get; set; }

    internal long Replies { get; set; }

    internal long Faults { get; set; }

    internal long Restarts { get; set; }

    internal long Cancels { get; set; }

    internal long Timeouts { get; set; }

    internal long Rejected { get; set; }

    internal long Late { get; set; }

    internal long Abandoned { get; set; }
}

/// <summary>A clock that stands still unless it is moved.</summary>
internal sealed class SimulatedClock : TimeProvider
{
    internal const long Millisecond = 1000;

    internal long Now { get; set; }

    public override long TimestampFrequency => 1000 * Millisecond;

    public override long GetTimestamp() => Now;
}

/// <summary>A requester without an actor.</summary>
internal sealed class SimulatedRequester(int number, Action<SimulatedRequester, IoResult> replied) : MinimalActorRef
{
    public override ActorPath Path { get; } =
        new RootActorPath(Address.AllSystems) / $"requester-{number}";

    public override IActorRefProvider Provider => throw new NotSupportedException();

    protected override void TellInternal(object message, IActorRef sender) => replied(this, (IoResult)message);
}

/// <summary>Real descriptors for the questions that the table asks the real kernel.</summary>
internal static class SimulatedFiles
{
    internal static long Open() => Parity.World.OpenAt(
        System.IO.Path.GetTempPath(), (OpenFlags.ReadWrite | OpenFlags.TemporaryFile).ToNative());
}
