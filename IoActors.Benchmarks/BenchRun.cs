using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;

namespace Akka.IoActors.Benchmarks;

/// <summary>Measures rows: all sides of a row in turn, round after round, so that what the machine does meanwhile hits all alike.</summary>
internal sealed class BenchRun(BenchFiles files, int rounds, TimeSpan time)
{
    /// <summary>Until what is hot has been compiled for the second time.</summary>
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1.5);

    internal async Task<RowResult> Measure(Row row)
    {
        var sides = new List<(SideSpec Spec, ISide Side, List<Sample> Samples)>();
        var missing = new List<string>();
        try
        {
            foreach (var spec in (IEnumerable<SideSpec>)[row.Ours, .. row.Peers, .. row.Beside])
            {
                if (CommandSide.Missing(spec) is { } package)
                {
                    missing.Add($"{spec.Label} (Debian package {package})");
                    continue;
                }

                sides.Add((spec, await Start(spec), []));
            }

            // Warm-up: what is compiled first, and paths that are tiered up later.
            foreach (var (spec, side, _) in sides)
            {
                await Prepare(spec);
                await side.Run(CommandSide.IsCommand(spec) ? TimeSpan.Zero : WarmUp);
            }

            for (var round = 0; round < rounds; round++)
            {
                foreach (var (spec, side, samples) in sides)
                {
                    await Prepare(spec);
                    samples.Add(await side.Run(time));
                }
            }
        }
        finally
        {
            foreach (var (_, side, _) in sides)
            {
                await side.DisposeAsync();
            }
        }

        var results = sides.Select(side => new Rounds(side.Spec, side.Samples)).ToList();
        return new RowResult(
            row,
            results.Single(r => r.Side == row.Ours),
            [.. results.Where(r => row.Peers.Contains(r.Side))],
            [.. results.Where(r => row.Beside.Contains(r.Side))],
            missing);
    }

    private Task<ISide> Start(SideSpec spec) => CommandSide.IsCommand(spec)
        ? Task.FromResult<ISide>(new CommandSide(spec.With("file", files.Data).With("folder", files.Folder)))
        : WorkerProcess.Start(spec.With("file", files.Data).With("folder", files.Folder));

    /// <summary>Brings the machine into the state that the side wants.</summary>
    private async Task Prepare(SideSpec spec)
    {
        if (spec.Is("cached"))
        {
            await files.MakeResident();
        }

        if (spec.Is("cold"))
        {
            await BenchFiles.DropCaches();
        }
    }
}
