using System;
using System.Diagnostics;
using System.Linq;
using System.Threading.Tasks;
using HdrHistogram;

namespace Akka.IoActors.Benchmarks.Sides;

/// <summary>So many tasks that do one operation after the other until the time is up.</summary>
internal static class TaskLoad
{
    /// <param name="tasks">How many.</param>
    /// <param name="time">How long.</param>
    /// <param name="latencies">Whether each operation is timed.</param>
    /// <param name="worker">Gets its number; gives what does one operation.</param>
    internal static async Task<Sample> Run(int tasks, TimeSpan time, bool latencies, Func<int, Func<ValueTask>> worker)
    {
        var meter = new Meter();
        var end = Stopwatch.GetTimestamp() + (long)(time.TotalSeconds * Stopwatch.Frequency);
        var histograms = Enumerable.Range(0, latencies ? tasks : 0).Select(_ => new LongHistogram(10_000_000_000, 3)).ToArray();
        var counts = await Task.WhenAll(Enumerable.Range(0, tasks).Select(n => Task.Run(async () =>
        {
            var operation = worker(n);
            var histogram = latencies ? histograms[n] : null;
            var count = 0L;
            var now = Stopwatch.GetTimestamp();
            do
            {
                await operation().ConfigureAwait(false);
                count++;
                if (histogram is not null)
                {
                    var before = now;
                    now = Stopwatch.GetTimestamp();
                    histogram.RecordValue(Math.Max(1, now - before));
                }
                else if ((count & 15) == 0)
                {
                    now = Stopwatch.GetTimestamp();
                }
            }
            while (now < end);

            return count;
        })));
        if (!latencies)
        {
            return meter.Stop(counts.Sum());
        }

        foreach (var histogram in histograms.Skip(1))
        {
            histograms[0].Add(histogram);
        }

        return meter.Stop(counts.Sum(), Micros(histograms[0], 50), Micros(histograms[0], 99));
    }

    private static double Micros(LongHistogram histogram, double percentile) =>
        histogram.GetValueAtPercentile(percentile) * 1e6 / Stopwatch.Frequency;
}
