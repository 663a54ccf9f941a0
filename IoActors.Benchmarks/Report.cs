using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;
using Spectre.Console;

namespace Akka.IoActors.Benchmarks;

/// <summary>What was measured, for people, for programs and for the documentation.</summary>
internal static class Report
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>The machine and the versions, in a line.</summary>
    internal static string Machine => string.Create(
        CultureInfo.InvariantCulture,
        $"{DateTime.Now:yyyy-MM-dd}, {Environment.ProcessorCount} cores ({Cpu}), Linux {Native.Sys.KernelRelease}, .NET {Environment.Version}");

    private static string Cpu => File.ReadLines("/proc/cpuinfo")
        .FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim() ?? "unknown";

    /// <summary>The lines of one row: ours, each peer with its ratio, and our other backends.</summary>
    internal static void Print(IAnsiConsole console, RowResult result)
    {
        var row = result.Row;
        var table = new Table().Border(TableBorder.Simple).AddColumns("", row.Metric.ToString(), "spread", "CPU µs/op", "B/op", "p50 µs", "p99 µs", "ratio");
        foreach (var side in (IEnumerable<Rounds>)[result.Ours, .. result.Peers, .. result.Beside])
        {
            var median = side.Median();
            var ratio = result.Peers.Contains(side) ? Format(result.RatioTo(result.Ours, side))
                : result.Beside.Contains(side) && result.Best is { } best ? $"({Format(result.RatioTo(side, best))})" : "";
            table.AddRow(new[]
            {
                side.Side.Label, Format(side.Of(row.Metric)), Percent(side.Spread(row.Metric)), Format(median.CpuMicros), Format(median.Bytes),
                Format(median.P50Micros), Format(median.P99Micros), ratio,
            }.Select(Markup.Escape).ToArray());
        }

        console.WriteLine($"{row.Name}: {row.What}");
        console.Write(table);
        console.WriteLine(Verdict(result));
        console.WriteLine();
    }

    /// <summary>Such as <c>file.cached.ask.qd32: 0.81 (target 0.75, met)</c>.</summary>
    internal static string Verdict(RowResult result)
    {
        var figure = result.Row.Peers.Count == 0 ? Format(result.Ours.Of(result.Row.Metric)) : result.Ratio is { } r ? Format(r) : "no peer";
        var met = result.IsMet switch { true => "met", false => "missed", null => "not measured" };
        var missing = result.Missing.Count > 0 ? $"; missing: {string.Join(", ", result.Missing)}" : "";
        return $"{result.Row.Name}: {figure} (target {Format(result.Row.Target)}, {met}){missing}";
    }

    /// <summary>The table of <c>docs/performance.md</c>.</summary>
    internal static void WriteMarkdown(TextWriter output, IReadOnlyList<RowResult> results, string command)
    {
        output.WriteLine($"`{command}`: {Machine}.");
        output.WriteLine();
        output.WriteLine("| row | what | ours | best peer | ratio | target | spread ours, peer | CPU µs/op ours, peer | B/op |");
        output.WriteLine("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
        foreach (var result in results)
        {
            var metric = result.Row.Metric;
            var ours = result.Ours;
            var best = result.Best;
            var peer = best is null ? "" : $"{best.Side.Label}: {Format(best.Of(metric))}";
            var met = result.IsMet == false ? ", missed" : "";
            var ratio = result.Ratio is { } r ? $"{Format(r)}" : Format(ours.Of(metric));
            output.WriteLine(
                $"| {result.Row.Name} | {result.Row.What} | {Format(ours.Of(metric))} | {peer} | {ratio} | {Format(result.Row.Target)}{met} "
                + $"| {Percent(ours.Spread(metric))}{(best is null ? "" : ", " + Percent(best.Spread(metric)))} "
                + $"| {Format(ours.Median().CpuMicros)}{(best is null ? "" : ", " + Format(best.Median().CpuMicros))} | {Format(ours.Median().Bytes)} |");
        }

        var beside = results.Where(result => result.Beside.Count > 0).ToList();
        if (beside.Count > 0)
        {
            output.WriteLine();
            output.WriteLine("Beside, as ratios to the same best peer:");
            output.WriteLine();
            foreach (var result in beside.Where(result => result.Best is not null))
            {
                output.WriteLine(
                    $"- {result.Row.Name}: "
                    + string.Join(", ", result.Beside.Select(side => $"{side.Side.Label} {Format(result.RatioTo(side, result.Best!))}")));
            }
        }
    }

    internal static void WriteJson(string path, IReadOnlyList<RowResult> results) => File.WriteAllText(path, JsonSerializer.Serialize(
        new
        {
            Machine,
            Rows = results.Select(result => new
            {
                result.Row.Name,
                result.Row.What,
                Metric = result.Row.Metric.ToString(),
                result.Row.Target,
                result.Ratio,
                result.IsMet,
                Ours = result.Ours.Median(),
                Spread = result.Ours.Spread(result.Row.Metric),
                Peers = result.Peers.Select(peer => new
                {
                    peer.Side.Label,
                    Figure = peer.Of(result.Row.Metric),
                    Spread = peer.Spread(result.Row.Metric),
                    Median = peer.Median(),
                }),
                Beside = result.Beside.Select(side => new { side.Side.Label, Median = side.Median() }),
                result.Missing,
            }),
        },
        Indented));

    private static string Percent(double part) => part.ToString("0 %", CultureInfo.InvariantCulture);

    private static string Format(double value) => value switch
    {
        0 => "",
        >= 1000 => value.ToString("N0", CultureInfo.InvariantCulture),
        >= 100 => value.ToString("0", CultureInfo.InvariantCulture),
        >= 10 => value.ToString("0.0", CultureInfo.InvariantCulture),
        _ => value.ToString("0.00", CultureInfo.InvariantCulture),
    };
}
