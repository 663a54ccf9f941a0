using System;
using System.Diagnostics;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.IoActors.Backends;
using Microsoft.Win32.SafeHandles;

namespace Akka.IoActors.Benchmarks.Sides;

/// <summary>
/// The ring fails under a load of <c>qd</c> reads; the value is the longest time without a completion from then on, in
/// ms. Each read is checked: its one reply, its bytes.
/// </summary>
internal sealed class RestartSide : ServiceSide
{
    private readonly SafeFileHandle _file;

    public RestartSide(SideSpec spec)
        : base(spec) => _file = OpenData();

    public override async Task<Sample> Run(TimeSpan time)
    {
        var blocks = BlocksOf(Spec);
        var last = Stopwatch.GetTimestamp();
        var longest = 0L;
        var watching = 0;
        var load = TaskLoad.Run(Spec.Number("qd"), time, latencies: false, async (n, load) =>
        {
            var random = new Random(n);
            var buffer = Buffers.Make();
            do
            {
                (await Io.Client.PReadAsync(_file, buffer, RandomOffset(random, blocks))).ThrowIfFailed();
                var now = Stopwatch.GetTimestamp();
                var gap = now - Interlocked.Exchange(ref last, now);
                if (Volatile.Read(ref watching) != 0)
                {
                    InterlockedMax(ref longest, gap);
                }
            }
            while (load.Next());
        });
        await Task.Delay(time / 3);
        var before = (await Io.Client.GetInfoAsync()).Counters.Restarts;
        Volatile.Write(ref watching, 1);
        ((IInternalActorRef)Io.Backend).Restart(new BackendFailedException(new InvalidOperationException("killed by the benchmark")));
        var sample = await load;
        if ((await Io.Client.GetInfoAsync()).Counters.Restarts != before + 1)
        {
            throw new BenchmarkException("the backend has not restarted");
        }

        return sample with { Value = longest * 1000.0 / Stopwatch.Frequency };
    }

    private static void InterlockedMax(ref long target, long value)
    {
        for (var seen = Volatile.Read(ref target); value > seen;)
        {
            var found = Interlocked.CompareExchange(ref target, value, seen);
            if (found == seen)
            {
                return;
            }

            seen = found;
        }
    }
}
