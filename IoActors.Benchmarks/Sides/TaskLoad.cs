using System;
using System.Diagnostics;
using System.Linq;
using System.Threading.Tasks;
using HdrHistogram;

namespace Akka.IoActors.Benchmarks.Sides;

/// <summary>So many tasks that do one operation after the other until the time is up.</summary>
internal sealed class TaskLoad
{
    private readonly long _end;
    private readonly LongHistogram? _histogram;
    private long _now = Stopwatch.GetTimestamp();
    private long _count;

    private TaskLoad(TimeSpan time, bool latencies)
    {
        _end = _now + (long)(time.TotalSeconds * Stopwatch.Frequency);
        _histogram = latencies ? new LongHistogram(10_000_000_000, 3) : null;
    }

    /// <summary>Counts an operation. Asked by the one task whose load this is, after each.</summary>
    /// <returns>Whether there is time for another.</returns>
    internal bool Next()
    {
        _count++;
        if (_histogram is not null)
        {
            var before = _now;
            _now = Stopwatch.GetTimestamp();
            _histogram.RecordValue(Math.Max(1, _now - before));
        }
        else if ((_count & 15) == 0)
        {
            _now = Stopwatch.GetTimestamp();
        }

        return _now < _end;
    }

    /// <param name="tasks">How many.</param>
    /// <param name="time">How long.</param>
    /// <param name="latencies">Whether each operation is timed.</param>
    /// <param name="worker">A task: gets its number and its load, and ends when <see cref="Next"/> says so.</param>
    internal static async Task<Sample> Run(int tasks, TimeSpan time, bool latencies, Func<int, TaskLoad, Task> worker)
    {
        var meter = new Meter();
        var loads = Enumerable.Range(0, tasks).Select(_ => new TaskLoad(time, latencies)).ToArray();
        await Task.WhenAll(loads.Select((load, n) => Task.Run(() => worker(n, load))));
        var count = loads.Sum(load => load._count);
        if (!latencies)
        {
            return meter.Stop(count);
        }

        var all = loads[0]._histogram!;
        foreach (var load in loads.Skip(1))
        {
            all.Add(load._histogram);
        }

        return meter.Stop(count, Micros(all, 50), Micros(all, 99));
    }

    private static double Micros(LongHistogram histogram, double percentile) =>
        histogram.GetValueAtPercentile(percentile) * 1e6 / Stopwatch.Frequency;
}
