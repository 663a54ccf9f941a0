using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.IoActors.Tests.Faults;
using OpenTelemetry;
using OpenTelemetry.Trace;
using Xunit;

namespace Akka.IoActors.Tests.Telemetry;

/// <summary>Spans, as OpenTelemetry gets them.</summary>
public sealed class SpanTests
{
    private const string Caller = "Akka.IoActors.Tests";

    [Theory]
    [InlineData("io-uring")]
    [InlineData("epoll")]
    [InlineData("thread-pool")]
    public async Task Each_awaited_operation_is_a_span_below_its_caller(string backend)
    {
        using var service = new FaultService(backend, "");
        using var source = new ActivitySource($"{Caller}.{Guid.NewGuid()}");
        var spans = new List<Activity>();
        ActivityTraceId trace;
        using (var provider = Sdk.CreateTracerProviderBuilder().AddSource("Akka.IoActors", source.Name).AddInMemoryExporter(spans).Build())
        {
            using var caller = source.StartActivity("caller")!;
            trace = caller.TraceId;
            var file = await service.OpenFile();
            Assert.Same(caller, Activity.Current);
            await service.Io.Client.PReadAsync(file, new byte[10], 0);
            await service.Io.Client.FStatAsync(9999);
            Assert.Same(caller, Activity.Current);

            // Two at once are beside each other, not one below the other.
            var delay = service.Io.Client.DelayAsync(TimeSpan.FromDays(1), default);
            using var stop = new global::System.Threading.CancellationTokenSource();
            var cancelled = service.Io.Client.DelayAsync(TimeSpan.FromDays(1), stop.Token);
            service.Io.Backend.Tell(Kill.Instance, ActorRefs.NoSender);
            await stop.CancelAsync();
            Assert.Equal(Errno.ECANCELED, (await cancelled).Error);
            Assert.Equal(0, (await service.Io.Client.PReadAsync(file, new byte[10], 1 << 20)).Value);
            await service.Io.StopAsync(TimeSpan.FromMilliseconds(1));
            Assert.Equal(Errno.ECANCELED, (await delay).Error);
            caller.Stop();
            provider!.ForceFlush();
            lock (spans)
            {
                var ours = spans.Where(span => span.TraceId == trace && span.Source.Name == "Akka.IoActors").ToList();
                Assert.All(ours, span => Assert.Equal(caller.SpanId, span.ParentSpanId));
                Assert.All(ours, span => Assert.Equal(span.DisplayName, span.GetTagItem("ioactors.operation")));
                Assert.Equal(
                    ["Delay ECANCELED", "Delay ECANCELED", "FStat EBADF", "PRead ", "PRead "],
                    ours.Where(span => span.DisplayName != "Open").Select(span => $"{span.DisplayName} {span.GetTagItem("error.type")}").Order(StringComparer.Ordinal));
                var read = ours.First(span => span.DisplayName == "PRead");
                Assert.Equal(ActivityStatusCode.Unset, read.Status);
                Assert.InRange(read.Duration, TimeSpan.FromTicks(1), TimeSpan.FromMinutes(1));
                var failed = ours.Single(span => span.DisplayName == "FStat");
                Assert.Equal((ActivityStatusCode.Error, "Bad file descriptor", -9L), (failed.Status, failed.StatusDescription, failed.GetTagItem("ioactors.value")));
            }
        }
    }

    [Fact]
    public async Task A_descriptor_of_a_traced_open_that_nobody_takes_closes_itself()
    {
        using var service = new FaultService("io-uring", "");
        using var provider = Sdk.CreateTracerProviderBuilder().AddSource("Akka.IoActors").AddInMemoryExporter(new List<Activity>()).Build();
        await service.OpenFile();
        var path = service.PathOf("nobody's");
        await OpenAndDrop(service, path);
        for (var n = 0; n < 100 && OpenCount(path) > 0; n++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            await Task.Yield();
        }

        Assert.Equal(0, OpenCount(path));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task OpenAndDrop(FaultService service, string path)
    {
        var opened = await service.Io.Client.OpenAsync(path, OpenFlags.WriteOnly | OpenFlags.Create);
        Assert.True(opened.IsSuccess);
        Assert.Equal(1, OpenCount(path));
    }

    private static int OpenCount(string path) => Directory.GetFiles("/proc/self/fd").Count(each => new FileInfo(each).LinkTarget == path);
}
