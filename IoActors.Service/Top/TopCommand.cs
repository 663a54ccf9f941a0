using System;
using System.CommandLine;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Diagnostics.NETCore.Client;
using Spectre.Console;

namespace Akka.IoActors.Service.Top;

/// <summary><c>ioactors top</c>: what the I/O service of another process does, live.</summary>
internal static class TopCommand
{
    private static readonly JsonSerializerOptions s_json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    internal static Command Create()
    {
        var process = new Argument<int?>("pid") { Description = "The process; the only one that has IoActors if left out", Arity = ArgumentArity.ZeroOrOne };
        var interval = new Option<double>("--interval") { Description = "Seconds between two looks, 1 or more", DefaultValueFactory = _ => 1 };
        interval.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<double>() is not (>= 1 and <= 3600))
            {
                result.AddError("--interval is a number of seconds from 1 to 3600");
            }
        });
        var once = new Option<bool>("--once") { Description = "One look, and the end" };
        var json = new Option<bool>("--json") { Description = "A line of JSON an interval" };
        var command = new Command("top", "Shows live what the I/O service of a process does: any .NET process that has IoActors.") { process, interval, once, json };
        command.SetAction((parsed, cancellation) => Run(
            parsed.GetValue(process), TimeSpan.FromSeconds(parsed.GetValue(interval)), parsed.GetValue(once), parsed.GetValue(json), cancellation));
        return command;
    }

    private static async Task<int> Run(int? process, TimeSpan interval, bool once, bool json, CancellationToken cancellation)
    {
        if (process is null)
        {
            var found = MetricsSession.Processes();
            if (found.Count != 1)
            {
                await Console.Error.WriteLineAsync(found.Count == 0
                    ? "top: no process that has IoActors is to be seen"
                    : $"top: there are several processes that have IoActors, name one: {string.Join(' ', found)}");
                return ServiceHost.BadUsage;
            }

            process = found[0];
        }

        try
        {
            using var session = new MetricsSession(process.Value, interval);
            await Show(session, process.Value, once, json, cancellation);
            return 0;
        }
        catch (OperationCanceledException)
        {
            // Interrupted: that is how it ends.
            return 0;
        }
        catch (Exception e) when (e is ServerNotAvailableException or DiagnosticsClientException or IOException or InvalidOperationException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync($"top: process {process}: {e.Message.Split(". ")[0].Split('\n')[0].TrimEnd('.')}");
            return 1;
        }
    }

    private static async Task Show(MetricsSession session, int process, bool once, bool json, CancellationToken cancellation)
    {
        var live = !json && !once && AnsiConsole.Profile.Capabilities.Interactive;
        var looks = 0;
        await foreach (var sample in session.Samples(cancellation))
        {
            if (sample.IsEmpty)
            {
                // The first collection may come before there is anything.
                continue;
            }

            if (json)
            {
                Console.WriteLine(Json(sample, process));
            }
            else
            {
                if (live)
                {
                    AnsiConsole.Clear();
                }

                Console.WriteLine(Head(sample, process));
                AnsiConsole.Write(Table(sample));
            }

            if (once)
            {
                return;
            }

            looks++;
        }

        await Console.Error.WriteLineAsync(looks == 0 ? $"top: process {process} has ended, or has no I/O service" : $"top: process {process} has ended");
    }

    private static string Json(Sample sample, int process) => JsonSerializer.Serialize(
        new
        {
            Process = process,
            OperationsPerSecond = sample["ioactors.operations.replied"],
            FailedPerSecond = sample["ioactors.operations.failed"],
            RejectedPerSecond = sample["ioactors.operations.rejected"],
            InFlight = sample["ioactors.operations.in_flight"],
            Waiting = sample["ioactors.operations.waiting"],
            ReadBytesPerSecond = sample["ioactors.read.bytes"],
            WrittenBytesPerSecond = sample["ioactors.written.bytes"],
            RestartsPerSecond = sample["ioactors.loop.restarts"],
            ParkedLoops = sample["ioactors.loop.parked"],
            Kinds = sample.Kinds,
        },
        s_json);

    private static string Head(Sample sample, int process) => string.Create(
        CultureInfo.InvariantCulture,
        $"""
        process {process}: {sample["ioactors.operations.replied"]:n0} operations/s, {sample["ioactors.operations.failed"]:n0} failed/s, {sample["ioactors.operations.rejected"]:n0} rejected/s
        in flight {sample["ioactors.operations.in_flight"]:n0}, waiting {sample["ioactors.operations.waiting"]:n0}; read {Size(sample["ioactors.read.bytes"])}/s, written {Size(sample["ioactors.written.bytes"])}/s; loops parked {sample["ioactors.loop.parked"]:n2}, restarts/s {sample["ioactors.loop.restarts"]:n0}
        """);

    private static Table Table(Sample sample)
    {
        var table = new Table()
            .AddColumns("operation", "1/s", "failed/s", "p50", "p99");
        foreach (var row in sample.Kinds.Where(row => row.PerSecond > 0))
        {
            table.AddRow(
                row.Kind,
                row.PerSecond.ToString("n0", CultureInfo.InvariantCulture),
                row.FailedPerSecond.ToString("n0", CultureInfo.InvariantCulture),
                Time(row.P50),
                Time(row.P99));
        }

        return table;
    }

    private static string Time(double seconds) => seconds switch
    {
        < 1e-3 => string.Create(CultureInfo.InvariantCulture, $"{seconds * 1e6:n1} µs"),
        < 1 => string.Create(CultureInfo.InvariantCulture, $"{seconds * 1e3:n1} ms"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{seconds:n1} s"),
    };

    private static string Size(double bytes) => bytes switch
    {
        < 1 << 10 => string.Create(CultureInfo.InvariantCulture, $"{bytes:n0} B"),
        < 1 << 20 => string.Create(CultureInfo.InvariantCulture, $"{bytes / (1 << 10):n1} KiB"),
        < 1 << 30 => string.Create(CultureInfo.InvariantCulture, $"{bytes / (1 << 20):n1} MiB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / (1 << 30):n1} GiB"),
    };
}
