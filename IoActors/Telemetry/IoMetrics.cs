using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Linq;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.IoActors.Loop;

namespace Akka.IoActors.Telemetry;

/// <summary>
/// What the service tells System.Diagnostics.Metrics, as meter <see cref="MeterName"/>: every operation's duration, and the counts of
/// each loop. While nobody listens an operation costs one look at a flag.
/// </summary>
internal static class IoMetrics
{
    /// <summary>The name of the meter.</summary>
    internal const string MeterName = "Akka.IoActors";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);

    // So long one answer serves: the instruments of a collection are asked one after the other.
    private static readonly TimeSpan s_fresh = TimeSpan.FromMilliseconds(100);

    /// <summary>When the loops were asked, and what they said. Under the lock of <see cref="s_services"/>.</summary>
    private static long s_askedAt;
    private static IReadOnlyList<(string System, int Loop, BackendInfo Info)> s_latest = [];

    private static readonly Meter s_meter = new(MeterName, typeof(IoMetrics).Assembly.GetName().Version?.ToString());

    /// <summary>The services that are asked. Any thread.</summary>
    private static readonly ConcurrentDictionary<IoActorsExtension, string> s_services = new();

    private static readonly Histogram<double> s_duration = s_meter.CreateHistogram<double>(
        "ioactors.operation.duration",
        "s",
        "From the arrival of an operation at its backend to its reply.",
        tags: null,
        new InstrumentAdvice<double>
        {
            HistogramBucketBoundaries = [1e-6, 5e-6, 1e-5, 5e-5, 1e-4, 5e-4, 1e-3, 5e-3, 1e-2, 5e-2, 0.1, 0.5, 1, 5, 10],
        });

    // Kept by the meter.
    private static readonly Instrument[] s_counts =
    [
        Counter("ioactors.operations.submitted", "{operation}", "Operations taken in.", counters => counters.Submitted),
        Counter("ioactors.operations.replied", "{operation}", "Operations answered.", counters => counters.Replied),
        Counter("ioactors.operations.failed", "{operation}", "Operations answered by an errno.", counters => counters.Failed),
        Counter("ioactors.operations.rejected", "{operation}", "Operations refused because a limit was reached.", counters => counters.Rejected),
        Counter("ioactors.read.bytes", "By", "Bytes read and received.", counters => counters.BytesRead),
        Counter("ioactors.written.bytes", "By", "Bytes written and sent.", counters => counters.BytesWritten),
        Gauge("ioactors.operations.in_flight", "{operation}", "Operations that the kernel or the pool has.", counters => counters.InFlight),
        Gauge("ioactors.operations.waiting", "{operation}", "Operations that wait for their turn.", counters => counters.Waiting),
        Gauge("ioactors.buffers.pinned", "{buffer}", "Buffers of operations in flight.", counters => counters.PinnedBuffers),
        Counter("ioactors.buffers.leaked", "{buffer}", "Buffers given up because the kernel may still write to them.", counters => counters.LeakedBuffers),
        Gauge("ioactors.buffers.in_use", "{buffer}", "Buffers of RecvPooled that their receivers hold.", counters => counters.BuffersInUse),
        Counter("ioactors.loop.restarts", "{restart}", "Restarts of the ring or its like.", counters => counters.Restarts),
        Seconds("ioactors.loop.parked", "Time that the loop had nothing to do; the rest of it was busy.", counters => counters.Parked.TotalSeconds),
        Counter("ioactors.loop.enters", "{call}", "Entries into the kernel.", counters => counters.Enters),
        Counter("ioactors.loop.wakeups", "{wakeup}", "Times that a parked loop was woken.", counters => counters.WakeUps),
        Counter("ioactors.loop.offloaded", "{operation}", "Operations that threads have carried out.", counters => counters.Offloaded),
    ];

    /// <summary>When an operation arrives: a timestamp, or 0 if nobody wants to know.</summary>
    internal static long Begin() => IoTelemetry.IsSupported && s_duration.Enabled ? Stopwatch.GetTimestamp() : 0;

    /// <summary>An operation that began then has been answered. What a listener throws is logged: it is not the operation's affair.</summary>
    internal static void End(long begin, string backend, IoResult result, IActorRef replier)
    {
        var tags = new TagList
        {
            { "ioactors.operation", result.Operation.Kind.ToString() },
            { "ioactors.backend", backend },
        };
        if (!result.IsSuccess)
        {
            tags.Add("error.type", result.Error.Name());
        }

        try
        {
            s_duration.Record(Stopwatch.GetElapsedTime(begin).TotalSeconds, tags);
        }
        catch (Exception e)
        {
            IoResult.Log(e, replier, $"A listener to {s_duration.Name} threw.");
        }
    }

    /// <summary>Counts a service's loops until its system ends.</summary>
    internal static void Watch(IoActorsExtension service, ActorSystem system)
    {
        Debug.Assert(s_counts.Length > 0, "the instruments are made with the class");
        s_services.TryAdd(service, system.Name);
        system.RegisterOnTermination(() =>
        {
            lock (s_services)
            {
                s_services.TryRemove(service, out _);
                s_askedAt = 0;
            }
        });
    }

    private static ObservableCounter<long> Counter(string name, string unit, string description, Func<BackendCounters, long> value) =>
        s_meter.CreateObservableCounter(name, () => Measure(value), unit, description);

    private static ObservableUpDownCounter<long> Gauge(string name, string unit, string description, Func<BackendCounters, long> value) =>
        s_meter.CreateObservableUpDownCounter(name, () => Measure(value), unit, description);

    private static ObservableCounter<double> Seconds(string name, string description, Func<BackendCounters, double> value) =>
        s_meter.CreateObservableCounter(name, () => Measure(value), "s", description);

    private static IEnumerable<Measurement<T>> Measure<T>(Func<BackendCounters, T> value)
        where T : struct
    {
        foreach (var (name, loop, info) in Latest())
        {
            yield return new Measurement<T>(
                value(info.Counters),
                new KeyValuePair<string, object?>("ioactors.system", name),
                new KeyValuePair<string, object?>("ioactors.loop", loop),
                new KeyValuePair<string, object?>("ioactors.backend", info.Backend));
        }
    }

    /// <summary>
    /// What the loops told: asked once for all instruments of a collection, all loops at once. One that does not answer in time,
    /// because it stands still or has ended, is left out. On a loop nobody is asked: it would wait for itself.
    /// </summary>
    private static IReadOnlyList<(string System, int Loop, BackendInfo Info)> Latest()
    {
        lock (s_services)
        {
            if (EventLoop.Current is null && Stopwatch.GetElapsedTime(s_askedAt) > s_fresh)
            {
                var asked = s_services
                    .SelectMany(service => service.Key.Loops.Select(loop => Ask(service.Value, loop)))
                    .ToArray();
                s_latest = [.. Task.WhenAll(asked).GetAwaiter().GetResult().Where(each => each is not null).Select(each => each!.Value)];
                s_askedAt = Stopwatch.GetTimestamp();
            }

            return s_latest;
        }
    }

    private static async Task<(string System, int Loop, BackendInfo Info)?> Ask(string system, IoLoop loop)
    {
        try
        {
            var answer = await loop.Backend.Ask<IoResult>(new GetInfo(), s_patience).ConfigureAwait(false);
            return answer.IsSuccess ? (system, loop.Index, answer.Info) : null;
        }
        catch (AskTimeoutException)
        {
            return null;
        }
    }
}
