using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Diagnostics.Metrics;
using System.Linq;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.IoActors.Telemetry;
using Akka.IoActors.Tests.Faults;
using Akka.IoActors.Tests.Support;
using Xunit;

namespace Akka.IoActors.Tests.Supervision;

/// <summary>What the service tells those who listen to its meter.</summary>
public sealed class MetricsTests
{
    [Theory]
    [InlineData("io-uring", "io_uring")]
    [InlineData("epoll", "epoll")]
    [InlineData("thread-pool", "thread-pool")]
    public async Task Operations_are_timed_by_kind_backend_and_error_and_counted_by_loop(string backend, string name)
    {
        using var service = new FaultService(backend, "io-actors.loops = 2");

        // One for each loop, which are known by the numbers.
        await service.Send(new FStat(9998));
        await service.Send(new FStat(9999));
        var durations = new ConcurrentBag<(string Kind, string Backend, string? Error, double Seconds)>();
        var counts = new ConcurrentDictionary<(string Instrument, int Loop), long>();
        using (var listener = new MeterListener())
        {
            listener.InstrumentPublished = (instrument, it) =>
            {
                if (instrument.Meter.Name == IoMetrics.MeterName)
                {
                    it.EnableMeasurementEvents(instrument);
                }
            };
            listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) =>
            {
                if (instrument is not Histogram<double>)
                {
                    return;
                }

                var all = tags.ToArray().ToDictionary(tag => tag.Key, tag => tag.Value);
                durations.Add(((string)all["ioactors.operation"]!, (string)all["ioactors.backend"]!, all.GetValueOrDefault("error.type") as string, value));
            });
            listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
            {
                var all = tags.ToArray().ToDictionary(tag => tag.Key, tag => tag.Value);
                Assert.Equal((service.System.Name, name), (all["ioactors.system"], all["ioactors.backend"]));
                counts[(instrument.Name, (int)all["ioactors.loop"]!)] = value;
            });
            listener.Start();
            var file = await service.OpenFile();
            for (var n = 0; n < 5; n++)
            {
                await service.Send(new PRead(file, new byte[100], 0));
            }

            await service.Send(new FStat(9999));
            listener.RecordObservableInstruments();
            Assert.Equal(5, durations.Count(each => each is { Kind: "PRead", Error: null } && each.Backend == name && each.Seconds is > 0 and < 30));
            Assert.Equal(1, durations.Count(each => each is { Kind: "FStat", Error: "EBADF" }));
            Assert.Equal(3, counts[("ioactors.operations.failed", 0)] + counts[("ioactors.operations.failed", 1)]);
            foreach (var loop in new[] { 0, 1 })
            {
                var counters = (await service.Io.Loops[loop].Client.GetInfoAsync()).Counters;
                Assert.InRange(counts[("ioactors.operations.submitted", loop)], 1, counters.Submitted);
                Assert.Equal(0, counts[("ioactors.operations.in_flight", loop)]);
                Assert.Equal(15, counts.Keys.Count(key => key.Loop == loop));
            }
        }

        // Nobody listens any more.
        var before = durations.Count;
        await service.Send(new FStat(9999));
        Assert.Equal(before, durations.Count);
    }

    [Fact]
    public async Task A_listener_that_throws_is_no_affair_of_the_operations()
    {
        using var service = new FaultService("io-uring", "");
        var thrown = 0;
        using (var listener = new MeterListener())
        {
            listener.InstrumentPublished = (instrument, it) =>
            {
                if (instrument.Name == "ioactors.operation.duration")
                {
                    it.EnableMeasurementEvents(instrument);
                }
            };
            listener.SetMeasurementEventCallback<double>((_, _, _, _) =>
            {
                thrown++;
                throw new InvalidOperationException("a listener's");
            });
            listener.Start();
            for (var n = 0; n < 3; n++)
            {
                Assert.Equal(Errno.EBADF, (await service.Send(new FStat(9999))).Error);
            }

            // The next answer comes after the last one has been told of.
            Assert.Equal(0, (await service.Counters()).Restarts);
        }

        Assert.Equal(3, thrown);
    }

    [Fact]
    public async Task A_loop_that_has_ended_is_left_out()
    {
        var service = new FaultService("io-uring", "");
        await service.System.Terminate();
        var measured = 0;
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, it) =>
        {
            if (instrument.Meter.Name == IoMetrics.MeterName)
            {
                it.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((_, _, _, _) => measured++);
        listener.Start();
        listener.RecordObservableInstruments();
        Assert.Equal(0, measured);
        service.Dispose();
    }
}
