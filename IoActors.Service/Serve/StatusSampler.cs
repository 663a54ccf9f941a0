using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Akka.Actor;
using HdrHistogram;
using Serilog;

namespace Akka.IoActors.Service.Serve;

/// <summary>
/// Samples the service every second, whoever looks: requests by ASP.NET Core's own instruments, loops by their counters. The last minutes are
/// kept, so that a page that is opened has a past to show.
/// </summary>
internal sealed class StatusSampler : IAsyncDisposable
{
    /// <summary>Seconds that are kept.</summary>
    private const int Kept = 180;

    private const long LongestMicros = 3_600_000_000;

    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    /// <summary>A loop that does not answer so long stands still.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(500);

    private readonly IoActorsExtension _io;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _sampling;
    private readonly MeterListener _listener = new();
    private readonly Recorder _latencies = HistogramFactory.With64BitBucketSize().WithValuesUpTo(LongestMicros).WithPrecisionOf(2)
        .WithThreadSafeWrites().WithThreadSafeReads().Create();

    /// <summary>The samples, oldest first. Under its lock.</summary>
    private readonly Queue<StatusSample> _samples = new();

    // What there was a second ago: the loops' counts, the time, the requests; and a histogram to be used again. Owned by Run.
    private readonly Dictionary<int, BackendCounters> _before = [];
    private long _last = Stopwatch.GetTimestamp();
    private long _counted;
    private HistogramBase? _interval;

    // Counts since the start. Any thread, interlocked.
    private long _requests;
    private long _failed;
    private long _cut;
    private long _connections;

    internal StatusSampler(IoActorsExtension io)
    {
        _io = io;
        _listener.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument.Name is "http.server.request.duration" or "kestrel.active_connections")
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<double>(OnRequest);
        _listener.SetMeasurementEventCallback<long>((_, change, _, _) => Interlocked.Add(ref _connections, change));
        _listener.Start();
        _sampling = Run(_stop.Token);
    }

    /// <summary>Requests answered, those that failed, and those that were cut.</summary>
    internal (long Requests, long Failed, long Cut) Totals =>
        (Interlocked.Read(ref _requests), Interlocked.Read(ref _failed), Interlocked.Read(ref _cut));

    /// <summary>The samples behind one that is known already.</summary>
    internal IReadOnlyList<StatusSample> After(long number)
    {
        lock (_samples)
        {
            return [.. _samples.Where(sample => sample.Number > number)];
        }
    }

    /// <summary>A request's connection has ended before it did.</summary>
    internal void CountCut() => Interlocked.Increment(ref _cut);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _sampling;
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task Run(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(s_interval);
        try
        {
            // What the first second is compared with. And all that a sample takes is loaded now, while there are descriptors.
            await Take(0);
            for (var number = 1L; await Next(timer, stop); number++)
            {
                Keep(await Take(number));
            }
        }
        catch (Exception e)
        {
            // The service is what matters: it goes on without its picture.
            Log.Error(e, "The status page gets no further seconds.");
        }
    }

    private async Task<StatusSample> Take(long number)
    {
        var latest = await Task.WhenAll(_io.Loops.Select(Ask));
        var now = Stopwatch.GetTimestamp();
        var seconds = Stopwatch.GetElapsedTime(_last, now).TotalSeconds;
        _interval = _latencies.GetIntervalHistogram(_interval);
        var totals = Totals;
        var sample = new StatusSample(
            number,
            DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(),
            (totals.Requests - _counted) / seconds,
            Percentile(_interval, 50),
            Percentile(_interval, 99),
            totals.Requests,
            totals.Failed,
            totals.Cut,
            Interlocked.Read(ref _connections),
            _io.Health.ToString(),
            [.. latest.Select((each, loop) => each is null ? null : Of(loop, each, seconds)).OfType<LoopSample>()]);
        _last = now;
        _counted = totals.Requests;
        return sample;
    }

    private void Keep(StatusSample sample)
    {
        lock (_samples)
        {
            _samples.Enqueue(sample);
            if (_samples.Count > Kept)
            {
                _samples.Dequeue();
            }
        }
    }

    private static async ValueTask<bool> Next(PeriodicTimer timer, CancellationToken stop)
    {
        try
        {
            return await timer.WaitForNextTickAsync(stop);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private static double Percentile(HistogramBase histogram, double percent) =>
        histogram.TotalCount == 0 ? 0 : histogram.GetValueAtPercentile(percent) / 1000.0;

    private static async Task<BackendCounters?> Ask(IoLoop loop)
    {
        try
        {
            return (await loop.Backend.Ask<IoResult>(new GetInfo(), s_patience).ConfigureAwait(false)) is { IsSuccess: true } answer
                ? answer.Info.Counters
                : null;
        }
        catch (AskTimeoutException)
        {
            return null;
        }
    }

    private LoopSample Of(int loop, BackendCounters now, double seconds)
    {
        var before = _before.GetValueOrDefault(loop, now);
        _before[loop] = now;
        return new LoopSample(
            loop,
            (now.Replied - before.Replied) / seconds,
            (now.BytesRead - before.BytesRead) / seconds,
            (now.BytesWritten - before.BytesWritten) / seconds,
            now.InFlight,
            now.Waiting,
            now.Restarts,
            double.Clamp(1 - ((now.Parked - before.Parked).TotalSeconds / seconds), 0, 1));
    }

    private void OnRequest(Instrument instrument, double seconds, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state)
    {
        Interlocked.Increment(ref _requests);
        _latencies.RecordValue(long.Clamp((long)(seconds * 1e6), 1, LongestMicros));
        foreach (var tag in tags)
        {
            if (tag is { Key: "http.response.status_code", Value: >= 500 })
            {
                Interlocked.Increment(ref _failed);
            }
        }
    }
}
