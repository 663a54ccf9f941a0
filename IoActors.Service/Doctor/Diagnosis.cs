using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using Akka.IoActors.Backends.IoUring;
using Akka.IoActors.Native;

namespace Akka.IoActors.Service.Doctor;

/// <summary>What was found out about a machine.</summary>
internal sealed record Diagnosis
{
    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public required string Kernel { get; init; }

    public required int Cores { get; init; }

    public required string Backend { get; init; }

    public required string Reason { get; init; }

    public required string IoUringDisabledSysctl { get; init; }

    public required string Seccomp { get; init; }

    public required IReadOnlyList<string> Features { get; init; }

    public required IReadOnlyDictionary<string, string> SystemLimits { get; init; }

    public required IReadOnlyDictionary<string, long> Limits { get; init; }

    public required IReadOnlyDictionary<string, string> Paths { get; init; }

    public required IReadOnlyList<string> Advice { get; init; }

    internal static Diagnosis Of(BackendInfo info)
    {
        var probe = IoUringProbe.Run();
        return new Diagnosis
        {
            Kernel = info.Kernel,
            Cores = Environment.ProcessorCount,
            Backend = info.Backend,
            Reason = probe.IsAvailable ? $"Linux {probe.Kernel} has all that io_uring needs" : probe.Obstacle,
            IoUringDisabledSysctl = ReadOr("/proc/sys/kernel/io_uring_disabled", "not there"),
            Seccomp = SeccompMode(),
            Features = info.Features,
            SystemLimits = new Dictionary<string, string>
            {
                ["RLIMIT_NOFILE"] = Describe(ResourceLimits.NoFile, "descriptors"),
                ["RLIMIT_MEMLOCK"] = Describe(ResourceLimits.MemLock, "bytes"),
            },
            Limits = info.Limits,
            Paths = info.Paths.ToDictionary(
                path => path.Key.ToString(),
                path => path.Value.Since.Length > 0 ? $"{path.Value.Path} (since {path.Value.Since})" : path.Value.Path),
            Advice = [.. Advise(info, probe)],
        };
    }

    internal string ToJson() => JsonSerializer.Serialize(this, Json);

    private static IEnumerable<string> Advise(BackendInfo info, IoUringProbe probe)
    {
        if (!probe.IsAvailable)
        {
            yield return probe.Obstacle.Contains("sysctl", StringComparison.Ordinal)
                ? "allow io_uring: sysctl -w kernel.io_uring_disabled=0"
                : probe.Obstacle.Contains("seccomp", StringComparison.Ordinal)
                    ? "allow io_uring_setup, io_uring_enter and io_uring_register in the container's seccomp profile"
                    : "a kernel with io_uring, 6.1 or newer, would be faster";
        }
        else if (!info.Features.Contains("SETUP_DEFER_TASKRUN"))
        {
            yield return "Linux 6.1 or newer would let completions come without interrupting the loop (DEFER_TASKRUN)";
        }

        if (info.Paths[OperationKind.FTruncate].Path == "offload pool" && probe.IsAvailable)
        {
            yield return "Linux 6.9 or newer would truncate files on the ring instead of on a thread";
        }

        const ulong enoughDescriptors = 65536;
        var files = ResourceLimits.NoFile;
        if (files.Soft < enoughDescriptors)
        {
            yield return files.Hard > files.Soft
                ? FormattableString.Invariant($"raise the soft limit of descriptors (ulimit -n): it is {files.Soft}, and may be {files.Hard}")
                : FormattableString.Invariant($"raise the limit of descriptors (LimitNOFILE=, or limits.conf): it is {files.Soft}");
        }

        if (Environment.ProcessorCount == 1)
        {
            yield return "with one core a loop never spins: a single await costs a wake-up";
        }
    }

    private static string SeccompMode() =>
        File.ReadLines("/proc/self/status").FirstOrDefault(line => line.StartsWith("Seccomp:", StringComparison.Ordinal)) switch
        {
            "Seccomp:\t0" => "no filter",
            "Seccomp:\t2" => "a filter is in force",
            var other => other ?? "unknown",
        };

    private static string ReadOr(string path, string otherwise) =>
        File.Exists(path) ? File.ReadAllText(path).Trim() : otherwise;

    private static string Describe((ulong Soft, ulong Hard) limit, string unit)
    {
        return $"{One(limit.Soft)} {unit} (hard limit {One(limit.Hard)})";

        static string One(ulong value) => value == ulong.MaxValue ? "unlimited" : FormattableString.Invariant($"{value}");
    }
}
