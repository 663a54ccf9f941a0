using System;
using System.Collections.Generic;
using System.CommandLine;
using System.IO;
using System.IO.Enumeration;
using System.Linq;
using System.Threading.Tasks;
using Akka.IoActors.Benchmarks.Micro;
using Akka.IoActors.Benchmarks.Sides;
using Spectre.Console;

namespace Akka.IoActors.Benchmarks;

/// <summary>Measures IoActors beside its peers: <c>./build.sh bench --help</c>.</summary>
internal static class Program
{
    private const string BaselineFile = "IoActors.Benchmarks/baseline.json";

    private static async Task<int> Main(string[] arguments)
    {
        try
        {
            switch (arguments)
            {
                // The kinds of process that the coordinator and its workers start.
                case ["worker", var spec]:
                    return await Worker.Run(spec);
                case ["load", var mode, var port, var connections, var size, var seconds]:
                    var culture = System.Globalization.CultureInfo.InvariantCulture;
                    return EchoLoad.Run(
                        mode, int.Parse(port, culture), int.Parse(connections, culture), int.Parse(size, culture), double.Parse(seconds, culture));
                case ["serve-blocks", var file, var block]:
                    await RemoteReadSide.Serve(file, int.Parse(block, System.Globalization.CultureInfo.InvariantCulture));
                    return 0;
                case ["serve-akka", var transport]:
                    await RemoteReadSide.ServeAkka(transport);
                    return 0;
                case ["micro", .. var rest]:
                    return MicroBenchmarks.Run(rest);
                default:
                    return await Command().Parse(arguments).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
            }
        }
        catch (BenchmarkException e)
        {
            await Console.Error.WriteLineAsync($"bench: {e.Message}");
            return 1;
        }
    }

    private static RootCommand Command()
    {
        var quick = new Option<bool>("--quick") { Description = "Fewer and shorter rounds, smaller trees: about five minutes" };
        var only = new Option<string>("--only") { Description = "Rows whose name fits one of these, such as 'tcp.*,copy.tree'", DefaultValueFactory = _ => "*" };
        var json = new Option<string?>("--json") { Description = "Writes all figures to a file" };
        var markdown = new Option<string?>("--markdown") { Description = "Writes the table to a file" };
        var plot = new Option<string?>("--plot") { Description = "Draws throughput and latency over queue depth, as SVG in a folder" };
        var check = new Option<bool>("--check") { Description = $"Compares the ratios with {BaselineFile}; exit code 1 if one fell by more than 20 %" };
        var baseline = new Option<bool>("--write-baseline") { Description = $"Writes the ratios to {BaselineFile}" };
        var folder = new Option<string>("--dir") { Description = "Where the files lie: 4 GiB of room, on the disk to be measured", DefaultValueFactory = _ => "artifacts/bench" };
        var command = new RootCommand("Measures IoActors beside its peers; `micro` runs the small benchmarks (BenchmarkDotNet).")
        {
            quick, only, json, markdown, plot, check, baseline, folder,
        };
        command.SetAction(async parsed =>
        {
            var isQuick = parsed.GetValue(quick);
            var globs = parsed.GetValue(only)!.Split(',');
            var rows = Rows.All(isQuick).Where(row => globs.Any(glob => FileSystemName.MatchesSimpleExpression(glob, row.Name))).ToList();

            // These explain figures; they are no part of the table, and '*' does not mean them.
            rows.AddRange(Rows.Features().Concat(Rows.Costs()).Where(row => globs.Any(
                glob => !glob.StartsWith('*') && FileSystemName.MatchesSimpleExpression(glob, row.Name))));
            if (rows.Count == 0)
            {
                throw new BenchmarkException($"no row is called '{parsed.GetValue(only)}'; there are: {string.Join(", ", Rows.All(true).Select(row => row.Name))}.");
            }

            var files = new BenchFiles(parsed.GetValue(folder)!);
            if (rows.Any(row => row.Name == "copy.tree"))
            {
                CopyTree.Make(files.Folder, isQuick);
            }

            var (rounds, time) = isQuick ? (3, TimeSpan.FromSeconds(0.6)) : (5, TimeSpan.FromSeconds(1.5));
            AnsiConsole.WriteLine(Report.Machine);
            AnsiConsole.WriteLine();
            var results = new List<RowResult>();
            var failed = new List<string>();
            foreach (var row in rows)
            {
                try
                {
                    var result = await new BenchRun(files, rounds, time).Measure(row);
                    results.Add(result);
                    Report.Print(AnsiConsole.Console, result);
                }
                catch (BenchmarkException e)
                {
                    // The other rows are worth having; this one is named, and the exit code tells.
                    failed.Add($"{row.Name}: not measured: {e.Message}");
                    Console.WriteLine(failed[^1]);
                }
            }

            return await Conclude(parsed, results, failed);
        });
        return command;

        async Task<int> Conclude(ParseResult parsed, List<RowResult> results, List<string> failed)
        {
            if (parsed.GetValue(json) is { } path)
            {
                Report.WriteJson(path, results);
            }

            if (parsed.GetValue(markdown) is { } table)
            {
                await using var output = File.CreateText(table);
                Report.WriteMarkdown(output, results, "./build.sh bench" + (parsed.GetValue(quick) ? " --quick" : ""));
            }

            if (parsed.GetValue(plot) is { } drawings)
            {
                await Plots.Draw(drawings, new BenchFiles(parsed.GetValue(folder)!), 1, TimeSpan.FromSeconds(parsed.GetValue(quick) ? 0.3 : 1));
            }

            if (parsed.GetValue(baseline))
            {
                Baseline.Write(BaselineFile, results);
            }

            var fallen = parsed.GetValue(check) ? Baseline.Check(BaselineFile, results) : [];
            results.ForEach(result => Console.WriteLine(Report.Verdict(result)));
            failed.Concat(fallen).ToList().ForEach(Console.WriteLine);
            return failed.Count + fallen.Count == 0 ? 0 : 1;
        }
    }
}
