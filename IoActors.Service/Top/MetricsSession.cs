using System;
using System.Collections.Generic;
using System.Diagnostics.Tracing;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Channels;
using System.Threading.Tasks;
using Microsoft.Diagnostics.NETCore.Client;
using Microsoft.Diagnostics.Tracing;

namespace Akka.IoActors.Service.Top;

/// <summary>Listens to the meter of another process, as dotnet-counters does: that process needs to do nothing for it.</summary>
internal sealed class MetricsSession : IDisposable
{
    private const string Provider = "System.Diagnostics.Metrics";

    // Events of values, not of every single measurement.
    private const long TimeSeriesValues = 2;

    private readonly EventPipeSession _session;
    private readonly EventPipeEventSource _source;
    private readonly string _id = Guid.NewGuid().ToString();
    private readonly double _seconds;
    private readonly Channel<Sample> _samples = Channel.CreateBounded<Sample>(
        new BoundedChannelOptions(4) { FullMode = BoundedChannelFullMode.DropOldest });

    /// <summary>What is being collected. The thread that reads.</summary>
    private Sample _sample = new();
    private int _collections;

    internal MetricsSession(int process, TimeSpan interval)
    {
        _seconds = interval.TotalSeconds;
        var arguments = new Dictionary<string, string>
        {
            ["SessionId"] = _id,
            ["ClientId"] = _id,
            ["Metrics"] = "Akka.IoActors",
            ["RefreshInterval"] = _seconds.ToString(CultureInfo.InvariantCulture),
            ["MaxTimeSeries"] = "5000",
            ["MaxHistograms"] = "1000",
        };
        _session = new DiagnosticsClient(process).StartEventPipeSession(
            [new EventPipeProvider(Provider, EventLevel.Informational, TimeSeriesValues, arguments)], requestRundown: false);
        _source = new EventPipeEventSource(_session.EventStream);
        _source.Dynamic.All += OnEvent;
        new Thread(Read) { IsBackground = true, Name = "top" }.Start();
    }

    /// <summary>A sample an interval, until the process has ended.</summary>
    internal IAsyncEnumerable<Sample> Samples(CancellationToken cancellation) => _samples.Reader.ReadAllAsync(cancellation);

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            _session.Stop();
        }
        catch (Exception e) when (e is ServerNotAvailableException or IOException or EndOfStreamException)
        {
            // The process has ended, and the session with it.
        }

        _session.Dispose();
    }

    /// <summary>The processes that have IoActors loaded, and can be listened to.</summary>
    internal static IReadOnlyList<int> Processes() =>
        [.. DiagnosticsClient.GetPublishedProcesses().Where(id => id != Environment.ProcessId && HasIoActors(id)).Order()];

    private static bool HasIoActors(int process)
    {
        try
        {
            return File.ReadLines($"/proc/{process}/maps").Any(line => line.EndsWith("/IoActors.dll", StringComparison.Ordinal));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Gone, or another's.
            return false;
        }
    }

    private void Read()
    {
        try
        {
            _source.Process();
            _samples.Writer.TryComplete();
        }
        catch (Exception e)
        {
            // A process that was killed leaves the stream in the middle of an event.
            _samples.Writer.TryComplete(e is FormatException or IOException ? null : e);
        }
    }

    private void OnEvent(TraceEvent e)
    {
        if (e.ProviderName != Provider || (string?)e.PayloadByName("sessionId") != _id)
        {
            return;
        }

        switch (e.EventName)
        {
            case "CounterRateValuePublished":
                _sample.Add(Text(e, "instrumentName"), Number(e, "rate") / _seconds);
                break;
            case "UpDownCounterRateValuePublished":
                _sample.Add(Text(e, "instrumentName"), Number(e, "value"));
                break;
            case "HistogramValuePublished":
                var tags = Text(e, "tags").Split(',').Select(tag => tag.Split('=', 2)).Where(pair => pair.Length == 2).ToDictionary(pair => pair[0], pair => pair[1]);
                _sample.AddDuration(
                    tags.GetValueOrDefault("ioactors.operation", "?"),
                    tags.GetValueOrDefault("error.type"),
                    Number(e, "count") / _seconds,
                    Text(e, "quantiles"));
                break;
            case "Collection/Stop":
                // Of the first, counters have no rate yet.
                _ = _collections++ > 0 && _samples.Writer.TryWrite(_sample);
                _sample = new Sample();
                break;
            case "TimeSeriesLimitReached" or "HistogramLimitReached" or "Error" or "MultipleSessionsNotSupportedError":
                _samples.Writer.TryComplete(new InvalidOperationException($"the process tells no metrics: {e.EventName}"));
                break;
        }
    }

    private static string Text(TraceEvent e, string name) => (string?)e.PayloadByName(name) ?? "";

    private static double Number(TraceEvent e, string name) => e.PayloadByName(name) switch
    {
        int number => number,
        string { Length: > 0 } text => double.Parse(text, CultureInfo.InvariantCulture),
        _ => 0,
    };
}
