using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using ScottPlot;

namespace Akka.IoActors.Benchmarks;

/// <summary>Throughput and latency over queue depth, as SVG.</summary>
internal static class Plots
{
    private static readonly int[] Depths = [1, 2, 4, 8, 16, 32, 64, 128, 256];

    internal static async Task Draw(string folder, BenchFiles files, int rounds, TimeSpan time)
    {
        Directory.CreateDirectory(folder);
        foreach (var direct in new[] { false, true })
        {
            var lines = new Dictionary<SideSpec, List<(int Depth, Sample Sample)>>();
            foreach (var spec in Rows.Sweep(direct).Where(spec => CommandSide.Missing(spec) is null))
            {
                lines[spec] = [];
            }

            foreach (var depth in Depths)
            {
                // A row without a target: its sides are measured in turn, like all others.
                var sides = lines.Keys.Select(spec => spec.With("qd", depth.ToString(CultureInfo.InvariantCulture))).ToList();
                var result = await new BenchRun(files, rounds, time).Measure(
                    new Row($"sweep.{depth}", "", Metric.Throughput, 0, sides[0], [.. sides.Skip(1)]));
                foreach (var (spec, side) in lines.Keys.Zip((IEnumerable<Rounds>)[result.Ours, .. result.Peers]))
                {
                    lines[spec].Add((depth, side.Median()));
                }
            }

            var title = direct ? "O_DIRECT" : "page-cached";
            var name = direct ? "direct" : "cached";
            Draw(Path.Combine(folder, $"throughput-{name}.svg"), $"Random 4 KiB reads, {title}: throughput", "1,000 operations a second",
                lines, sample => sample.OpsPerSecond / 1000);
            Draw(Path.Combine(folder, $"latency-p50-{name}.svg"), $"Random 4 KiB reads, {title}: median latency", "µs",
                lines, sample => sample.P50Micros);
            Draw(Path.Combine(folder, $"latency-p99-{name}.svg"), $"Random 4 KiB reads, {title}: 99th percentile", "µs",
                lines, sample => sample.P99Micros);
        }
    }

    private static void Draw(
        string path, string title, string unit, Dictionary<SideSpec, List<(int Depth, Sample Sample)>> lines, Func<Sample, double> figure)
    {
        using var plot = new Plot();
        foreach (var (spec, points) in lines)
        {
            if (points.All(point => figure(point.Sample) > 0))
            {
                var line = plot.Add.Scatter(
                    points.Select(point => Math.Log2(point.Depth)).ToArray(), points.Select(point => figure(point.Sample)).ToArray());
                line.LegendText = spec.Label;
                line.LineWidth = 2;
            }
        }

        plot.Title($"{title} ({Report.Machine})", 12);
        plot.XLabel("operations in flight");
        plot.YLabel(unit);
        plot.Axes.Bottom.SetTicks(
            [.. Depths.Select(depth => Math.Log2(depth))], [.. Depths.Select(depth => depth.ToString(CultureInfo.InvariantCulture))]);
        plot.Axes.SetLimitsY(0, plot.Axes.GetLimits().Top);
        plot.ShowLegend(Edge.Right);
        plot.SaveSvg(path, 1000, 520);
    }
}
