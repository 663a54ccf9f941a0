using System.Collections.Generic;
using System.Linq;
using FsCheck;
using FsCheck.Fluent;

namespace Akka.IoActors.Tests.Parity;

/// <summary>A random program.</summary>
/// <param name="Concurrent">Whether operations are sent without waiting for the replies to those before.</param>
/// <param name="Steps">The steps, in order.</param>
public sealed record Trace(bool Concurrent, IReadOnlyList<Step> Steps)
{
    /// <summary>Random traces, and how a failing one becomes smaller.</summary>
    public static Arbitrary<Trace> Arbitrary { get; } = Arb.From(Generator(), Shrink);

    private static Gen<Trace> Generator() =>
        from concurrent in Gen.Elements(false, true)
        from count in Gen.Choose(20, 300)
        from steps in Gen.ListOf(AnyStep(), count)
        select new Trace(concurrent, steps);

    private static Gen<Step> AnyStep() =>
        from kind in Kinds()
        from slot in SlotFor(kind)
        from other in Gen.Frequency((9, Gen.Choose(0, Slots.Files - 1)), (1, Gen.Choose(0, Slots.Count - 1)))
        from length in Lengths()
        from offset in Offsets()
        from sign in Gen.Elements(1, 1, 1, -1)
        from otherOffset in Offsets()
        from choice in Gen.Choose(0, 100_000)
        from seed in Gen.Choose(0, int.MaxValue - 1)
        select new Step(
            kind,
            slot,
            other,
            kind switch { StepKind.Exchange => length * 40, StepKind.CopyRange => length * 3, _ => length },
            kind == StepKind.LSeek ? sign * offset : kind == StepKind.FTruncate ? offset % 100_000 : offset,
            otherOffset,
            choice,
            seed);

    private static Gen<StepKind> Kinds() => Gen.Frequency(
        (12, Gen.Constant(StepKind.Read)),
        (12, Gen.Constant(StepKind.Write)),
        (8, Gen.Constant(StepKind.PRead)),
        (8, Gen.Constant(StepKind.PWrite)),
        (6, Gen.Constant(StepKind.ReadV)),
        (6, Gen.Constant(StepKind.WriteV)),
        (5, Gen.Constant(StepKind.PReadV)),
        (5, Gen.Constant(StepKind.PWriteV)),
        (8, Gen.Constant(StepKind.LSeek)),
        (4, Gen.Constant(StepKind.FTruncate)),
        (5, Gen.Constant(StepKind.FStat)),
        (1, Gen.Elements(StepKind.FSync, StepKind.FDataSync)),
        (10, Gen.Constant(StepKind.Recv)),
        (10, Gen.Constant(StepKind.Send)),
        (5, Gen.Constant(StepKind.SendFile)),
        (4, Gen.Constant(StepKind.CopyRange)),
        (5, Gen.Constant(StepKind.Open)),
        (3, Gen.Constant(StepKind.Close)),
        (1, Gen.Constant(StepKind.Exchange)),
        (4, Gen.Constant(StepKind.Renew)));

    /// <summary>Mostly a descriptor that suits the kind; now and then any.</summary>
    private static Gen<int> SlotFor(StepKind kind)
    {
        var files = Gen.Choose(0, Slots.Files - 1);
        var streams = Gen.Choose(Slots.Files, Slots.Opened - 1);
        var sockets = Gen.Choose(Slots.FirstSocket, Slots.Opened - 1);
        var any = Gen.Choose(0, Slots.Count - 1);
        return kind switch
        {
            StepKind.Recv or StepKind.Send => Gen.Frequency((9, sockets), (1, any)),
            StepKind.Read or StepKind.Write or StepKind.ReadV or StepKind.WriteV or StepKind.SendFile =>
                Gen.Frequency((5, files), (4, streams), (1, any)),
            StepKind.Exchange => streams,
            StepKind.Open => files,
            StepKind.Close or StepKind.Renew or StepKind.FStat => any,
            _ => Gen.Frequency((9, files), (1, any)),
        };
    }

    private static Gen<int> Lengths() => Gen.Frequency(
        (1, Gen.Constant(0)),
        (6, Gen.Choose(1, 16)),
        (6, Gen.Choose(17, 600)),
        (3, Gen.Choose(601, 4096)),
        (1, Gen.Choose(4097, 8192)));

    private static Gen<long> Offsets() => Gen.Frequency(
        (20, Gen.Choose(0, 20_000).Select(offset => (long)offset)),
        (8, Gen.Choose(0, 500).Select(offset => (long)offset)),
        (5, Gen.Choose(0, 65_536).Select(offset => (long)offset)),
        (3, Gen.Choose(0, 16).Select(page => page * 4096L)),
        (1, Gen.Elements(long.MaxValue, long.MaxValue - 100)));

    /// <summary>First whole stretches go, then single steps, then what is left becomes plainer.</summary>
    private static IEnumerable<Trace> Shrink(Trace trace)
    {
        for (var stretch = trace.Steps.Count; stretch > 0; stretch /= 2)
        {
            for (var at = 0; at < trace.Steps.Count; at += stretch)
            {
                yield return trace with
                {
                    Steps = [.. trace.Steps.Take(at), .. trace.Steps.Skip(at + stretch)],
                };
            }
        }

        if (trace.Concurrent)
        {
            yield return trace with { Concurrent = false };
        }

        for (var at = 0; at < trace.Steps.Count; at++)
        {
            foreach (var plainer in Plainer(trace.Steps[at]).Where(step => step != trace.Steps[at]))
            {
                yield return trace with
                {
                    Steps = [.. trace.Steps.Take(at), plainer, .. trace.Steps.Skip(at + 1)],
                };
            }
        }
    }

    // Each candidate is smaller in one respect and larger in none, so that shrinking ends.
    private static IEnumerable<Step> Plainer(Step step) =>
    [
        step with { Length = step.Length / 2 },
        step with { Length = step.Length - (step.Length > 0 ? 1 : 0) },
        step with { Offset = step.Offset / 2 },
        step with { OtherOffset = step.OtherOffset / 2 },
        step with { Choice = step.Choice % 6 },
        step with { Choice = 0 },
        step with { Seed = 1 },
    ];

    /// <inheritdoc/>
    public override string ToString() => $"{Steps.Count} steps, {(Concurrent ? "concurrent" : "one by one")}";
}
