using System;
using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Akka.IoActors.Benchmarks;

/// <summary>How this process hears of its I/O: as by default (nobody listens), <c>none</c> (the feature switch), or <c>heard</c>.</summary>
internal sealed class TelemetryMode : IDisposable
{
    private const string Source = "Akka.IoActors";

    private readonly MeterListener? _meters;
    private readonly ActivityListener? _spans;

    internal TelemetryMode(string mode)
    {
        if (mode == "none")
        {
            AppContext.SetSwitch("Akka.IoActors.Telemetry.IsSupported", false);
        }
        else if (mode == "heard")
        {
            _meters = new MeterListener
            {
                InstrumentPublished = static (instrument, listener) =>
                {
                    if (instrument.Meter.Name == Source)
                    {
                        listener.EnableMeasurementEvents(instrument);
                    }
                },
            };
            _meters.SetMeasurementEventCallback<double>(static (_, _, _, _) => { });
            _meters.Start();
            _spans = new ActivityListener
            {
                ShouldListenTo = static source => source.Name == Source,
                Sample = static (ref _) => ActivitySamplingResult.AllData,
            };
            ActivitySource.AddActivityListener(_spans);
        }
    }

    public void Dispose()
    {
        _meters?.Dispose();
        _spans?.Dispose();
    }
}
