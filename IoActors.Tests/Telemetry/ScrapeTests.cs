using System;
using System.Collections.Generic;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using Akka.IoActors.Tests.Faults;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using Xunit;

namespace Akka.IoActors.Tests.Telemetry;

/// <summary>The metrics as Prometheus gets them, and the dashboard that shows them.</summary>
public sealed partial class ScrapeTests
{
    [Theory]
    [InlineData("io-uring", "io_uring")]
    [InlineData("epoll", "epoll")]
    [InlineData("thread-pool", "thread-pool")]
    public async Task Prometheus_gets_the_counts(string backend, string name)
    {
        using var service = new FaultService(backend, "");
        await using var scrape = new Scrape();
        await File.WriteAllBytesAsync(service.PathOf("file"), new byte[1000]);
        var file = await service.OpenFile();
        for (var n = 0; n < 20; n++)
        {
            Assert.Equal(100, (await service.Send(new PRead(file, new byte[100], 0))).Value);
        }

        Assert.Equal(-(long)Errno.EBADF, (await service.Send(new FStat(9999))).Value);

        // Other tests have services, too: ours is known by its system.
        var series = (await scrape.Get()).Where(each => !each.Labels.TryGetValue("ioactors_system", out var system) || system == service.System.Name).ToList();
        var labels = new Dictionary<string, string> { ["ioactors_system"] = service.System.Name, ["ioactors_backend"] = name };
        Assert.Equal(2000, Value(series, "ioactors_read_bytes_total", labels));
        Assert.Equal(0, Value(series, "ioactors_written_bytes_total", labels));
        Assert.Equal(1, Value(series, "ioactors_operations_failed_total", labels));
        Assert.Equal(0, Value(series, "ioactors_loop_restarts_restart_total", labels, "ioactors_loop_restarts_total"));
        Assert.InRange(Value(series, "ioactors_operations_replied_total", labels), 22, 60);
        Assert.InRange(Value(series, "ioactors_loop_parked_seconds_total", labels), 1e-9, 3600);
        var reads = new Dictionary<string, string> { ["ioactors_operation"] = "PRead", ["ioactors_backend"] = name };
        Assert.InRange(Value(series, "ioactors_operation_duration_seconds_count", reads), 20, 1e9);
        Assert.Contains(series, each => each.Name == "ioactors_operation_duration_seconds_bucket" && each.Labels["le"] is "1E-06" or "1e-06");
        var failed = new Dictionary<string, string> { ["ioactors_operation"] = "FStat", ["ioactors_backend"] = name, ["error_type"] = "EBADF" };
        Assert.InRange(Value(series, "ioactors_operation_duration_seconds_count", failed), 1, 1e9);
    }

    [Fact]
    public async Task The_dashboard_asks_for_what_there_is()
    {
        using var service = new FaultService("io-uring", "");
        await using var scrape = new Scrape();
        await service.Send(new FStat(9999));
        var names = (await scrape.Get()).Select(each => each.Name).ToHashSet();
        using var dashboard = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(Root(), "dashboards", "ioactors.json")));
        var expressions = dashboard.RootElement.GetProperty("panels").EnumerateArray()
            .SelectMany(panel => panel.GetProperty("targets").EnumerateArray())
            .Select(target => target.GetProperty("expr").GetString()!)
            .ToList();
        Assert.InRange(expressions.Count, 10, 100);
        var asked = expressions.SelectMany(expression => MetricName().Matches(expression).Select(match => match.Value)).ToHashSet();
        Assert.Empty(asked.Except(names));

        // And shows every instrument.
        Assert.Empty(names.Where(name => name.StartsWith("ioactors_", StringComparison.Ordinal) && !name.EndsWith("_sum", StringComparison.Ordinal)).Except(asked));
    }

    [Fact]
    public async Task The_page_has_every_instrument()
    {
        using var service = new FaultService("io-uring", "");
        var instruments = new HashSet<(string Name, string Unit)>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (instrument.Meter.Name == "Akka.IoActors")
            {
                instruments.Add((instrument.Name, instrument.Unit!));
            }
        };
        listener.Start();
        var rows = (await File.ReadAllLinesAsync(Path.Combine(Root(), "docs", "telemetry.md"))).Where(line => line.StartsWith("| `ioactors.", StringComparison.Ordinal)).ToList();
        Assert.All(instruments, each => Assert.Contains(rows, row => row.Contains($"`{each.Name}`", StringComparison.Ordinal) && row.Contains(each.Unit, StringComparison.Ordinal)));
        Assert.Equal(instruments.Count, rows.Sum(row => row.Split("| ")[1].Split("`ioactors.").Length - 1));
    }

    private static double Value(IEnumerable<Series> series, string name, Dictionary<string, string> labels, string? or = null) => series
        .Where(each => (each.Name == name || each.Name == or) && labels.All(label => each.Labels.GetValueOrDefault(label.Key) == label.Value))
        .Sum(each => each.Value);

    private static string Root([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", ".."));

    [GeneratedRegex("ioactors_[a-z_]+(?=[{\\[])")]
    private static partial Regex MetricName();

    [GeneratedRegex("""^([a-z_]+)(?:\{(.*)\})? (\S+)""")]
    private static partial Regex Line();

    [GeneratedRegex("([a-z_]+)=\"((?:[^\"\\\\]|\\\\.)*)\"")]
    private static partial Regex Label();

    private sealed record Series(string Name, Dictionary<string, string> Labels, double Value);

    /// <summary>OpenTelemetry with its exporter, and a client that reads the text.</summary>
    private sealed class Scrape : IAsyncDisposable
    {
        private readonly int _port = FreePort();
        private readonly MeterProvider _provider;

        internal Scrape() => _provider = Sdk.CreateMeterProviderBuilder()
            .AddMeter("Akka.IoActors")
            .AddPrometheusHttpListener(options =>
            {
                options.Host = "127.0.0.1";
                options.Port = _port;
            })
            .Build();

        public ValueTask DisposeAsync()
        {
            _provider.Dispose();
            return ValueTask.CompletedTask;
        }

        internal async Task<List<Series>> Get()
        {
            using var client = new HttpClient();
            var text = await client.GetStringAsync(new Uri($"http://127.0.0.1:{_port}/metrics"));
            return
            [
                .. text.Split('\n').Where(line => line.Length > 0 && line[0] != '#').Select(line =>
                {
                    var match = Line().Match(line);
                    Assert.True(match.Success, line);
                    return new Series(
                        match.Groups[1].Value,
                        Label().Matches(match.Groups[2].Value).ToDictionary(label => label.Groups[1].Value, label => label.Groups[2].Value),
                        double.Parse(match.Groups[3].Value, CultureInfo.InvariantCulture));
                }),
            ];
        }

        private static int FreePort()
        {
            using var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            return ((IPEndPoint)listener.LocalEndpoint).Port;
        }
    }
}
