using System;
using System.Diagnostics;

namespace Akka.IoActors.Benchmarks;

/// <summary>Time, processor time and allocations of this process from its making on.</summary>
internal sealed class Meter
{
    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly TimeSpan _cpu = Environment.CpuUsage.TotalTime;
    private readonly long _allocated = GC.GetTotalAllocatedBytes();

    internal TimeSpan Elapsed => Stopwatch.GetElapsedTime(_start);

    internal Sample Stop(long operations, double p50 = 0, double p99 = 0, double value = 0) => new(
        operations / Elapsed.TotalSeconds,
        (Environment.CpuUsage.TotalTime - _cpu).TotalMicroseconds / operations,
        (GC.GetTotalAllocatedBytes() - _allocated) / (double)operations,
        p50,
        p99,
        value);
}
