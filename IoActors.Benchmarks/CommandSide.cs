using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;

namespace Akka.IoActors.Benchmarks;

/// <summary>A side that is a program: fio, dd, cp, or <c>ioactors cp</c>.</summary>
internal sealed class CommandSide(SideSpec spec) : ISide
{
    private static readonly Dictionary<string, (string Program, string Package)> Programs = new()
    {
        ["fio"] = ("fio", "fio"),
        ["dd"] = ("dd", "coreutils"),
        ["cp"] = ("cp", "coreutils"),
        ["ioactors-cp"] = ("", ""),
    };

    /// <summary>What of io_uring's a side may switch on, by fio's names.</summary>
    private static readonly string[] Features =
        ["registerfiles", "fixedbufs", "sqthread_poll", "iomem", "fadvise_hint"];

    internal static bool IsCommand(SideSpec spec) => Programs.ContainsKey(spec.Kind);

    /// <summary>The Debian package of a program that is not installed; null if it is.</summary>
    internal static string? Missing(SideSpec spec)
    {
        List<(string Program, string Package)> needed = Programs.TryGetValue(spec.Kind, out var command) && command.Program.Length > 0 ? [command] : [];
        if (spec.Kind is "web" or "web-restart")
        {
            needed.Add(("wrk", "wrk"));
        }

        if (spec.Get("stack") == "nginx")
        {
            needed.Add(("nginx", "nginx-light"));
        }

        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':');
        return needed.Where(each => !folders.Any(folder => File.Exists(Path.Combine(folder, each.Program)))).Select(each => each.Package).FirstOrDefault();
    }

    public Task<Sample> Run(TimeSpan time) => spec.Kind switch
    {
        "fio" => Fio(time),
        "dd" => Dd(),
        "cp" => Copy("cp", "tree-by-cp", "-r"),
        _ => Copy(Path.GetFullPath("artifacts/ioactors"), "tree-by-us", "cp", "--sync", spec.Get("sync", "each")),
    };

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task<Sample> Fio(TimeSpan time)
    {
        var depth = spec.Get("qd");
        var batch = spec.Get("batch", "1");

        // A whole file from the disk is read once; anything else goes on for its time.
        string[] extent = spec.Is("cold")
            ? ["--rw=read", "--bs=256k"]
            :
            [
                "--rw=randread", "--bs=4k", "--norandommap", "--time_based",
                FormattableString.Invariant($"--runtime={Math.Max(1000, time.TotalMilliseconds):F0}ms"),
            ];
        string[] features =
        [
            .. Features.Where(feature => spec.Get(feature) != "").Select(feature => $"--{feature}={spec.Get(feature)}"),
        ];
        var output = await Execute(
            "fio",
            [
                "--name=bench", $"--filename={spec.Get("file")}", "--ioengine=io_uring",
                $"--iodepth={depth}", $"--iodepth_batch_submit={batch}", $"--iodepth_batch_complete_max={batch}",
                $"--direct={spec.Number("direct", 0)}", "--invalidate=0", "--gtod_reduce=1", "--output-format=json",
                .. extent, .. features,
            ]);
        using var json = JsonDocument.Parse(output[output.IndexOf('{', StringComparison.Ordinal)..]);
        var job = json.RootElement.GetProperty("jobs")[0];
        var operations = job.GetProperty("read").GetProperty("iops").GetDouble();
        var cpu = job.GetProperty("usr_cpu").GetDouble() + job.GetProperty("sys_cpu").GetDouble();
        return new Sample(operations, cpu / 100 * 1e6 / operations, 0);
    }

    private async Task<Sample> Dd()
    {
        var meter = new Meter();
        await Execute(
            "dd", "if=/dev/zero", $"of={Path.Combine(spec.Get("folder"), "written-by-dd")}", "bs=1M",
            $"count={spec.Get("mib")}", "conv=fsync");
        return meter.Stop(spec.Number("mib")) with { CpuMicros = 0, Bytes = 0 };
    }

    private async Task<Sample> Copy(string program, string target, params string[] options)
    {
        var from = Path.Combine(spec.Get("folder"), "tree");
        var to = Path.Combine(spec.Get("folder"), target);
        if (Directory.Exists(to))
        {
            Directory.Delete(to, recursive: true);
        }

        var meter = new Meter();
        await Execute(program, [.. options, from, to]);
        return meter.Stop(Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories).Count()) with { CpuMicros = 0, Bytes = 0 };
    }

    private static async Task<string> Execute(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0
            ? await output
            : throw new BenchmarkException($"{program} {string.Join(' ', arguments)}: exit code {process.ExitCode}: {await errors}");
    }
}
