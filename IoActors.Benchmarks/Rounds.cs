using System;
using System.Collections.Generic;
using System.Linq;

namespace Akka.IoActors.Benchmarks;

/// <summary>What the rounds of one side came to.</summary>
internal sealed class Rounds(SideSpec side, IReadOnlyList<Sample> samples)
{
    internal SideSpec Side { get; } = side;

    /// <summary>The figure that a row compares: the median, and for a peer that is bimodal its upper quartile.</summary>
    internal double Of(Metric metric)
    {
        var sorted = Sorted(metric);
        return Side.Is("bimodal") && metric == Metric.Throughput
            ? sorted[(int)Math.Ceiling(0.75 * (sorted.Length - 1))]
            : Median(sorted);
    }

    /// <summary>Largest minus smallest, as a part of the median.</summary>
    internal double Spread(Metric metric)
    {
        var sorted = Sorted(metric);
        return Median(sorted) is var median and > 0 ? (sorted[^1] - sorted[0]) / median : 0;
    }

    internal Sample Median() => new(
        Median(s => s.OpsPerSecond), Median(s => s.CpuMicros), Median(s => s.Bytes),
        Median(s => s.P50Micros), Median(s => s.P99Micros), Median(s => s.Value));

    private double Median(Func<Sample, double> figure) => Median([.. samples.Select(figure).Order()]);

    private double[] Sorted(Metric metric) => [.. samples.Select(sample => metric switch
    {
        Metric.Throughput => sample.OpsPerSecond,
        Metric.Cpu => sample.CpuMicros,
        Metric.P50 => sample.P50Micros,
        _ => sample.Value,
    }).Order()];

    private static double Median(double[] sorted) =>
        sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[sorted.Length / 2 - 1] + sorted[sorted.Length / 2]) / 2;
}
