using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.Event;

namespace Akka.IoActors.Service.Soak;

/// <summary>One soak: workers under load, somebody who breaks the backend, somebody who counts.</summary>
internal sealed class SoakRun(ServiceHost host, int seed)
{
    /// <summary>Less than this, and memory still finds its level.</summary>
    private static readonly TimeSpan LongEnoughForMemory = TimeSpan.FromMinutes(2);

    private readonly Ledger _ledger = new(host.Io);
    private readonly SoakCounts _counts = new();
    private readonly List<double> _mebibytes = [];
    private BackendCounters? _last;
    private TimeSpan _took;
    private List<string> _descriptors = [];
    private List<string> _descriptorsLeft = [];

    /// <summary>The numbers, as <c>name=value</c>.</summary>
    internal string Summary => string.Create(
        CultureInfo.InvariantCulture,
        $"seconds={_took.TotalSeconds:f0} operations={_ledger.Submitted} replies={_ledger.Replied} faults={_counts.Faults} "
        + $"restarts={_last?.Restarts ?? 0} lost={_ledger.Submitted - _ledger.Replied} doubled={_ledger.Doubled} "
        + $"leakedDescriptors={_descriptorsLeft.Count} "
        + $"leakedBuffers={(_last?.LeakedBuffers ?? 0) + (_last?.PinnedBuffers ?? 0)} peakMiB={_mebibytes.Append(0).Max():f0}");

    /// <summary>Runs until the time is up, or something is wrong.</summary>
    /// <returns>What is wrong; null if nothing is.</returns>
    internal async Task<string?> Run(TimeSpan time, CancellationToken cancellation)
    {
        var doubled = host.System.ActorOf(Props.Create(() => new DeadReplies(_ledger)));
        host.System.EventStream.Subscribe(doubled, typeof(DeadLetter));
        var folder = Directory.CreateTempSubdirectory("ioactors-soak-").FullName;
        string? problem = null;
        try
        {
            // Once before anything is counted: .NET opens what it keeps.
            await Work(folder, TimeSpan.FromSeconds(2), breaks: false, cancellation);
            _descriptors = Descriptors();
            await Work(folder, time, breaks: true, cancellation);
        }
        catch (Exception e) when (e is CheckFailedException or IOException or TimeoutException)
        {
            problem = e.Message;
        }

        _last = await Settle();
        Directory.Delete(folder, recursive: true);
        return problem ?? Judge(time);
    }

    private async Task Work(string folder, TimeSpan time, bool breaks, CancellationToken cancellation)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        end.CancelAfter(time);
        var start = Stopwatch.GetTimestamp();
        var tasks = new List<Task>();
        for (var i = 0; i < 3; i++)
        {
            var random = new Random(seed + 100 * i);
            tasks.Add(Repeat(new FileWorker(_ledger, _counts, random, Path.Combine(folder, $"file-{i}")), end));
            tasks.Add(Repeat(new PipeWorker(_ledger, _counts, new Random(seed + 100 * i + 1)), end));
            tasks.Add(Repeat(new SocketWorker(_ledger, _counts, new Random(seed + 100 * i + 2)), end));
            tasks.Add(Repeat(new ConnectionWorker(_ledger, _counts, new Random(seed + 100 * i + 3)), end));
        }

        if (breaks)
        {
            tasks.Add(Break(end.Token));
            tasks.Add(Report(start, time, end.Token));
        }

        await Task.WhenAll(tasks);
        _took = Stopwatch.GetElapsedTime(start);
    }

    /// <summary>Rounds of one worker; the first thing that is wrong ends all of them.</summary>
    private async Task Repeat(SoakWorker worker, CancellationTokenSource end)
    {
        try
        {
            await Task.Yield();
            using (worker)
            {
                await worker.Start();
                while (!end.IsCancellationRequested)
                {
                    await worker.Round().WaitAsync(SoakWorker.Deadline);
                }
            }
        }
        catch (TimeoutException)
        {
            await end.CancelAsync();
            throw new CheckFailedException(
                $"a round of {worker.GetType().Name} takes longer than {SoakWorker.Deadline}, "
                + $"not answered: {string.Join("; ", _ledger.Unanswered)}");
        }
        catch
        {
            await end.CancelAsync();
            throw;
        }
    }

    private async Task Break(CancellationToken end)
    {
        var random = new Random(seed);
        while (await Sleeps(TimeSpan.FromMilliseconds(random.Next(1500, 4500)), end))
        {
            _counts.Fault();
            if (random.Next(3) > 0 || Breaker.TearRing(host) is null)
            {
                Breaker.KillActor(host);
            }
        }
    }

    private async Task Report(long start, TimeSpan time, CancellationToken end)
    {
        var every = TimeSpan.FromSeconds(Math.Clamp(time.TotalSeconds / 60, 1, 60));
        var before = _ledger.Replied;
        while (await Sleeps(every, end))
        {
            _mebibytes.Add(Environment.WorkingSet / 1048576.0);
            var replies = _ledger.Replied;
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"soak: {Stopwatch.GetElapsedTime(start).TotalSeconds,6:f0} s  {replies} replies  "
                + $"{(replies - before) / every.TotalSeconds:f0}/s  faults {_counts.Faults}  {_mebibytes[^1]:f0} MiB"));
            before = replies;
        }
    }

    private static async Task<bool> Sleeps(TimeSpan time, CancellationToken end)
    {
        await Task.Delay(time, end).ContinueWith(static _ => { }, TaskScheduler.Default);
        return !end.IsCancellationRequested;
    }

    /// <summary>Waits until everything is answered and closed, or must be by now.</summary>
    private async Task<BackendCounters> Settle()
    {
        var start = Stopwatch.GetTimestamp();
        while (true)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            _descriptorsLeft = Descriptors();
            _descriptors.ForEach(link => _descriptorsLeft.Remove(link));
            var counters = (await host.Io.Client.GetInfoAsync()).Counters;
            var settled = _ledger.Submitted == _ledger.Replied && counters.PinnedBuffers == 0
                && _descriptorsLeft.Count == 0;
            if (settled || Stopwatch.GetElapsedTime(start) > TimeSpan.FromSeconds(10))
            {
                return counters;
            }
        }
    }

    private string? Judge(TimeSpan time)
    {
        var counters = _last!;
        if (_ledger.Submitted != _ledger.Replied)
        {
            return "operations were not answered";
        }

        if (_ledger.Doubled > 0)
        {
            return "operations were answered twice";
        }

        if (_descriptorsLeft.Count > 0)
        {
            return $"descriptors are left open: {string.Join(", ", _descriptorsLeft)}";
        }

        if (counters.LeakedBuffers + counters.PinnedBuffers > 0)
        {
            return "buffers are still held";
        }

        if (counters.Submitted != counters.Replied)
        {
            return $"the backend counts {counters.Submitted} operations and {counters.Replied} replies";
        }

        var third = _mebibytes.Count / 3;
        if (time < LongEnoughForMemory || third == 0)
        {
            return null;
        }

        var (first, last) = (_mebibytes.Take(third).Average(), _mebibytes.TakeLast(third).Average());
        return last <= first * 1.1
            ? null
            : string.Create(CultureInfo.InvariantCulture, $"memory grows: {first:f0} MiB in the first third, {last:f0} in the last");
    }

    /// <summary>What is open, by kind: one ring takes another's place.</summary>
    private static List<string> Descriptors() =>
    [
        .. Directory.GetFiles("/proc/self/fd")
            .Select(path => new FileInfo(path).LinkTarget)
            .OfType<string>()
            .Where(link => !link.StartsWith("/proc/", StringComparison.Ordinal)
                && !link.EndsWith(".dll", StringComparison.Ordinal))
            .Select(link => link.Split(":[", 2)[0]),
    ];

    /// <summary>A reply that nobody waits for any more has been given twice: the ledger knows.</summary>
    private sealed class DeadReplies : ReceiveActor
    {
        public DeadReplies(Ledger ledger) => Receive<DeadLetter>(letter =>
        {
            if (letter.Message is IoResult result)
            {
                ledger.Got(result);
            }
        });
    }
}

/// <summary>What was done to the backend on purpose. Any thread.</summary>
internal sealed class SoakCounts
{
    private long _faults;

    internal long Faults => Interlocked.Read(ref _faults);

    internal void Fault() => Interlocked.Increment(ref _faults);
}
