using System;
using System.Collections.Generic;
using System.Linq;
using Akka.IoActors.Native;

namespace Akka.IoActors.Tests.Parity;

/// <summary>A step with its right outcome.</summary>
/// <param name="Step">The step.</param>
/// <param name="Expected">What it must come to.</param>
/// <param name="AwaitBefore">Whether everything before must have been answered when it is sent.</param>
/// <param name="Keep">Whether a descriptor that it opens gets the slot's number.</param>
internal sealed record Planned(Step Step, Outcome Expected, bool AwaitBefore, bool Keep)
{
    public override string ToString() =>
        $"{(AwaitBefore ? "await; " : "       ")}{Step} = {Expected}{(Keep ? ", kept" : "")}";
}

/// <summary>
/// Goes through a trace with the oracle: leaves out what would block for ever, writes down the right outcomes, and,
/// in a concurrent trace, puts a barrier or an await where the law of order alone leaves more than one right outcome.
/// </summary>
internal sealed class Planner(World world, bool concurrent)
{
    private const int FarEnough = 1 << 18;
    private const long FarthestEnd = 1L << 40;

    private readonly Oracle _oracle = new(world);
    private readonly List<Planned> _plan = [];
    private readonly FileLane[] _lanes = [.. Enumerable.Range(0, Slots.Files).Select(_ => new FileLane())];
    private readonly FileType[] _types = [.. Enumerable.Repeat(FileType.Regular, Slots.Files)];
    private readonly Channel[] _channels =
    [
        new(5, 4), new(7, 6), new(8, 9), new(9, 8), new(10, 11), new(11, 10),
    ];

    private bool _awaitNext = true;

    internal IReadOnlyList<Planned> Plan(Trace trace)
    {
        foreach (var step in trace.Steps)
        {
            if (_awaitNext || !concurrent)
            {
                Settle();
            }

            Add(step);
        }

        return _plan;
    }

    private void Add(Step step)
    {
        switch (step.Kind)
        {
            case StepKind.Renew:
                AddRenew(step);
                break;
            case StepKind.Exchange:
                AddExchange(step);
                break;
            case StepKind.Open:
                AddOpen(step);
                break;
            case StepKind.Close:
                // What the other end gets would depend on which of the two descriptors is quicker.
                Emit(step, alone: !Slots.IsFile(step.Slot));
                break;
            default:
                AddOperation(step);
                break;
        }
    }

    private void AddRenew(Step step)
    {
        var closed = Enumerable.Range(0, Slots.Opened)
            .Select(i => (step.Slot + i) % Slots.Opened)
            .Where(slot => !world.IsOpen(slot))
            .ToList();
        if (closed.Count > 0)
        {
            Emit(step with { Slot = closed[0] }, alone: true);
        }
    }

    private void AddExchange(Step step)
    {
        if (OutputOf(step.Slot) is { } channel && world.IsOpen(channel.Reader) && step.Length > 0)
        {
            Emit(step, alone: true);
        }
    }

    private void AddOpen(Step step)
    {
        var closed = Enumerable.Range(0, Slots.Files).Where(slot => !world.IsOpen(slot)).ToList();
        if (closed.Count > 0)
        {
            step = step with { Slot = closed[0] };
            if (concurrent && step.OpenCase.Name is not (OpenCase.Own or "." or "/dev/null"))
            {
                // No two descriptors of one file: there is no order between them.
                step = step with { Choice = 0 };
            }
        }

        var changes = (step.OpenCase.Flags & (OpenFlags.Create | OpenFlags.Truncate)) != 0;
        Emit(step, alone: changes || closed.Count > 0);
    }

    private void AddOperation(Step step)
    {
        if (!IsHarmless(step) || GuardInput(step) is not var (guarded, inputAlone)
            || GuardOutput(guarded) is not var (final, outputAlone))
        {
            return;
        }

        var alone = inputAlone || outputAlone || WritesWhatIsLent(final);
        if (concurrent && !alone)
        {
            AddBarriers(final);
        }

        Emit(final, alone);
    }

    // ---- files ---------------------------------------------------------------------------------

    /// <summary>Whether the step leaves no file of enormous size, and asks nothing that only a folder knows.</summary>
    private bool IsHarmless(Step step)
    {
        // Past the largest size of a file system, sendfile(2) alone answers EOVERFLOW. Reading there is the end of file.
        if (step.Kind == StepKind.SendFile && step.OtherOffset >= FarthestEnd
            && step.OtherOffset <= long.MaxValue - step.Length)
        {
            return false;
        }

        if (!Slots.IsFile(step.Slot) || !world.IsOpen(step.Slot))
        {
            return true;
        }

        return step.Kind switch
        {
            StepKind.LSeek => _types[step.Slot] != FileType.Directory,
            StepKind.Write or StepKind.WriteV or StepKind.SendFile =>
                PositionOf(step.Slot) is < FarEnough or > long.MaxValue - FarEnough,
            StepKind.PWrite or StepKind.PWriteV or StepKind.CopyRange =>
                step.Offset <= FarEnough || step.Offset > long.MaxValue - step.Requested,
            _ => true,
        };
    }

    /// <summary>Puts a barrier in front of a step that an earlier one could still get in the way of.</summary>
    private void AddBarriers(Step step)
    {
        foreach (var (slot, access) in AccessesOf(step))
        {
            if (_lanes[slot].Conflicts(access, SizeOf(slot)))
            {
                Emit(new Step(StepKind.FTruncate, slot, 0, 0, SizeOf(slot), 0, 0, 1), alone: false);
                _ = _lanes[slot].Conflicts(access, SizeOf(slot));
            }
        }

        foreach (var (slot, access) in AccessesOf(step))
        {
            _lanes[slot].Add(access);
        }
    }

    private IEnumerable<(int Slot, Access Access)> AccessesOf(Step step)
    {
        if (step.Kind is StepKind.SendFile or StepKind.CopyRange && IsRegular(step.Other))
        {
            yield return (step.Other, Reading(step.OtherOffset, step.Length, cursor: false));
        }

        if (!IsRegular(step.Slot))
        {
            yield break;
        }

        var position = PositionOf(step.Slot);
        var appends = (Libc.FlagsOf(world.NumberOf(step.Slot)) & NativeOpenFlags.Append) != 0;
        Access? access = step.Kind switch
        {
            StepKind.Read or StepKind.ReadV => Reading(position, step.Requested, cursor: true),
            StepKind.PRead or StepKind.PReadV => Reading(step.Offset, step.Requested, cursor: false),
            StepKind.Write or StepKind.WriteV or StepKind.SendFile => Writing(position, step.Requested, cursor: true),
            StepKind.PWrite or StepKind.PWriteV or StepKind.CopyRange =>
                Writing(step.Offset, step.Requested, cursor: false),
            StepKind.LSeek => new Access(
                true,
                step.Whence >= SeekWhence.Data ? Span.Of(0, long.MaxValue) : default,
                default,
                step.Whence >= SeekWhence.End,
                false),
            StepKind.FStat => new Access(false, default, default, true, true),
            _ => null,
        };
        if (access is not null)
        {
            yield return (step.Slot, access);
        }

        Access Writing(long at, long count, bool cursor) => new(
            cursor, default, Span.Of(appends ? SizeOf(step.Slot) : at, count), appends, false);
    }

    private static Access Reading(long at, long count, bool cursor) =>
        new(cursor, Span.Of(at, count), default, false, false);

    /// <summary>Whether bytes are to be written to a file whose pages stand in some pipe or socket.</summary>
    private bool WritesWhatIsLent(Step step) =>
        step.Kind is StepKind.Write or StepKind.WriteV or StepKind.PWrite or StepKind.PWriteV or StepKind.FTruncate
            or StepKind.SendFile or StepKind.CopyRange
        && Array.Exists(_channels, channel => channel.Lends(step.Slot));

    private bool IsRegular(int slot) =>
        Slots.IsFile(slot) && world.IsOpen(slot) && _types[slot] == FileType.Regular;

    private long PositionOf(int slot) => Sys.LSeek(world.NumberOf(slot), 0, (int)SeekWhence.Current);

    private long SizeOf(int slot) => StatusOf(slot).Size;

    private FileStatus StatusOf(int slot) => _oracle.StatusOf(slot) ?? throw new InvalidOperationException("not open");

    // ---- streams -------------------------------------------------------------------------------

    /// <summary>
    /// The step as it cannot block for ever, and, in a concurrent trace, cannot get more or less bytes according to
    /// when it runs.
    /// </summary>
    /// <returns>Null if it is to be left out; whether it must have the world to itself.</returns>
    private (Step Step, bool Alone)? GuardInput(Step step)
    {
        var takes = step.Kind is StepKind.Read or StepKind.ReadV
            || (step.Kind == StepKind.Recv && Slots.IsSocket(step.Slot));
        if (!takes || InputOf(step.Slot) is not { } channel || (step.Requested == 0 && step.Kind != StepKind.Recv))
        {
            return (step, false);
        }

        var ends = !world.IsOpen(channel.Writer);
        if ((step.Flags & SocketMessageFlags.WaitAll) != 0 && !ends)
        {
            return channel.Queued == 0 ? null : (AtMost(step, channel.Queued), false);
        }

        if ((step.Flags & SocketMessageFlags.DontWait) == 0 && channel.Queued == 0 && !ends)
        {
            return null;
        }

        return !concurrent || ends ? (step, false)
            : channel.Settled > 0 ? (AtMost(step, channel.Settled), false)
            : channel.AtOnce > 0 && (step.Flags & SocketMessageFlags.DontWait) == 0
                ? (AtMost(step, channel.AtOnce), false)
            : (step, true);
    }

    /// <returns>Null if the step is to be left out; whether it must have the world to itself.</returns>
    private (Step Step, bool Alone)? GuardOutput(Step step)
    {
        var puts = step.Kind is StepKind.Write or StepKind.WriteV or StepKind.SendFile
            || (step.Kind == StepKind.Send && Slots.IsSocket(step.Slot));
        if (!puts || OutputOf(step.Slot) is not { } channel || !world.IsOpen(channel.Reader))
        {
            return (step, false);
        }

        if ((step.Flags & SocketMessageFlags.DontWait) != 0 && !concurrent && channel.IsPlain)
        {
            // Sometimes more than the socket takes.
            return (step.Seed % 4 == 0 ? step with { Length = step.Length * 40 } : step, false);
        }

        return !channel.Fits(step.Requested) ? null : (step, !channel.FitsAhead(step.Requested));
    }

    private static Step AtMost(Step step, int count) => step with { Length = Math.Min(step.Length, count) };

    private Channel? InputOf(int slot) =>
        world.IsOpen(slot) ? Array.Find(_channels, channel => channel.Reader == slot) : null;

    private Channel? OutputOf(int slot) =>
        world.IsOpen(slot) ? Array.Find(_channels, channel => channel.Writer == slot) : null;

    // ---- bookkeeping ---------------------------------------------------------------------------

    private void Emit(Step step, bool alone)
    {
        // What the await of a former step settles is settled before the step was looked at.
        var awaitBefore = !concurrent || alone || _awaitNext;
        if (alone)
        {
            Settle();
        }

        var keep = step.Kind == StepKind.Open && !world.IsOpen(step.Slot);
        var input = InputOf(step.Slot);
        var output = OutputOf(step.Slot);
        var outcome = _oracle.Run(step);
        _plan.Add(new Planned(step, outcome, awaitBefore, keep && outcome.IsSuccess));
        _awaitNext = alone;
        Record(step, outcome, input, output);
    }

    private void Record(Step step, Outcome outcome, Channel? input, Channel? output)
    {
        switch (step.Kind)
        {
            case StepKind.Renew or StepKind.Open when Slots.IsFile(step.Slot):
                _types[step.Slot] = world.IsOpen(step.Slot) ? StatusOf(step.Slot).Type : FileType.Regular;
                break;
            case StepKind.Renew:
                foreach (var channel in _channels.Where(
                    channel => channel.Reader == step.Slot || channel.Writer == step.Slot))
                {
                    channel.Clear();
                }

                break;
            case StepKind.FTruncate or StepKind.Close when Slots.IsFile(step.Slot):
                _lanes[step.Slot].Barrier();
                break;
            case StepKind.Exchange:
                output!.Clear();
                break;
            case StepKind.Read or StepKind.ReadV or StepKind.Recv
                when outcome.IsSuccess && (step.Flags & SocketMessageFlags.Peek) == 0:
                input?.Pop((int)outcome.Value);
                break;
            case StepKind.Write or StepKind.WriteV or StepKind.Send when outcome.IsSuccess:
                output?.Push((int)outcome.Value, -1);
                break;
            case StepKind.SendFile when outcome.IsSuccess:
                output?.Push((int)outcome.Value, step.Other);
                break;
        }
    }

    private void Settle()
    {
        foreach (var channel in _channels)
        {
            channel.Settle();
        }

        foreach (var lane in _lanes)
        {
            lane.Barrier();
        }
    }
}
